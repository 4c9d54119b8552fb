// The digits that an agent's phone shows: RFC 6238, computed here by itself.
import { createHmac } from "node:crypto";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function bytesOf(base32) {
  let bits = "";
  for (const letter of base32.replace(/\s/g, "")) bits += LETTERS.indexOf(letter).toString(2).padStart(5, "0");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** The digits of a secret, some steps from now: of -1, 0 and 1 each serves once. */
export function digitsOf(secret, steps = 0, seconds = Date.now() / 1000) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30) + steps));
  const mac = createHmac("sha1", bytesOf(secret)).update(counter).digest();
  const place = mac[19] & 15;
  return String((mac.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Digits that serve once more: those of a step later than any given before; waits for it if need be. */
export class Phone {
  constructor(secret) {
    this.secret = secret;
    this.last = -1;
  }

  async digits() {
    const limit = Date.now() + 65_000;
    for (;;) {
      const now = Math.floor(Date.now() / 30_000);
      // Towards the end of a step the one before would be over when the digits arrive.
      const oldest = Date.now() % 30_000 < 15_000 ? now - 1 : now;
      const step = Math.max(this.last + 1, oldest);
      if (step <= now + 1) {
        this.last = step;
        return digitsOf(this.secret, 0, step * 30);
      }
      if (Date.now() > limit) throw new Error("no new digits in a minute");
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}

/** Makes an administrator by the command of the machine itself; gives his first password. */
export async function administrator(portal, email, name) {
  const printed = await portal.command("administrator", email, name);
  const first = printed.match(/affiché cette seule fois\s*:\s*(\S+)/)?.[1];
  if (!first) throw new Error(`no first password in « ${printed} »`);
  return first;
}
