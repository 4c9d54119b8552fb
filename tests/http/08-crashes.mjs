// The portal is killed at any moment while employers file, ask for references and a bank announces
// payments, and with it the PostgreSQL server, when there is one. Whoever gets no answer asks again
// with the same key. What was acknowledged is in the books once, and nothing else is; each of it is told
// at least once, under one identity.
// CNSS_LONG=1 kills 500 times on a file, 150 times on PostgreSQL, where the server falls in 100 of them; CNSS_KILLS says another number.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { signature } from "../browser/lib/bank.mjs";
import { Api, send } from "../browser/lib/http.mjs";
import { BANK, PASSWORD, binary, startOn } from "../browser/lib/portal.mjs";
import { PostgresServer } from "../browser/lib/postgres.mjs";
import { Wages } from "../browser/lib/workbook.mjs";
import { XLSX, openQuarters } from "./02-employer-and-insured.mjs";

export const title = "Crashes under load";

const LONG = !["", "0", undefined].includes(process.env.CNSS_LONG);
const PAYERS = 6;
// How long anybody goes on asking without an answer, in milliseconds.
const PATIENCE = 60_000;
const LIST = "/api/v1/employer/declarations";
const REFERENCES = "/api/v1/employer/references";
const ACCOUNT = "/api/v1/employer/account";

const run_ = promisify(execFile);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** What clients share: whether to go on, what they were told, how often they had to ask again. */
class Crowd {
  constructor(portal) {
    this.portal = portal;
    this.open = true;
    this.again = 0;
    this.answers = 0;
    this.paid = new Map();
    this.filed = new Map();
    this.declared = 0;
    this.amount = 1000;
  }

  /** Asks until there is an answer; a portal that is not there, or cannot answer now, is asked again. */
  async ask(token, method, path, { body, type = "application/json", sign = false }) {
    const limit = Date.now() + PATIENCE;
    for (;;) {
      const headers = { "Content-Type": type };
      if (token) headers.Authorization = `Bearer ${token}`;
      if (sign) headers["X-Cnss-Signature"] = signature(body);
      const answer = await send(this.portal.url + path, { method, headers, body }).catch(() => null);
      if (answer && answer.status !== 503) {
        this.answers += 1;
        return answer;
      }
      if (answer) assert.ok(Number(answer.headers["retry-after"]) > 0, `503 without a time to wait: ${answer.text}`);
      assert.ok(Date.now() < limit, `${method} ${path}: no answer in ${PATIENCE} ms`);
      this.again += 1;
      await pause(10 + Math.random() * 40);
    }
  }

  /** Asks for references and pays them; now and then it repeats what it was answered long ago. */
  async pay(token) {
    const mine = [];
    let unpaid = 0;
    while (this.open) {
      const amount = String(this.amount += 1);
      const issue = { body: JSON.stringify({ amount, request_key: randomUUID() }) };
      const issued = await this.ask(token, "POST", REFERENCES, issue);
      assert.equal(issued.status, 201, issued.text);
      const { reference } = JSON.parse(issued.text);
      assert.ok(!this.paid.has(reference), "one reference for two requests");
      const entry = { token, amount, receipt: null };
      this.paid.set(reference, entry);
      // One in eight is never paid, while there are few: an employer has 200 open ones at most.
      if (Math.random() < 0.125 && (unpaid += 1) <= 50) continue;
      const said = { transaction: randomUUID(), reference, amount, currency: "XOF", paid_on: new Date().toISOString().slice(0, 10), status: "paid" };
      const notice = { body: JSON.stringify(said), sign: true };
      const told = await this.ask(null, "POST", `/api/v1/bank/${BANK.code}/notices`, notice);
      assert.equal(told.status, 200, told.text);
      entry.receipt = JSON.parse(told.text).receipt;
      mine.push({ notice, told: told.text });
      const old = mine[Math.floor(Math.random() * mine.length)];
      const repeated = await this.ask(null, "POST", `/api/v1/bank/${BANK.code}/notices`, old.notice);
      assert.equal(repeated.text, old.told, "a repeat is answered as before");
    }
  }

  /** Files one quarter after the other, and corrects them, turn by turn. */
  async file(token, quarters) {
    for (let turn = 0; this.open; turn += 1) {
      const { quarter, books } = quarters[turn % quarters.length];
      const body = books[Math.floor(turn / quarters.length) % books.length];
      if (this.filed.has(quarter)) {
        // A correction is opened first; it is there already when the answer of that was lost.
        const opened = await this.ask(token, "PUT", `${LIST}/${quarter}/draft`, { body: JSON.stringify({ rows: [{ number: "1" }] }) });
        assert.ok([200, 409].includes(opened.status), opened.text);
      }
      const draft = await this.ask(token, "POST", `${LIST}/${quarter}/file`, { body, type: XLSX });
      assert.equal(draft.status, 200, draft.text);
      const submit = { body: JSON.stringify({ version: String(JSON.parse(draft.text).version), request_key: randomUUID() }) };
      const filed = await this.ask(token, "POST", `${LIST}/${quarter}/submission`, submit);
      assert.ok([200, 201].includes(filed.status), `${filed.status} ${filed.text}`);
      const revisions = this.filed.get(quarter) ?? [];
      revisions.push(JSON.parse(filed.text));
      this.declared += 1;
      this.filed.set(quarter, revisions);
    }
  }
}

/** All payments of an employer. */
async function payments(api) {
  const all = [];
  for (let page; page === undefined || page.length > 0; all.push(...page)) {
    page = (await api.get(`${ACCOUNT}?limit=200&skip=${all.length}`)).json.payments;
  }
  return all;
}

/** All references of an employer. */
async function references(api) {
  const all = [];
  for (let next = ""; next !== null;) {
    const { json, text } = await api.get(`${REFERENCES}?limit=100${next && `&after=${next}`}`);
    assert.ok(json.references, text);
    all.push(...json.references);
    next = json.next;
  }
  return all;
}

const due = async (api) => (await api.get(`${ACCOUNT}?limit=200`)).json.months.reduce((sum, month) => sum + BigInt(month.due), 0n);

/** `cnss-portal check`: its code, and what it says. */
const check = (portal) => new Promise((done) => {
  const options = { cwd: portal.folder, env: { PATH: process.env.PATH } };
  execFile(binary, ["check", "--database-url", portal.books], options, (error, out, err) => done({ code: error ? error.code : 0, text: out + err }));
});

/** What is to be told, as the outbox has it: the message, whether it was sent, how often it was tried, and whether nobody has taken it. */
async function letters(portal, postgres) {
  const sql = (now) => `SELECT state, tries, CASE WHEN due_at <= ${now} THEN 1 ELSE 0 END, notice FROM outbox ORDER BY place`;
  if (postgres) {
    const rows = await postgres.rows(portal.books, sql("now()"));
    return rows.map((row) => row.match(/^(\w+)\|(\d+)\|([01])\|(.*)$/)).map(([, state, tries, free, notice]) => ({ state, tries: Number(tries), free: free === "1", ...JSON.parse(notice) }));
  }
  const script = "import sqlite3,sys,json;print(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))";
  const named = portal.books.replace(/^sqlite:(\/\/)?/, "");
  const file = isAbsolute(named) ? named : join(portal.folder, named);
  const { stdout } = await run_("python3", ["-c", script, file, sql(String(Date.now() * 1000))], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout).map(([state, tries, free, notice]) => ({ state, tries, free: free === 1, ...JSON.parse(notice) }));
}

export async function run({ portal: given, server, step, test }) {
  const kills = Number(process.env.CNSS_KILLS || (server ? (LONG ? 150 : 3) : (LONG ? 500 : 6)));
  let postgres;
  let portal = given;
  try {
    if (server) {
      // A server of its own: it is killed too, and must keep what it committed.
      postgres = await PostgresServer.start(process.env.CNSS_TEST_POSTGRES, { safe: true });
      portal = await startOn(await postgres.database());
    }
    await journey({ portal, postgres, kills, step, test });
  } finally {
    if (portal !== given) await portal.stop();
    await postgres?.stop();
  }
}

async function journey({ portal, postgres, kills, step, test }) {
  // One who files is paid for too, without a pause: neither holds the other up.
  const employers = [new Api(portal), new Api(portal), new Api(portal)];
  const crowd = new Crowd(portal);
  const before = [];
  const quarters = [];

  await step("three employers log in, and their books are as the demonstration says", async () => {
    for (const [i, api] of employers.entries()) {
      await api.login(portal.logins.employers[i], PASSWORD);
      before.push({ payments: (await payments(api)).length, due: await due(api), references: (await references(api)).length });
    }
    for (const quarter of await openQuarters(employers[0])) {
      const model = await employers[0].get(`${LIST}/${quarter}/template.xlsx`);
      const books = [];
      for (const wage of [200_000, 210_000]) books.push(await (await Wages.read(model.bytes)).fill(wage).bytes());
      quarters.push({ quarter, books });
    }
    assert.ok(quarters.length > 0, "a quarter waits to be filed");
  });

  const seconds = 60 + kills * 15;
  await step(`killed ${kills} times${postgres ? ", with PostgreSQL or without" : ""}, it comes back and answers all`, async () => {
    const clients = Array.from({ length: PAYERS }, (_, i) => crowd.pay(employers[i % 3].token));
    clients.push(crowd.file(employers[0].token, quarters));
    const busy = Promise.all(clients);
    busy.catch(() => {});
    const killing = async () => {
      for (let n = 0; n < kills; n += 1) {
        const { answers, declared } = crowd;
        await pause(Math.random() * 600);
        // Of three on PostgreSQL one falls with the portal, one alone, and once only the portal falls.
        const [server, program] = postgres ? [n % 3 !== 2, n % 3 !== 1] : [false, true];
        await Promise.all([server && postgres.kill(), program && portal.kill()]);
        const back = server ? pause(Math.random() * 500).then(() => postgres.run()) : null;
        if (program && n % 4 === 3) {
          // Killed again while it starts: at any moment, before it serves too.
          const starting = portal.start().catch(() => {});
          await pause(Math.random() * 300);
          await portal.kill();
          await starting;
        }
        await Promise.all([back, program && portal.start()]);
        // It serves again before it falls again.
        // Of ten times once for long enough that a declaration gets through, which takes longest.
        const limit = Date.now() + PATIENCE;
        while (crowd.answers === answers || (n % 10 === 9 && crowd.declared === declared)) {
          assert.ok(Date.now() < limit, "nobody was answered after a restart");
          await pause(5);
        }
      }
    };
    try {
      await Promise.race([killing(), busy.then(() => { throw new Error("the clients ended"); })]);
    } finally {
      crowd.open = false;
    }
    await busy;
    const paid = [...crowd.paid.values()].filter((one) => one.receipt).length;
    const filed = [...crowd.filed.values()].flat().length;
    console.log(`      ${crowd.answers} answers, ${crowd.again} requests made again; ${crowd.paid.size} references, ${paid} paid, ${filed} declarations`);
    assert.ok(paid > kills && filed > 0 && crowd.again > 0, "there was load when it fell");
  }, seconds);

  await test("every reference that was acknowledged is there once, paid or not as was said", async () => {
    for (const [i, api] of employers.entries()) {
      const mine = [...crowd.paid].filter(([, one]) => one.token === api.token);
      const listed = await references(api);
      assert.equal(listed.length, before[i].references + mine.length);
      const found = new Map(listed.map((one) => [one.reference, one]));
      for (const [reference, { amount, receipt }] of mine) {
        const one = found.get(reference);
        assert.deepEqual([one?.amount, one?.state, one?.payment?.receipt ?? null], [amount, receipt ? "paid" : "unpaid", receipt], reference);
      }
    }
  }, seconds);

  await test("every payment that was acknowledged is credited once, and no other", async () => {
    for (const [i, api] of employers.entries()) {
      const mine = [...crowd.paid].filter(([, one]) => one.token === api.token && one.receipt);
      const credited = await payments(api);
      assert.equal(credited.length, before[i].payments + mine.length);
      const by = new Map(credited.map((one) => [one.reference, one.amount]));
      assert.equal(by.size, credited.length, "a reference was credited twice");
      for (const [reference, { amount }] of mine) assert.equal(by.get(reference), amount, reference);
    }
  }, seconds);

  await test("every declaration that was acknowledged is there once, and the debts are theirs", async () => {
    let owed = 0n;
    for (const [quarter, told] of crowd.filed) {
      const { revisions } = (await employers[0].get(`${LIST}/${quarter}`)).json;
      assert.equal(revisions[0].revision, told.length, `${quarter}: as many revisions as were acknowledged`);
      const receipts = told.map((one) => one.receipt).reverse().slice(0, revisions.length);
      assert.deepEqual(revisions.map((one) => one.receipt), receipts, quarter);
      owed += BigInt(revisions[0].contributions);
    }
    assert.equal(await due(employers[0]), before[0].due + owed);
    for (const i of [1, 2]) assert.equal(await due(employers[i]), before[i].due);
  }, seconds);

  await test("each thing that was acknowledged is told at least once, under one identity", async () => {
    const due = [...crowd.paid.values()].map((one) => one.receipt).filter(Boolean);
    due.push(...[...crowd.filed.values()].flat().map((one) => one.receipt));
    let told;
    // What a courier held who was killed waits until his five minutes are over; the long test waits too.
    const left = (letter) => letter.state === "waiting" && (LONG || letter.free);
    for (const limit = Date.now() + (seconds + 330) * 1000; ; await pause(1000)) {
      told = await letters(portal, postgres);
      if (!told.some(left)) break;
      assert.ok(Date.now() < limit, `${told.filter(left).length} letters wait`);
    }
    const by = new Map();
    for (const letter of told) {
      const fate = letter.state === "sent" ? letter.tries >= 1 : letter.state === "waiting" && !letter.free;
      assert.ok(fate, `given up, or sent by nobody: ${JSON.stringify(letter)}`);
      const { receipt } = letter.message;
      by.set(receipt, [...(by.get(receipt) ?? []), letter.id]);
    }
    for (const receipt of due) assert.equal(by.get(receipt)?.length, 1, `${receipt}: told as ${by.get(receipt)}`);
    assert.equal(new Set(told.map((letter) => letter.id)).size, told.length);
  }, seconds + 330);

  await test("the check of the books finds nothing, while it serves and once it is stopped", async () => {
    const serving = await check(portal);
    assert.equal(serving.code, 0, serving.text);
    await portal.kill();
    const killed = await check(portal);
    assert.equal(killed.code, 0, killed.text);
    await portal.start();
    await portal.end();
    assert.equal(portal.ended, "exit 0");
    const stopped = await check(portal);
    assert.equal(stopped.code, 0, stopped.text);
    assert.match(stopped.text, /Aucune anomalie\./);
    await portal.start();
  }, seconds);
}
