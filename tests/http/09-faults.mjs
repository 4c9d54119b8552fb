// What goes wrong with the books, at the start and while serving: a clear French message, nothing half
// done, and the portal serves again by itself once the cause is gone.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkProblem, send } from "../browser/lib/http.mjs";
import { CODE_KEY, PASSWORD, binary, startOn } from "../browser/lib/portal.mjs";
import { PostgresServer } from "../browser/lib/postgres.mjs";

export const title = "Faults of the books";

const REFERENCES = "/api/v1/employer/references";
// Longer than the portal waits for its books.
const PATIENCE = 25_000;
// Requests under way, what runs beside them, the last seal, the pool: each has its limit.
const STOPPED_WITHIN = 90_000;
const run_ = promisify(execFile);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Root may write anywhere, unless it gives that up. */
const ORDINARY = process.getuid() === 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"] : [];
/** A file that may not grow is an error, as on a full disk, and not the end of the program. */
const GROWS_NOT = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/** Runs the program to its end: its code, and all that it says. */
function tried(books, { around = [], args = [], folder, demo = "oui" } = {}) {
  const [program, ...words] = [...around, binary, ...args, "--database-url", books];
  const env = { PATH: process.env.PATH, CNSS_LISTEN: "127.0.0.1:0", ...(demo && { CNSS_DEMO: demo }) };
  if (books.startsWith("postgres")) env.CNSS_CODE_KEY = CODE_KEY;
  return new Promise((done) => {
    execFile(program, words, { cwd: folder, env, timeout: 40_000 }, (error, out, err) => {
      done({ code: error ? error.code ?? error.signal : 0, text: (out + err).replace(/\x1b\[[0-9;]*m/g, "") });
    });
  });
}

/** A call by program: the answer, with its JSON. */
async function call(portal, method, path, json, token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  if (json) headers["Content-Type"] = "application/json";
  const answer = await send(portal.url + path, { method, headers, body: json ? JSON.stringify(json) : undefined });
  if (/json/.test(answer.headers["content-type"] ?? "")) answer.json = JSON.parse(answer.text);
  return answer;
}

/** The service is not there now: the program and the person are told so, and when to come back. */
function assertAway(answer, what) {
  assert.equal(answer.status, 503, `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  assert.ok(Number(answer.headers["retry-after"]) > 0, `${what}: when to come back`);
  assert.match(answer.text, /momentanément indisponible|Les livres ne/, what);
  assert.doesNotMatch(answer.text, /sqlite|postgres|SELECT|INSERT|disk|malformed/i, `${what}: the inside is shown`);
  if (answer.json) checkProblem(answer, what);
}

/** Waits until it is so. */
async function until(what, so) {
  for (const limit = Date.now() + PATIENCE; !(await so());) {
    assert.ok(Date.now() < limit, `${what}: not within ${PATIENCE} ms`);
    await pause(100);
  }
}

/** An employer who asks for references, and remembers those that were acknowledged. */
class Employer {
  static async of(portal) {
    const answer = await call(portal, "POST", "/api/v1/session", { login: portal.logins.employers[0], password: PASSWORD });
    const employer = new Employer();
    return Object.assign(employer, { portal, token: answer.json.token, told: [] });
  }

  async issue(request = { amount: "1500", request_key: randomUUID() }) {
    const answer = await call(this.portal, "POST", REFERENCES, request, this.token);
    if (answer.status === 201) this.told.push(answer.json.reference);
    return answer;
  }

  list() { return call(this.portal, "GET", `${REFERENCES}?limit=100`, null, this.token); }

  /** Asks again for what failed until it is answered; then the books hold what was told, once. */
  async recovers(request) {
    await until("the portal serves again", async () => (await this.issue(request)).status === 201);
    const listed = (await this.list()).json.references.map((one) => one.reference);
    assert.deepEqual(listed.toSorted(), this.told.toSorted(), "each reference that was told is there, once");
    await until("it says that it is ready", async () => (await call(this.portal, "GET", "/ready")).status === 200);
    const checked = await tried(this.portal.books, { args: ["check"] });
    assert.equal(checked.code, 0, checked.text);
  }
}

/** Another program that holds the lock of a file until it is killed. */
async function holds(file) {
  const script = "import sqlite3,sys;c=sqlite3.connect(sys.argv[1],isolation_level=None);c.execute('BEGIN EXCLUSIVE');print('held',flush=True);sys.stdin.read()";
  const child = spawn("python3", ["-c", script, file], { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((done, fail) => { child.stdout.once("data", done); child.once("exit", fail); });
  return async () => {
    const gone = new Promise((done) => child.once("exit", done));
    child.stdin.end();
    await gone;
  };
}

/** Other bytes over every second page of the second half of a file. */
async function damage(file) {
  const { size } = await stat(file);
  const handle = await open(file, "r+");
  for (let at = Math.ceil(size / 8192) * 4096; at < size; at += 8192) await handle.write(Buffer.alloc(4096, 0xa5), 0, 4096, at);
  await handle.close();
}

export async function run({ server, step, test }) {
  const folder = await mkdtemp(join(tmpdir(), "cnss-faults-"));
  const portals = [];
  const start = async (...how) => {
    const portal = await startOn(...how);
    portals.push(portal);
    return portal;
  };
  try {
    if (server) await onServer({ folder, start, step, test });
    else await onFile({ folder, start, step, test });
  } finally {
    for (const portal of portals) await portal.stop();
    await chmod(join(folder, "closed"), 0o700).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

async function onFile({ folder, start, step, test }) {
  const good = join(folder, "good.sqlite");

  await step("there are books", async () => {
    const portal = await start(`sqlite:${good}`);
    await portal.end();
  });

  const closed = join(folder, "closed");
  const readOnly = join(folder, "readonly.sqlite");
  for (const { name, file, before, around, says, release } of [
    { name: "a folder that is not there", file: join(folder, "absent", "portal.sqlite"), says: /dossier existe/ },
    { name: "a folder in the place of the file", file: join(folder, "place"), before: () => mkdir(join(folder, "place")), says: /ne s'ouvre pas/ },
    { name: "a folder that may not be written to", file: join(closed, "portal.sqlite"), around: ORDINARY, before: async () => { await mkdir(closed); await chmod(closed, 0o500); }, says: /peut y écrire|peut pas y écrire/ },
    { name: "a file that may only be read", file: readOnly, around: ORDINARY, before: async () => { await copyFile(good, readOnly); await chmod(readOnly, 0o400); }, says: /peut pas y écrire/ },
    { name: "a file that is a letter", file: join(folder, "letter"), before: () => writeFile(join(folder, "letter"), "Cher Monsieur, ".repeat(500)), says: /abîmé ou n'est pas celui des livres/ },
    { name: "no room on the disk", file: join(folder, "full.sqlite"), around: ["prlimit", "--fsize=20000", ...GROWS_NOT], says: /le disque est plein ou n'obéit pas/ },
    { name: "a file that another program holds", file: join(folder, "held.sqlite"), before: async () => { await copyFile(good, join(folder, "held.sqlite")); return holds(join(folder, "held.sqlite")); }, says: /un autre programme le tient/, release: true },
  ]) {
    await test(`at the start: ${name}`, async () => {
      const undo = await before?.();
      const was = await readFile(file).catch(() => null);
      const ended = await tried(`sqlite:${file}`, { around, folder });
      if (release) await undo();
      assert.equal(ended.code, 1, ended.text);
      assert.match(ended.text, /les livres ne s'ouvrent pas/);
      assert.match(ended.text, says);
      assert.doesNotMatch(ended.text, /panicked/);
      if (was) assert.deepEqual(await readFile(file), was, "not a byte was changed");
    });
  }

  await test("at the start: a slip in the path makes no new books", async () => {
    const file = join(folder, "podium.sqlite");
    for (const demo of ["non", null]) {
      const ended = await tried(`sqlite:${file}`, { folder, demo });
      assert.equal(ended.code, 1, ended.text);
      assert.match(ended.text, /il n'y a pas de livres à cet endroit/);
      assert.equal(await stat(file).catch(() => null), null, "nothing was made");
    }
  });

  await test("a portal that found no room starts once there is some", async () => {
    const portal = await start(`sqlite:${join(folder, "full.sqlite")}`);
    assert.equal((await call(portal, "GET", "/ready")).status, 200);
    await portal.end();
  });

  await test("while serving: the disk is full, and is not any more", async () => {
    const portal = await start(`sqlite:${join(folder, "fills.sqlite")}`, undefined, GROWS_NOT);
    const employer = await Employer.of(portal);
    await employer.issue();
    const { size } = await stat(join(folder, "fills.sqlite-wal"));
    await run_("prlimit", ["--pid", String(portal.pid), `--fsize=${size + 5000}:`]);
    const request = { amount: "1700", request_key: randomUUID() };
    let full;
    for (let n = 0; n < 300 && full?.status !== 503; n += 1) full = await employer.issue();
    assertAway(full, "a write");
    assert.equal((await employer.list()).status, 200, "what is there can be read");
    assertAway(await employer.issue(request), "the same again");
    await until("it says that it is not ready", async () => (await call(portal, "GET", "/ready")).status === 503);
    await run_("prlimit", ["--pid", String(portal.pid), "--fsize=unlimited:"]);
    await employer.recovers(request);
  });

  await test("while serving: another program holds the file for longer than the portal waits", async () => {
    const portal = await start(`sqlite:${join(folder, "locked.sqlite")}`);
    const employer = await Employer.of(portal);
    await employer.issue();
    const release = await holds(join(folder, "locked.sqlite"));
    const request = { amount: "1800", request_key: randomUUID() };
    assertAway(await employer.issue(request), "a write");
    assertAway(await call(portal, "GET", "/ready"), "/ready");
    assert.equal((await employer.list()).status, 200, "what is there can be read");
    await release();
    await employer.recovers(request);
  });

  await test("while serving: the file is moved away, another one stands in its place, and it is put back", async () => {
    const [file, away] = [join(folder, "moved.sqlite"), join(folder, "moved-away.sqlite")];
    const portal = await start(`sqlite:${file}`);
    const employer = await Employer.of(portal);
    await employer.issue();
    const request = { amount: "1850", request_key: randomUUID() };
    await rename(file, away);
    for (const replace of [null, () => copyFile(good, file)]) {
      await replace?.();
      assertAway(await employer.issue(request), "a write");
      assertAway(await employer.list(), "a read");
      assertAway(await call(portal, "GET", "/ready"), "/ready");
    }
    await rename(away, file);
    await employer.recovers(request);
  });

  await test("while serving: the file is damaged; pages, programs and the check say so", async () => {
    const file = join(folder, "damaged.sqlite");
    await copyFile(good, file);
    const portal = await start(`sqlite:${file}`);
    const employer = await Employer.of(portal);
    await portal.kill();
    await damage(file);
    const checked = await tried(`sqlite:${file}`, { args: ["check"] });
    assert.equal(checked.code, 1, checked.text);
    assert.match(checked.text, /abîmé/);
    const started = await startOn(`sqlite:${file}`).catch((error) => error);
    if (started instanceof Error) return assert.match(started.message, /les livres ne s'ouvrent pas|ne se chargent pas/);
    employer.portal = started;
    const away = [];
    for (const path of ["/api/v1/employer", REFERENCES, "/api/v1/employer/account?limit=200", "/api/v1/employer/declarations?limit=60", "/api/v1/employer/declarations/2026-T2"]) {
      const answer = await call(started, "GET", path, null, employer.token);
      if (answer.status >= 500) assertAway(answer, away[away.length] = path);
    }
    await started.stop();
    assert.ok(away.length > 0, "what is damaged is not shown as if it were whole");
  });
}

async function onServer({ folder, start, step, test }) {
  const postgres = await PostgresServer.start(process.env.CNSS_TEST_POSTGRES, { safe: true });
  try {
    const books = await postgres.database();
    let portal, employer;

    await step("there are books", async () => {
      portal = await start(books);
      employer = await Employer.of(portal);
      assert.equal((await employer.issue()).status, 201);
    });

    await test("at the start: a database that is not there", async () => {
      const ended = await tried(books.replace(/[^/]+$/, "absente").replace("cnss@", "cnss:motdepasse@"), { folder });
      assert.equal(ended.code, 1, ended.text);
      assert.match(ended.text, /PostgreSQL ne répond pas à l'adresse 127\.0\.0\.1:\d+/);
      assert.doesNotMatch(ended.text, /motdepasse|panicked/);
    });

    await test("the server goes away: everybody is told so, and nothing is lost when it comes back", async () => {
      await postgres.kill();
      const request = { amount: "1900", request_key: randomUUID() };
      const [written, read, ready, page, health] = await Promise.all([
        employer.issue(request),
        employer.list(),
        call(portal, "GET", "/ready"),
        send(`${portal.url}/employeur`, { headers: { Cookie: "cnss_session=x", Accept: "text/html" } }),
        call(portal, "GET", "/health"),
      ]);
      assertAway(written, "a write");
      assertAway(read, "a read");
      assertAway(ready, "/ready");
      assert.ok(page.status < 500 || page.status === 503, `a page: ${page.status}`);
      assert.equal(health.status, 200, "the process is there");
      await postgres.run();
      await employer.recovers(request);
    });

    await test("the server says nothing, as when its machine is lost: everybody is told in time, a portal can be stopped, and nothing is lost when it is back", async () => {
      const second = await start(books);
      const fresh = await Employer.of(second);
      await pause(1500);
      await postgres.freeze();
      const request = { amount: "1950", request_key: randomUUID() };
      const began = Date.now();
      const [written, read, ready, health] = await Promise.all([
        employer.issue(request),
        employer.list(),
        call(portal, "GET", "/ready"),
        call(portal, "GET", "/health"),
      ]);
      assertAway(written, "a write");
      assertAway(read, "a read");
      assertAway(ready, "/ready");
      assert.equal(health.status, 200, "the process is there");
      assert.ok(Date.now() - began < PATIENCE, `${Date.now() - began} ms`);
      const asked = fresh.list().catch(() => null);
      const ended = new Promise((done) => second.child.once("exit", done));
      second.child.kill("SIGTERM");
      const late = pause(STOPPED_WITHIN).then(() => "late");
      assert.equal(await Promise.race([ended, late]), 0, "it stops");
      await asked;
      await postgres.thaw();
      await employer.recovers(request);
    }, 180);

    await test("at the start: a server that is down, then one that comes while it is waited for", async () => {
      await postgres.kill();
      const ended = await tried(books.replace("cnss@", "cnss:motdepasse@"), { folder });
      assert.equal(ended.code, 1, ended.text);
      assert.match(ended.text, /PostgreSQL ne répond pas à l'adresse 127\.0\.0\.1:\d+/);
      assert.doesNotMatch(ended.text, /motdepasse|panicked/);
      const [second] = await Promise.all([start(books), pause(1500).then(() => postgres.run())]);
      assert.equal((await call(second, "GET", "/ready")).status, 200);
      await employer.recovers({ amount: "2000", request_key: randomUUID() });
    });
  } finally {
    await postgres.stop();
  }
}
