// Djibouti's ways in by program and without scripts: the charter first, a password of four kinds, an agent who
// activates, a charter that changed, and a theft.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Api, Pages } from "../browser/lib/http.mjs";
import { codeIn, messagesTo, nextMessage, quarterName } from "../browser/lib/messages.mjs";
import { PASSWORD } from "../browser/lib/portal.mjs";
import { Phone, administrator } from "../browser/lib/second_factor.mjs";
import { Wages } from "../browser/lib/workbook.mjs";

export const title = "Djibouti: ways in";
export const fund = "dj";

const AICHA = { insured_number: "1992022901362", surname: "Ga'as Mohamed", forenames: "Aïcha", birth_date: "29/02/1992" };
const TITLES = { number: "Compte assuré", wage1: "Salaire brut M1", wage2: "Salaire brut M2", wage3: "Salaire brut M3", left_on: "Date de fin" };
const OWN = "Boutre-de-1000-voiles";
const wrong = (code) => String((Number(code) + 1) % 10 ** code.length).padStart(code.length, "0");

export async function run({ portal, step, test }) {
  const api = new Api(portal);
  const agent = new Api(portal);
  const post = (who, path, json) => who.call("POST", path, { json });
  const begin = (way, json) => post(api, `/api/v1/sign-up/${way}`, json);
  const confirm = (challenge, code) => post(api, `/api/v1/codes/${challenge}/confirmation`, { code });
  const code = (answer) => [answer.status, answer.json?.code];
  let terms;
  const form = (who, email, phone) => ({ ...who, email, phone, password: OWN, password_again: OWN, terms });

  await step("the charter is there to be read whole before anything is asked, with its digest", async () => {
    const { json } = await api.get("/api/v1/sign-up");
    assert.deepEqual(json.ways.map((way) => [way.code, way.password, way.activation, way.terms]), [["insured", "chosen", "agent", true], ["employer", "chosen", "agent", true], ["mandatary", "chosen", "code", true]]);
    assert.deepEqual(json.password.map((rule) => rule.code).slice(0, 5), ["password_too_short", "password_no_upper", "password_no_lower", "password_no_digit", "password_no_special"]);
    assert.match(json.password[0].text, /^10 caractères/);
    assert.match(json.charter.text, /En cas de vol, perte ou utilisation frauduleuse/);
    terms = json.charter.digest;
    assert.match(terms, /^[0-9a-f]{64}$/);
  });

  await test("nothing begins without the charter, or with another text", async () => {
    for (const given of [undefined, "", "on", "00".repeat(32), terms.slice(1), terms.toUpperCase().slice(0, 10)]) {
      const answer = await begin("insured", { ...form(AICHA, "aicha@exemple.dj", "77 60 11 22"), terms: given });
      assert.deepEqual([answer.status, answer.json.faults?.map((f) => [f.path, f.code])], [422, [["terms", "missing"]]], String(given));
    }
    assert.deepEqual(await messagesTo(portal, "aicha@exemple.dj"), []);
  });

  await test("each kind of character that a password lacks is told, with the rest of the form", async () => {
    const lacks = async (password) => (await begin("insured", { ...form(AICHA, "aicha@exemple.dj", "77 60 11 22"), password, password_again: password })).json.faults.map((f) => f.code);
    assert.deepEqual(await lacks("abc"), ["password_too_short", "password_no_upper", "password_no_digit", "password_no_special"]);
    assert.deepEqual(await lacks("BOUTRE-1000-VOILES"), ["password_no_lower"]);
    const spaced = await begin("insured", { ...form(AICHA, "aicha@exemple.dj", "+33 6 12 34 56 78"), password: "Boutre 1000 voiles", password_again: "Boutre 1000 voiles" });
    assert.deepEqual(spaced.json.faults.map((f) => f.code), ["phone_foreign"], "a space is a character that is neither letter nor digit");
    assert.ok((await lacks("Aïcha-19920229")).includes("password_personal"));
    const answer = await begin("insured", { insured_number: "19920229-01362x", surname: "<b>", forenames: "", birth_date: "31/02/1992", phone: "+212 661 11 22 33", email: "aicha@", password: OWN, password_again: `${OWN}.`, terms });
    assert.deepEqual(answer.json.faults.map((fault) => `${fault.path} ${fault.code}`), ["insured_number not_a_number", "surname not_a_name", "forenames missing", "birth_date not_a_date", "email not_an_email", "phone phone_foreign", "password_again not_the_same"]);
    for (const [phone, why] of [["21 35 22 11", "phone_not_mobile"], ["90 11 22 33", "phone_not_in_plan"], ["+253 90 00 00 00", "phone_not_in_plan"]]) assert.deepEqual((await begin("insured", form(AICHA, "aicha@exemple.dj", phone))).json.faults.map((f) => f.code), [why], phone);
  });

  await step("a holder signs, proves phone and address, and waits for an agent", async () => {
    const asked = await begin("insured", form(AICHA, "aicha@exemple.dj", "77-60-11-22"));
    assert.equal(asked.status, 202, asked.text);
    const told = await nextMessage(portal, "aicha@exemple.dj", "code");
    assert.equal(told.sms.to, "+25377601122", "by SMS and by e-mail at once");
    assert.match(told.sms.text, /^CNSS Djibouti/);
    const right = codeIn(told);
    assert.deepEqual(code(await confirm(asked.json.challenge, wrong(right))), [422, "code_wrong"]);
    assert.deepEqual((await confirm(asked.json.challenge, right)).json, { purpose: "sign_up", activation: "agent" });
    await nextMessage(portal, "aicha@exemple.dj", "account-waiting");
    assert.deepEqual(code(await post(api, "/api/v1/session", { login: "aicha@exemple.dj", password: OWN })), [403, "account_waiting"]);
    assert.deepEqual(code(await post(api, "/api/v1/session", { login: "aicha@exemple.dj", password: "autre" })), [401, "wrong_credentials"]);
  });

  await step("an agent compares and activates; what was signed is not asked again", async () => {
    const first = await administrator(portal, "cheffe@caisse.example", "Kadra Cheffe");
    await agent.login("cheffe@caisse.example", first);
    const phone = new Phone((await agent.get("/api/v1/session/second-factor")).json.secret);
    assert.equal((await post(agent, "/api/v1/session/second-factor", { code: await phone.digits() })).status, 200);
    const changed = await agent.call("PUT", "/api/v1/session/password", { json: { password: "La cour du grand manguier 7!" } });
    agent.token = changed.json.token;
    const again = await post(agent, "/api/v1/session/second-factor", { code: await phone.digits() });
    assert.equal(again.status, 200, "another password ends the session that was proved");
    const own = (await agent.get("/api/v1/agent/agents")).json.agents[0].id;
    assert.equal((await agent.call("PUT", `/api/v1/agent/agents/${own}/roles`, { json: { roles: ["administer", "activate", "unblock"] } })).status, 204);
    const [waits, ...others] = (await agent.get("/api/v1/agent/accounts")).json.accounts;
    assert.equal(others.length, 0);
    assert.equal((await post(agent, `/api/v1/agent/accounts/${waits.id}/activation`)).status, 204);
    await nextMessage(portal, "aicha@exemple.dj", "account-activated");
    const session = new Api(portal);
    const opened = await session.login("aicha@exemple.dj", OWN);
    assert.deepEqual([opened.subject, opened.duty], ["insured", undefined], "signed before: not asked again");
    assert.equal((await session.get("/api/v1/insured")).json.number, AICHA.insured_number);
  });

  await test("strangers hear the same for a holder, a wrong birth date, an unknown number and an account that exists", async () => {
    const saada = { insured_number: "1998070800944", surname: "Mahamoud Hébano", forenames: "Saada", birth_date: "1998-07-08" };
    const hassan = { insured_number: "1967031400427", surname: "Guelleh Waberi", forenames: "Hassan", birth_date: "1967-03-14" };
    const same = [];
    for (const [n, who] of [saada, { ...saada, birth_date: "1998-07-09" }, { ...saada, insured_number: "1998070800945" }, hassan].entries()) {
      const email = `inconnu${n}@exemple.dj`;
      const asked = await begin("insured", form(who, email, `77 71 00 0${n}`));
      const confirmed = await confirm(asked.json.challenge, codeIn(await nextMessage(portal, email, "code")));
      same.push([asked.status, Object.keys(asked.json), confirmed.status, confirmed.text]);
    }
    for (const answer of same) assert.deepEqual(answer, same[0]);
    assert.ok(await nextMessage(portal, "inconnu0@exemple.dj", "account-waiting"));
    for (const n of [1, 2, 3]) assert.ok(await nextMessage(portal, `inconnu${n}@exemple.dj`, "sign-up-impossible"));
    assert.ok(await nextMessage(portal, "hassan@demo.cnss.example", "somebody-signs-up"), "the holder is warned");
  });

  await test("a charter that changed is asked again before anything else, by the text that was read", async () => {
    const session = new Api(portal);
    const opened = await session.login(portal.logins.workers[1], PASSWORD);
    assert.deepEqual([opened.duty.kind, opened.duty.call], ["charter", "/api/v1/session/charter"]);
    assert.deepEqual(code(await session.get("/api/v1/insured")), [403, "duty"]);
    assert.equal((await post(session, "/api/v1/session/charter", { digest: "00".repeat(32) })).status, 422);
    const done = await post(session, "/api/v1/session/charter", { digest: terms });
    assert.equal(done.status, 204, done.text);
    assert.equal((await session.get("/api/v1/insured")).status, 200);
    assert.equal((await new Api(portal).login(portal.logins.workers[1], PASSWORD)).duty, undefined);
  });

  await test("a theft that is reported blocks at once, and an agent unblocks", async () => {
    const who = portal.logins.workers[0];
    const owner = new Api(portal);
    await owner.login(who, PASSWORD);
    assert.equal((await post(owner, "/api/v1/account/block", { why: "theft" })).status, 204);
    assert.deepEqual(code(await owner.get("/api/v1/account")), [401, "not_logged_in"]);
    await nextMessage(portal, who, "account-blocked");
    assert.deepEqual(code(await post(api, "/api/v1/session", { login: who, password: PASSWORD })), [403, "account_blocked"]);
    const found = await post(agent, "/api/v1/agent/accounts/search", { login: who });
    assert.deepEqual([found.json.state, found.json.why], ["blocked", "theft"]);
    assert.equal((await post(agent, `/api/v1/agent/accounts/${found.json.id}/unblock`)).status, 204);
    await nextMessage(portal, who, "account-unblocked");
    const back = new Api(portal);
    assert.equal((await back.login(who, PASSWORD)).duty.kind, "new_password");
    const weak = await back.call("PUT", "/api/v1/session/password", { json: { password: "le car de six heures" } });
    assert.deepEqual(weak.json.faults.map((f) => f.code), ["password_no_upper", "password_no_digit"], "the fund's own rules here too");
    assert.equal((await back.call("PUT", "/api/v1/session/password", { json: { password: OWN } })).status, 200);
  });

  await test("an employer files the quarter in the fund's own workbook; wages, names and message are this country's", async () => {
    const employer = new Api(portal);
    await employer.login(portal.logins.employers[0], PASSWORD);
    const LIST = "/api/v1/employer/declarations";
    const { quarter } = (await employer.get(LIST)).json.declarations.find((one) => one.state === "open");
    const model = await employer.get(`${LIST}/${quarter}/template.xlsx`);
    assert.doesNotMatch(model.headers["content-disposition"], /DNR/);
    const wages = (await Wages.read(model.bytes, TITLES)).fill(120000);
    const file = async () => employer.call("POST", `${LIST}/${quarter}/file`, { body: await wages.bytes(), type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" });
    wages.set(wages.rows()[0], "wage1", "1200,5");
    const parts = await file();
    assert.deepEqual([parts.status, parts.json.faults.map((fault) => fault.code)], [422, ["not_whole"]], "a franc has no parts");
    wages.set(wages.rows()[0], "wage1", 380000);
    const draft = await file();
    assert.equal(draft.status, 200, draft.text);
    const receipt = await employer.call("POST", `${LIST}/${quarter}/submission`, { json: { version: draft.json.version, request_key: randomUUID() } });
    assert.equal(receipt.status, 201, receipt.text);
    const told = await nextMessage(portal, portal.logins.employers[0], "declaration-filed");
    assert.match(told.sms.text, new RegExp(`^CNSS Djibouti : d.claration du ${quarterName(quarter)} d.pos.e`));
    assert.match(receipt.json.receipt, /^REC-\d{4}T[1-4]-[0-9A-Z]{8}$/);
    assert.ok(told.sms.text.includes(receipt.json.receipt) && told.sms.text.length <= 160, told.sms.text);
    for (const text of [told.sms.text, told.email.subject, told.email.text]) assert.doesNotMatch(text, /DNR|D\.N\.R|F.CFA|Togo|EMP-/);
    assert.equal((await employer.get(`${LIST}?limit=20`)).json.declarations.find((one) => one.quarter === quarter).filed.receipt, receipt.json.receipt);
  });

  await test("pages without scripts: the charter, then the form, then the code", async () => {
    const pages = new Pages(portal);
    const charter = await pages.get("/inscription/insured");
    assert.ok(charter.text.includes("Charte d'utilisation de l'application mobile") || charter.text.includes("Charte d&#39;utilisation"), "the title");
    assert.ok(!charter.text.includes('name="insured_number"'), "nothing is asked before");
    assert.ok(charter.text.includes(`value="${terms}"`));
    const unsigned = await pages.get("/inscription/insured?terms=on");
    assert.ok(!unsigned.text.includes('name="insured_number"'));
    const asked = await pages.get(`/inscription/insured?terms=${terms}`);
    assert.ok(asked.text.includes('name="insured_number"') && asked.text.includes("10 caractères au moins"));
    assert.doesNotMatch(asked.text, /Togo|EMP-0/);
    const request = asked.text.match(/name="request" value="([^"]+)"/)[1];
    const fields = { ...form({ insured_number: "1985112300578", surname: "Omar Bogoreh", forenames: "Idriss", birth_date: "1985-11-23" }, "idriss@exemple.dj", "77 72 00 01"), request };
    const refused = await pages.post("/inscription/insured", { ...fields, phone: "+228 90 11 22 33", password_again: "x" });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /2 points sont à corriger/);
    assert.ok(refused.text.includes('value="1985112300578"') && !refused.text.includes(OWN));
    const sent = await pages.post("/inscription/insured", fields);
    assert.match(sent.headers.location, /^\/verification\//);
    const done = await pages.post(sent.headers.location, { code: codeIn(await nextMessage(portal, "idriss@exemple.dj", "code")) });
    assert.equal(done.headers.location, "/inscription/insured/suite");
    assert.match((await pages.get(done.headers.location)).text, /Vous serez notifié par e-mail/);
  });
}
