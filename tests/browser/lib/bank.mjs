// What a bank's program does: it signs what it sends.
import { createHmac } from "node:crypto";
import { Api } from "./http.mjs";
import { BANK } from "./portal.mjs";

/** The header for a content, at a time in seconds. */
export function signature(content, { secret = BANK.secret, time = Math.floor(Date.now() / 1000) } = {}) {
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.`).update(content).digest("hex")}`;
}

export class Bank {
  constructor(portal, code = BANK.code) {
    this.api = new Api(portal);
    this.path = `/api/v1/bank/${code}`;
  }

  /** Says what became of a payment. */
  notice(fields, how) {
    const said = { currency: "XOF", paid_on: new Date().toISOString().slice(0, 10), status: "paid", ...fields };
    return this.raw(JSON.stringify(said), how);
  }

  /** Sends any bytes, signed. */
  raw(body, how) {
    return this.api.call("POST", `${this.path}/notices`, { body, type: "application/json", headers: { "X-Cnss-Signature": signature(body, how) } });
  }

  /** Asks what there is to pay under a reference. */
  ask(reference, how) {
    const path = `${this.path}/references/${encodeURIComponent(reference)}`;
    return this.api.call("GET", path, { headers: { "X-Cnss-Signature": signature(`GET ${path}`, how) } });
  }
}
