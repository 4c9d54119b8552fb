// A PostgreSQL server of the tests' own: the program cnss-test-postgres, which holds it as long as
// its standard input is open, and makes an empty database for each line that it is sent.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const READY_SECONDS = 60;

export class PostgresServer {
  /** `safe`: what was committed survives that the server is killed. */
  static async start(program, { safe = false } = {}) {
    const server = new PostgresServer();
    server.child = spawn(program, safe ? ["safe"] : [], { stdio: ["pipe", "pipe", "inherit"] });
    server.lines = createInterface({ input: server.child.stdout })[Symbol.asyncIterator]();
    server.gone = new Promise((done, fail) => {
      server.child.once("error", fail);
      server.child.once("exit", (code, signal) => fail(new Error(`${program} ended: ${code ?? signal}`)));
    });
    server.gone.catch(() => {});
    server.made = 0;
    await server.line();
    return server;
  }

  /** The next line that it prints: the address of a database. */
  async line() {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error(`no database after ${READY_SECONDS} s`)), READY_SECONDS * 1000);
    });
    const next = this.lines.next().then(({ value, done }) => done ? this.gone : value);
    return Promise.race([next, this.gone, late]).finally(() => clearTimeout(timer));
  }

  /** The address of a new, empty database. */
  async database() {
    this.made += 1;
    this.child.stdin.write(`journey${this.made}\n`);
    return this.line();
  }

  /** What a statement finds: one text a row. */
  async rows(url, sql) {
    const found = await this.tell(`rows ${new URL(url).pathname.slice(1)} ${sql}`);
    return found === "" ? [] : found.split("\t");
  }

  /** Switches the server off, as a power cut does. */
  kill() { return this.tell("kill"); }

  /** And on again. */
  run() { return this.tell("run"); }

  /** Stops it where it stands: it answers nothing and refuses nothing, as a machine that is lost. */
  freeze() { return this.tell("freeze"); }

  /** And lets it go on. */
  thaw() { return this.tell("thaw"); }

  tell(command) {
    this.child.stdin.write(`${command}\n`);
    return this.line();
  }

  async stop() {
    const ended = this.gone.catch(() => {});
    this.child.stdin.end();
    await ended;
  }
}
