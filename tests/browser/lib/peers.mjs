// An operator and a mail relay of other authors (tests/peers), each a process that ends with its test.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../peers", import.meta.url));
const PATIENCE_SECONDS = 30;

export class Peer {
  /** Starts `smsc.mjs` or `mailbox.mjs` with a behaviour. */
  static async start(script, behaviour) {
    const peer = new Peer();
    peer.events = [];
    peer.child = spawn("node", [script, JSON.stringify(behaviour)], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: peer.child.stdout }).on("line", (line) => peer.events.push(JSON.parse(line)));
    peer.child.once("exit", (code, signal) => { peer.gone = `${script} ended: ${code ?? signal}`; });
    peer.port = (await peer.heard((event) => event.listening)).listening;
    return peer;
  }

  /** The first event that is wanted, from the `after`th on. */
  async heard(wanted, after = 0) {
    for (const limit = Date.now() + PATIENCE_SECONDS * 1000; ;) {
      const found = this.events.slice(after).find(wanted);
      if (found) return found;
      if (this.gone || Date.now() > limit) throw new Error(`${this.gone ?? `not heard in ${PATIENCE_SECONDS} s`}: ${JSON.stringify(this.events.slice(-5))}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Tells it how to behave from now on. */
  async set(behaviour) {
    const after = this.events.length;
    this.child.stdin.write(`${JSON.stringify({ set: behaviour })}\n`);
    await this.heard((event) => event.done, after);
  }

  stop() { this.child.stdin.end(); }
}
