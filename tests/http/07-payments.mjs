// An employer's program asks for references; a bank's program announces payments, well and badly.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Bank, signature } from "../browser/lib/bank.mjs";
import { Api, send } from "../browser/lib/http.mjs";
import { BANK, PASSWORD } from "../browser/lib/portal.mjs";

export const title = "Payments by bank, by program";

const REFERENCES = "/api/v1/employer/references";

export async function run({ portal, step, test }) {
  const employer = new Api(portal);
  const other = new Api(portal);
  const bank = new Bank(portal);
  const issue = (json) => employer.call("POST", REFERENCES, { json });
  const account = async () => (await employer.get("/api/v1/employer/account?limit=200")).json;
  const under = async (reference) => (await account()).payments.filter((p) => p.reference === reference);
  const fresh = async (amount) => (await issue({ amount, request_key: randomUUID() })).json.reference;
  let transactions = 0;
  const transaction = () => `TX-${process.pid}-${transactions += 1}`;
  let reference;

  await step("the employer logs in and owes something", async () => {
    await employer.login(portal.logins.employers[0], PASSWORD);
    await other.login(portal.logins.employers[1], PASSWORD);
    assert.equal((await account()).currency, "XOF");
  });

  await step("ten requests at once with one key issue one reference", async () => {
    const asked = { amount: "40000", request_key: randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => issue(asked)));
    for (const answer of answers) assert.equal(answer.status, 201, answer.text);
    assert.equal(new Set(answers.map((answer) => answer.text)).size, 1);
    reference = answers[0].json.reference;
    assert.match(reference, /^[0-9A-Y]{5}-[0-9A-Y]{5}$/);
    assert.deepEqual([answers[0].json.amount, answers[0].json.state, answers[0].json.payment], ["40000", "unpaid", null]);
    const reused = await issue({ ...asked, amount: "40001" });
    assert.deepEqual([reused.status, reused.json.code], [409, "key_reused"]);
    const { references } = (await employer.get(REFERENCES)).json;
    assert.equal(references.filter((r) => r.reference === reference).length, 1);
  });

  await test("an amount or a key that cannot be is refused, everything at once", async () => {
    for (const [json, faults] of [
      [{}, [["amount", "missing"], ["request_key", "missing"]]],
      [{ amount: "0", request_key: "x" }, [["amount", "not_positive"], ["request_key", "not_allowed"]]],
      [{ amount: "-1", request_key: randomUUID() }, [["amount", "not_positive"]]],
      [{ amount: "1.5", request_key: randomUUID() }, [["amount", "not_whole"]]],
      [{ amount: "40.000", request_key: randomUUID() }, [["amount", "not_whole"]]],
      [{ amount: "1000000000001", request_key: randomUUID() }, [["amount", "too_large"]]],
      [{ amount: "9".repeat(39), request_key: randomUUID() }, [["amount", "not_an_amount"]]],
      // Version 8 is for the keys that the fund makes of transactions.
      [{ amount: "5", request_key: "00000000-0000-8000-8000-000000000000" }, [["request_key", "not_allowed"]]],
    ]) {
      const answer = await issue(json);
      assert.equal(answer.status, 422, JSON.stringify(json));
      assert.deepEqual(answer.json.faults.map((f) => [f.path, f.code]), faults, JSON.stringify(json));
    }
  });

  await test("references are listed in pages, each employer its own", async () => {
    for (let n = 0; n < 3; n += 1) await fresh(String(100 + n));
    const seen = [];
    for (let next = ""; next !== null;) {
      const { json } = await employer.get(`${REFERENCES}?limit=2${next && `&after=${next}`}`);
      assert.ok(json.references.length <= 2);
      seen.push(...json.references.map((r) => r.reference));
      next = json.next;
      assert.ok(seen.length < 50, "the pages end");
    }
    assert.equal(new Set(seen).size, seen.length);
    assert.ok(seen.includes(reference) && seen.length >= 4);
    assert.equal((await other.get(REFERENCES)).json.references.length, 0);
    const worker = new Api(portal);
    await worker.login(portal.logins.workers[0], PASSWORD);
    assert.equal((await worker.get(REFERENCES)).status, 403);
    assert.equal((await worker.call("POST", REFERENCES, { json: { amount: "5", request_key: randomUUID() } })).status, 403);
    assert.equal((await new Api(portal).get(REFERENCES)).status, 401);
  });

  await test("the bank is told what there is to pay, as the payer copies it", async () => {
    const name = (await employer.get("/api/v1/employer")).json.name;
    for (const copied of [reference, reference.toLowerCase(), ` ${reference.replace("-", " ")}`]) {
      const answer = await bank.ask(copied);
      assert.equal(answer.status, 200, `${copied}: ${answer.text}`);
      const { issued_on: day, expires_on: last, ...said } = answer.json;
      assert.deepEqual(said, { reference, amount: "40000", currency: "XOF", employer: name, expired: false, paid: false });
      assert.match(day, /^\d{4}-\d\d-\d\d$/);
      assert.equal((Date.parse(last) - Date.parse(day)) / 86_400_000, 90, "as many days as the fund's data say");
    }
    for (const odd of ["00000-00000", "x", "é".repeat(500), `${reference}0`]) assert.equal((await bank.ask(odd)).status, 404, odd);
  });

  await test("who does not sign as agreed is not told why", async () => {
    const body = JSON.stringify({ transaction: transaction(), reference, amount: "40000", paid_on: "2026-01-02", status: "paid" });
    const now = Math.floor(Date.now() / 1000);
    const post = (header, path = bank.path, sent = body) => bank.api.call("POST", `${path}/notices`, { body: sent, type: "application/json", headers: header === undefined ? {} : { "X-Cnss-Signature": header } });
    const right = signature(body);
    const answers = [
      await post(undefined),
      await post(""),
      await post("t=1,v1=00"),
      await post(right.replace(/.$/, (c) => (c === "0" ? "1" : "0"))),
      await post(signature(body, { secret: `${BANK.secret}x` })),
      await post(signature(body, { time: now - 301 })),
      await post(signature(body, { time: now + 360 })),
      await post(right.replace(/^t=\d+/, `t=${now + 1}`)),
      await post(right, bank.path, body.replace("40000", "40001")),
      await post(right, bank.path, `${body} `),
      await post(right, "/api/v1/bank/personne"),
      await post(right, "/api/v1/bank/BTCI"),
      await post(`${right},${right}`),
      await bank.ask(reference, { secret: "faux" }),
      await bank.api.call("GET", `${bank.path}/references/${reference}`, { headers: { "X-Cnss-Signature": signature(`GET ${bank.path}/references/00000-00000`) } }),
      await bank.api.call("GET", `${bank.path}/references/${reference}`, { headers: { "X-Cnss-Signature": signature("") } }),
    ];
    for (const [i, answer] of answers.entries()) assert.equal(answer.status, 401, `request ${i}: ${answer.text}`);
    assert.equal(new Set(answers.map((answer) => answer.text)).size, 1, "one answer to all of them");
    const twice = await send(`${portal.url}${bank.path}/notices`, { method: "POST", body, headers: { "X-Cnss-Signature": [right, right] } });
    assert.equal(twice.status, 401);
    assert.deepEqual(await under(reference), []);
  });

  await test("what is signed and cannot be read is told, and books nothing", async () => {
    for (const [body, status] of [["", 400], ["null", 400], ["[]", 400], ["{", 400], ["\u0000", 400], [`{"amount":40000}`, 400], [`{"amount":"1","amount":"2"}`, 400], ["x".repeat(16_385), 413], ["x".repeat(3_000_000), 413]]) {
      const answer = await bank.raw(body);
      assert.equal(answer.status, status, `${body.slice(0, 40)}: ${answer.text}`);
    }
    const empty = await bank.raw("{}");
    assert.equal(empty.status, 422);
    assert.deepEqual(empty.json.faults.map((f) => f.path), ["transaction", "reference", "amount", "paid_on", "status"]);
    const wrong = await bank.notice({ transaction: "a\nb", reference, amount: "40.000", currency: "euro", paid_on: "29/02/2024", status: "paid" });
    assert.deepEqual(wrong.json.faults.map((f) => f.path).sort(), ["amount", "currency", "paid_on", "transaction"]);
    const odd = await bank.notice({ transaction: transaction(), reference, amount: "40000", status: "PAID" });
    assert.deepEqual([odd.status, odd.json.status], [202, "pending"]);
    assert.ok(portal.printed.split("\n").some((line) => /WARN.*status that was not agreed.*btci/.test(line)), "the log names the bank");
    assert.deepEqual(await under(reference), []);
  });

  await test("pending, then paid, then repeated, then pending again: credited once", async () => {
    const [before, number] = [await account(), transaction()];
    const say = (status) => bank.notice({ transaction: number, reference, amount: "40000", status });
    for (const status of ["pending", "en cours"]) {
      const answer = await say(status);
      assert.deepEqual([answer.status, answer.json], [202, { status: "pending" }]);
    }
    const paid = await say("paid");
    assert.deepEqual([paid.status, paid.json], [200, { status: "credited", receipt: `Q-${reference}` }]);
    for (let n = 0; n < 3; n += 1) assert.deepEqual((await say("paid")).json, paid.json);
    assert.equal((await say("pending")).status, 202);
    assert.deepEqual((await under(reference)).map((p) => p.amount), ["40000"]);
    assert.equal(Number((await account()).balance), Number(before.balance) - 40_000);
    const [listed] = (await employer.get(`${REFERENCES}?limit=100`)).json.references.filter((r) => r.reference === reference);
    assert.equal(listed.state, "paid");
    assert.deepEqual([listed.payment.receipt, listed.payment.bank, listed.payment.transaction], [`Q-${reference}`, BANK.code, number]);
    assert.deepEqual([(await bank.ask(reference)).json.paid, (await bank.ask(reference)).json.receipt], [true, `Q-${reference}`]);
  });

  await test("a hundred equal notices at once are one entry", async () => {
    const [mine, number] = [await fresh("1234"), transaction()];
    const answers = await Promise.all(Array.from({ length: 100 }, () => bank.notice({ transaction: number, reference: mine, amount: "1234" })));
    for (const answer of answers) assert.deepEqual([answer.status, answer.json], [200, { status: "credited", receipt: `Q-${mine}` }]);
    assert.deepEqual((await under(mine)).map((p) => p.amount), ["1234"]);
  });

  await test("twenty transactions at once for one reference pay it once", async () => {
    const mine = await fresh("777");
    const answers = await Promise.all(Array.from({ length: 20 }, () => bank.notice({ transaction: transaction(), reference: mine, amount: "777" })));
    assert.equal(answers.filter((a) => a.status === 200).length, 1);
    for (const answer of answers.filter((a) => a.status !== 200)) {
      assert.deepEqual([answer.status, answer.json.code, answer.json.reason], [409, "disputed", "paid_before"]);
    }
    assert.equal((await under(mine)).length, 1);
  });

  await test("what cannot be credited is disputed, with its reason, and stays so", async () => {
    const mine = await fresh("500");
    const number = transaction();
    for (const [fields, reason] of [
      [{ transaction: transaction(), reference: mine, amount: "501" }, "other_amount"],
      [{ transaction: transaction(), reference: "00000-00000", amount: "500" }, "unknown_reference"],
      [{ transaction: transaction(), reference: "loyer de mars", amount: "500" }, "unknown_reference"],
      [{ transaction: number, reference: "00000-00000", amount: "5" }, "unknown_reference"],
      [{ transaction: number, reference: mine, amount: "500" }, "other_content"],
      [{ transaction: transaction(), reference: mine, amount: "500", paid_on: "2099-01-01" }, "day_in_future"],
      [{ transaction: transaction(), reference: mine, amount: "500.25", currency: "EUR" }, "other_currency"],
    ]) {
      for (let n = 0; n < 2; n += 1) {
        const answer = await bank.notice(fields);
        assert.deepEqual([answer.status, answer.json.code, answer.json.reason], [409, "disputed", reason], answer.text);
      }
    }
    assert.equal((await under(mine)).length, 0);
    assert.equal((await bank.notice({ transaction: transaction(), reference: mine, amount: "500.00" })).status, 200, "the right amount still pays it");
    const listed = (await portal.command("disputes")).split("\n").filter((line) => line.startsWith("nº "));
    const of = (text) => listed.filter((line) => line.includes(text));
    assert.equal(of("« loyer de mars »").length, 1, listed.join("\n"));
    assert.match(of(number)[0], /^nº \d+, reçu le .* : 5 XOF le .*, banque btci, .* référence jamais émise$/);
    assert.deepEqual(of(number).map((line) => line.split(" : ").at(-1)), ["référence jamais émise", "transaction déjà annoncée avec un autre contenu"]);
    assert.equal(of(": 500.25 EUR le ").length, 1, listed.join("\n"));
    const rest = await portal.command("disputes", "--after", listed[0].match(/\d+/)[0]);
    assert.equal(rest.split("\n").filter((line) => line.startsWith("nº ")).length, listed.length - 1);
    const warned = portal.printed.split("\n").filter((line) => /WARN.*not credited/.test(line));
    assert.ok(warned.some((line) => line.includes("other_amount")), "the log says that money waits");
    assert.ok(warned.every((line) => !line.includes(mine) && !line.includes(BANK.secret)), "and not whose");
  });

  await test("money of a day before its reference is credited from the day of issue, and listed for an agent", async () => {
    const mine = await fresh("600");
    const early = { transaction: transaction(), reference: mine, amount: "600", paid_on: "2026-02-28" };
    const { expires_on, issued_on, expired } = (await bank.ask(mine)).json;
    assert.ok(expires_on > issued_on && expired === false, `${issued_on} to ${expires_on}`);
    for (let n = 0; n < 2; n += 1) assert.equal((await bank.notice(early)).json.receipt, `Q-${mine}`);
    assert.deepEqual((await under(mine)).map((p) => p.paid_on), [issued_on]);
    const listed = (await portal.command("disputes")).split("\n").filter((line) => line.includes(early.transaction));
    assert.equal(listed.length, 1, listed.join("\n"));
    assert.match(listed[0], / 600 XOF le 28\/02\/2026, .* créditée au jour de l'émission/);
  });

  await test("the references that are still to be paid are listed by themselves", async () => {
    const mine = await fresh("700");
    const open = async () => (await employer.get("/api/v1/employer/references?open=true&limit=100")).json.references;
    assert.ok((await open()).every((one) => one.state === "unpaid" && one.expires_on > one.issued_at.slice(0, 10)));
    assert.ok((await open()).some((one) => one.reference === mine));
    await bank.notice({ transaction: transaction(), reference: mine, amount: "700" });
    assert.ok((await open()).every((one) => one.reference !== mine));
  });

  await test("notices are taken in any order, after a restart too", async () => {
    const mine = [await fresh("11"), await fresh("12"), await fresh("13")];
    const said = mine.map((one, i) => ({ transaction: transaction(), reference: one, amount: String(11 + i) }));
    const first = await bank.notice(said[2]);
    await portal.restart();
    assert.deepEqual((await bank.notice(said[2])).json, first.json, "a repeat after the restart");
    for (const i of [0, 1]) assert.equal((await bank.notice(said[i])).status, 200);
    for (const one of mine) assert.equal((await under(one)).length, 1);
  });
}
