// A program does what an employer and an insured person do in their spaces.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Api, send } from "../browser/lib/http.mjs";
import { PASSWORD } from "../browser/lib/portal.mjs";
import { Wages } from "../browser/lib/workbook.mjs";

export const title = "An employer and an insured person by program";

const LIST = "/api/v1/employer/declarations";
export const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** The quarters over and not filed. */
export async function openQuarters(api) {
  const { json } = await api.get(`${LIST}?limit=60`);
  return json.declarations.filter((q) => ["open", "draft"].includes(q.state)).map((q) => q.quarter);
}

export async function run({ portal, step, test }) {
  const employer = new Api(portal);
  let quarter, version, receipt;
  const file = (bytes) => employer.call("POST", `${LIST}/${quarter}/file`, { body: bytes, type: XLSX });
  const submit = (json) => employer.call("POST", `${LIST}/${quarter}/submission`, { json });

  await test("without a session, or with a made-up one, nothing is told", async () => {
    for (const headers of [{}, { Authorization: "Bearer x" }, { Authorization: `Bearer ${"A".repeat(5000)}` }, { Authorization: "Basic YTpi" }]) {
      for (const path of ["/api/v1/employer", LIST, "/api/v1/employer/account", "/api/v1/insured", "/api/v1/insured/account"]) {
        const answer = await new Api(portal).call("GET", path, { headers });
        assert.equal(answer.status, 401, path);
        assert.equal(answer.json.code, "not_logged_in");
      }
    }
  });

  await test("a wrong password, and a login that is not there, get the same answer", async () => {
    const answers = [];
    for (const json of [{ login: portal.logins.employers[0], password: "faux" }, { login: "personne@demo.cnss.example", password: "faux" }]) {
      const answer = await new Api(portal).call("POST", "/api/v1/session", { json });
      assert.equal(answer.status, 401);
      answers.push(answer.text);
    }
    assert.equal(answers[0], answers[1]);
    const empty = await new Api(portal).call("POST", "/api/v1/session", { json: { login: 7 } });
    assert.deepEqual(empty.json.faults.map((f) => f.path).sort(), ["login", "password"]);
  });

  await step("the employer logs in and sees its quarters", async () => {
    const session = await employer.login(portal.logins.employers[0], PASSWORD);
    assert.ok(session.token.length >= 32);
    assert.equal((await employer.get("/api/v1/employer")).status, 200);
    assert.equal((await employer.get(`${LIST}?limit=2`)).json.declarations.length, 2);
    for (const limit of ["0", "-1", "abc", "99999999999", ""]) {
      assert.ok([200, 400, 422].includes((await employer.get(`${LIST}?limit=${limit}`)).status), limit);
    }
    quarter = (await openQuarters(employer))[0];
    assert.ok(quarter, "a quarter waits to be filed");
  });

  await test("a quarter that is not one is not found", async () => {
    for (const odd of ["2024-T5", "2024", "9999-T1", "0000-T1", "x", "%00", "2024-T1;", "１９９９-T1"]) {
      for (const end of ["", "/template.xlsx"]) {
        const answer = await employer.get(`${LIST}/${encodeURIComponent(odd).replace("%2500", "%00")}${end}`);
        assert.equal(answer.status, 404, `${odd}${end}: ${answer.status}`);
        assert.equal(answer.json.code, "not_found");
        if (!odd.startsWith("%")) assert.match(answer.json.detail, /«.*\s» ne se lit pas comme un trimestre.*2026-T3/);
      }
    }
  });

  await step("the model is filled in and gives a draft", async () => {
    const answer = await employer.get(`${LIST}/${quarter}/template.xlsx`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], XLSX);
    assert.match(answer.headers["content-disposition"], /attachment; filename="[\w.-]+\.xlsx"/);
    const wages = (await Wages.read(answer.bytes)).fill(200_000);
    const draft = await file(await wages.bytes());
    assert.equal(draft.status, 200, draft.text);
    version = String(draft.json.version);
    assert.equal((await employer.get(`${LIST}/${quarter}`)).json.state, "draft");
  });

  await test("a submission that says too little, or another version, is refused", async () => {
    assert.deepEqual((await submit({})).json.faults.map((f) => f.path).sort(), ["request_key", "version"]);
    assert.deepEqual((await submit({ version: "x", request_key: "1" })).json.faults.map((f) => f.path).sort(), ["request_key", "version"]);
    const stale = await submit({ version: String(Number(version) + 7), request_key: randomUUID() });
    assert.equal(stale.status, 409);
    assert.equal(stale.json.code, "stale");
  });

  await step("ten submissions at once with one key file once", async () => {
    const debts = (await employer.get("/api/v1/employer/account")).text;
    const request = { version, request_key: randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit(request)));
    for (const answer of answers) assert.ok([200, 201].includes(answer.status), `${answer.status} ${answer.text}`);
    assert.equal(new Set(answers.map((answer) => answer.text)).size, 1, "one receipt");
    assert.ok(answers.some((answer) => answer.status === 201));
    receipt = answers[0].json;
    assert.ok(receipt.receipt, JSON.stringify(receipt));
    const again = await submit(request);
    assert.deepEqual(again.json, receipt, "the same key later gives the same receipt");
    const reused = await submit({ version: String(Number(version) + 1), request_key: request.request_key });
    assert.equal(reused.json.code, "key_reused");
    const view = (await employer.get(`${LIST}/${quarter}`)).json;
    assert.equal(view.state, "filed");
    assert.equal(view.revisions.length, 1);
    assert.notEqual((await employer.get("/api/v1/employer/account")).text, debts, "the account knows the new debts");
  });

  await test("of very many faults the first are told, and all are counted", async () => {
    const draft = `${LIST}/${quarter}/draft`;
    const told = ({ status, json }) => [status, json.faults.length, json.faults_total];
    const unreadable = await employer.call("PUT", draft, { json: { rows: Array(2500).fill({ number: 7 }) } });
    assert.deepEqual(told(unreadable), [422, 2000, 2500]);
    const kept = await employer.call("PUT", draft, { json: { rows: Array(2500).fill({ number: "x" }) } });
    assert.equal(kept.status, 200, kept.text);
    // Of each line the number, both names, and that there is no wage.
    const refused = await submit({ version: kept.json.version, request_key: randomUUID() });
    assert.equal(refused.json.faults.length, 2000);
    assert.ok(refused.json.faults_total >= 7500, `${refused.json.faults_total} faults`);
    assert.equal((await employer.call("DELETE", `${draft}?version=${kept.json.version}`)).status, 204);
  });

  await test("a correction that was opened can be given up", async () => {
    const draft = `${LIST}/${quarter}/draft`;
    const opened = await employer.call("PUT", draft, { json: { rows: [{ number: "1" }] } });
    assert.equal(opened.status, 200, opened.text);
    assert.equal((await employer.get(`${LIST}/${quarter}`)).json.state, "draft");
    for (const [given, code] of [["", "missing"], ["?version=", "missing"], ["?version=x", "not_a_number"]]) {
      const answer = await employer.call("DELETE", draft + given);
      assert.equal(answer.status, 422, given);
      assert.deepEqual(answer.json.faults.map((f) => [f.path, f.code]), [["version", code]]);
    }
    const stale = await employer.call("DELETE", `${draft}?version=${Number(opened.json.version) - 1}`);
    assert.deepEqual([stale.status, stale.json.code], [409, "stale"]);
    const gone = await employer.call("DELETE", `${draft}?version=${opened.json.version}`);
    assert.deepEqual([gone.status, gone.text], [204, ""]);
    assert.equal((await employer.get(`${LIST}/${quarter}`)).json.state, "filed");
    const again = await employer.call("DELETE", `${draft}?version=${opened.json.version}`);
    assert.deepEqual([again.status, again.json.code], [404, "no_draft"]);
  });

  await test("filing again without a draft is refused", async () => {
    const answer = await submit({ version, request_key: randomUUID() });
    assert.ok([404, 409].includes(answer.status), `${answer.status} ${answer.text}`);
  });

  await test("an employer does not enter an insured person's space, nor the reverse", async () => {
    for (const path of ["/api/v1/insured", "/api/v1/insured/account"]) assert.equal((await employer.get(path)).status, 403);
    const worker = new Api(portal);
    await worker.login(portal.logins.workers[0], PASSWORD);
    for (const path of ["/api/v1/employer", LIST, `${LIST}/${quarter}`, "/api/v1/employer/account", `${LIST}/${quarter}/template.xlsx`]) {
      assert.equal((await worker.get(path)).status, 403, path);
    }
    const answer = await worker.call("POST", `${LIST}/${quarter}/file`, { body: "x", type: XLSX });
    assert.equal(answer.status, 403);
  });

  await test("one employer's quarters are not another's", async () => {
    const other = new Api(portal);
    await other.login(portal.logins.employers[1], PASSWORD);
    const [mine, theirs] = [await employer.get("/api/v1/employer"), await other.get("/api/v1/employer")];
    assert.notEqual(mine.json.number, theirs.json.number);
    const answer = await other.get(`${LIST}/${quarter}`);
    assert.ok(!answer.text.includes(receipt.receipt), "the receipt of another employer");
  });

  await test("an insured person sees an account and simulates a pension", async () => {
    const worker = new Api(portal);
    await worker.login(portal.logins.workers[0], PASSWORD);
    assert.equal((await worker.get("/api/v1/insured")).status, 200);
    assert.equal((await worker.get("/api/v1/insured/account")).status, 200);
    const simulate = (json) => worker.call("POST", "/api/v1/insured/simulation", { json });
    const [low, high] = [await simulate({ kind: "normal", award_date: "2045-01-01" }), await simulate({ kind: "normal", award_date: "2045-01-01", future_wage: "900000" })];
    for (const answer of [low, high]) {
      assert.equal(answer.status, 200, answer.text);
      assert.ok(answer.json.steps.every((s) => s.source && /^(verified|secondary|unverified)$/.test(s.status)));
    }
    assert.ok(high.json.eligible && Number(high.json.monthly_amount) > Number(low.json.monthly_amount ?? 0));
    const wrong = await simulate({ kind: "x", award_date: "2045-02-30", future_wage: "-1" });
    assert.deepEqual(wrong.json.faults.map((f) => f.path).sort(), ["award_date", "future_wage", "kind"]);
  });

  await test("a session that was ended is over", async () => {
    const { status } = await employer.call("DELETE", "/api/v1/session");
    assert.ok([200, 204].includes(status));
    assert.equal((await employer.get("/api/v1/employer")).status, 401);
  });

  await test("private answers are not kept by anything between", async () => {
    const worker = new Api(portal);
    await worker.login(portal.logins.workers[0], PASSWORD);
    const answer = await send(`${portal.url}/api/v1/insured/account`, { headers: { Authorization: `Bearer ${worker.token}` } });
    assert.match(answer.headers["cache-control"] ?? "", /no-store/);
  });
}
