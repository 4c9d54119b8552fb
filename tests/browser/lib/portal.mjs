// The portal under test: its own process, port and database for each journey.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const binary = process.env.CNSS_PORTAL || join(process.env.CARGO_TARGET_DIR || join(root, "target"), "debug", "cnss-portal");
const READY_SECONDS = 60;
const STOP_SECONDS = 5;

export const PASSWORD = "Demo-cnss-2026";

/** The logins that the portal prints at its start, by what they open: addresses, and numbers where a fund has those. */
export function readLogins(printed) {
  const logins = { employers: [], workers: [], beneficiaries: [] };
  const [, table = ""] = printed.split(/^ *─.*$/m);
  for (const line of table.split(/\n\s*\n/)[0].split("\n")) {
    const [, login, role] = line.match(/^ +(\S+) {2,}(\S.*?) {2,}/) ?? [];
    if (!login) continue;
    if (/\bEmployeur\b/.test(role)) logins.employers.push(login);
    else if (/Ayant droit/.test(role)) logins.beneficiaries.push(login);
    else logins.workers.push(login);
  }
  return logins;
}

/** The bank that announces payments, with the secret that it shares with the portal. */
export const BANK = { code: "btci", secret: "secret-de-la-banque-des-tests-0123456789" };

/** The key of codes of portals that share one server. */
export const CODE_KEY = "c0de".repeat(16);

/** Where the books of a new portal are: a file of its own, or what `books` says. */
let newBooks = (folder) => `sqlite:${join(folder, "portal.sqlite")}`;
export const keepBooksAt = (books) => { newBooks = books; };

/** Starts a portal of a fund on a new database with the demonstration data. */
export async function startPortal(fund = "tg") {
  const folder = await mkdtemp(join(tmpdir(), "cnss-journey-"));
  return startOn(await newBooks(folder), folder, [], { CNSS_FUND: fund });
}

/** Starts a portal of its own with a settings' file and more variables. */
export async function startWith(file, variables) {
  const folder = await mkdtemp(join(tmpdir(), "cnss-journey-"));
  await writeFile(join(folder, "cnss.toml"), file);
  return startOn(await newBooks(folder), folder, [], variables);
}

/** Starts one more portal on books that another one may use; `around` is the command that starts it. */
export async function startOn(books, folder, around, variables) {
  const portal = new Portal(folder ?? await mkdtemp(join(tmpdir(), "cnss-journey-")), books, around, variables);
  try {
    await portal.start();
  } catch (error) {
    await portal.stop();
    throw error;
  }
  return portal;
}

class Portal {
  constructor(folder, books, around = [], variables = {}) {
    this.variables = variables;
    this.folder = folder;
    this.around = around;
    this.books = books;
    this.printed = "";
  }

  async start() {
    const settings = { CNSS_LISTEN: "127.0.0.1:0", CNSS_DATABASE_URL: this.books, CNSS_DEMO: "oui", CNSS_METRICS_LISTEN: "127.0.0.1:0", [`CNSS_BANK_${BANK.code.toUpperCase()}_SECRET`]: BANK.secret, ...this.variables };
    // Beside a file the portal draws it; portals on one server are given the same.
    if (this.books.startsWith("postgres")) settings.CNSS_CODE_KEY = CODE_KEY;
    const [program, ...words] = [...this.around, binary];
    this.child = spawn(program, words, { cwd: this.folder, env: { PATH: process.env.PATH, ...settings }, stdio: ["ignore", "pipe", "pipe"] });
    this.ended = null;
    const before = this.printed.length;
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (chunk) => { this.printed += chunk; });
    this.child.once("error", (error) => { this.ended = error.message; });
    this.child.once("exit", (code, signal) => { this.ended ??= `exit ${code ?? signal}`; });

    const limit = Date.now() + READY_SECONDS * 1000;
    for (;;) {
      this.url = this.printed.slice(before).match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
      const measured = this.printed.slice(before).match(/\/metrics address=(127\.0\.0\.1:\d+)/)?.[1];
      this.metrics = measured && `http://${measured}`;
      if (this.url && this.metrics && await fetch(`${this.url}/health`).then((r) => r.status === 200, () => false)) break;
      if (this.ended !== null || Date.now() > limit) {
        throw new Error(`the portal did not start (${this.ended ?? `not ready after ${READY_SECONDS} s`}): ${binary}\n${this.printed}`);
      }
      await new Promise((done) => setTimeout(done, 100));
    }
    this.pid = this.child.pid;
    this.logins = readLogins(this.printed.slice(before));
    if (this.logins.employers.length < 2 || this.logins.workers.length < 1) {
      throw new Error(`the portal printed too few demonstration logins:\n${this.printed}`);
    }
  }

  get running() { return this.ended === null; }

  /** What the program prints for a command, on the books that this portal serves. */
  command(...args) {
    const env = { PATH: process.env.PATH, CNSS_DATABASE_URL: this.books, CNSS_FUND: this.variables.CNSS_FUND ?? "tg" };
    return new Promise((done, fail) => execFile(binary, args, { cwd: this.folder, env, timeout: 30_000 }, (error, stdout, stderr) => {
      if (error) fail(new Error(`${args.join(" ")}: ${error.message}\n${stderr}`)); else done(stdout);
    }));
  }

  /** Asks it to end, and makes it after a while. */
  async end() {
    if (!this.running) return;
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGTERM");
    const hard = setTimeout(() => this.child.kill("SIGKILL"), STOP_SECONDS * 1000);
    await gone;
    clearTimeout(hard);
  }

  /** Kills it where it stands, as a power cut does. */
  async kill() {
    if (!this.running) return;
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGKILL");
    await gone;
  }

  /** The same database in a new process, at another port. */
  async restart() {
    await this.end();
    await this.start();
  }

  async stop() {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A line of /proc/<pid>/status, in KiB: VmRSS is what is held now, VmHWM the most ever. */
export async function memory(pid, line) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(status.match(new RegExp(`^${line}:\\s+(\\d+) kB`, "m"))[1]);
}

/** Makes VmHWM start again from what is held now. */
export const forgetPeak = (pid) => writeFile(`/proc/${pid}/clear_refs`, "5");
