// Morocco's ways in by program and without scripts: a paper and its expiry, a code by SMS, a password that is sent
// and changed first, those who have rights through an insured person, and what strangers learn.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Api, Pages } from "../browser/lib/http.mjs";
import { codeIn, messagesTo, nextMessage, quarterName } from "../browser/lib/messages.mjs";
import { PASSWORD } from "../browser/lib/portal.mjs";
import { Wages } from "../browser/lib/workbook.mjs";

export const title = "Morocco: ways in";
export const fund = "ma";

const KHADIJA = { document: "EE 508214", document_expires: "29/02/2032", birth_date: "29/02/1992" };
const OMAR = { insured_number: "115274905", document: "AD275903", birth_date: "30/04/1984" };
const TITLES = { number: "N° d'immatriculation" };
const OWN = "sept cigognes au minaret";
const wrong = (code) => String((Number(code) + 1) % 10 ** code.length).padStart(code.length, "0");
const passwordIn = (message) => message.sms?.text.match(/\S+-a7K/)?.[0];

export async function run({ portal, step, test }) {
  const api = new Api(portal);
  const begin = (way, json) => api.call("POST", `/api/v1/sign-up/${way}`, { json });
  const confirm = (challenge, code) => api.call("POST", `/api/v1/codes/${challenge}/confirmation`, { json: { code } });
  const code = (answer) => [answer.status, answer.json?.code];
  let terms;
  const form = (who, email, phone) => ({ ...who, email, phone, terms });

  await step("two ways, in the guide's words; the password is sent, the terms are to be accepted", async () => {
    const { json } = await api.get("/api/v1/sign-up");
    assert.deepEqual(json.ways.map((way) => [way.code, way.label, way.password, way.activation, way.terms]), [["insured", "Assuré", "sent", "code", true], ["beneficiary", "Ayant droit", "sent", "code", true]]);
    const labels = (code) => json.ways.find((way) => way.code === code).fields.map((field) => field.label);
    assert.deepEqual(labels("insured"), ["Votre CNIE / Passeport / Séjour", "La date d'expiration de l'identifiant", "La date de naissance", "Numéro de téléphone", "Adresse e-mail"]);
    assert.equal(labels("beneficiary")[0], "Le numéro d'immatriculation de l'assuré");
    const text = (await api.get("/api/v1/charter")).json;
    assert.deepEqual(text, json.charter);
    terms = text.digest;
  });

  await test("a form with everything wrong is told at once; terms of another text are not accepted", async () => {
    const answer = await begin("insured", { document: "É!", document_expires: "31/02/2030", birth_date: "29/02/1991", phone: "+228 90 11 22 33", email: "khadija@" });
    assert.deepEqual(answer.json.faults.map((fault) => `${fault.path} ${fault.code}`), ["document not_a_number", "document_expires not_a_date", "birth_date not_a_date", "phone phone_foreign", "email not_an_email", "terms missing"]);
    const refusedPhone = async (phone) => (await begin("insured", { ...form(KHADIJA, "khadija@exemple.ma", phone) })).json.faults.map((f) => f.code);
    for (const [phone, why] of [["05 22 20 31 45", "phone_not_mobile"], ["+212 8 01 00 00 00", "phone_not_in_plan"], ["+253 77 81 20 45", "phone_foreign"], ["06 61", "phone_not_in_plan"], ["x".repeat(100_000), "too_long"]]) assert.deepEqual(await refusedPhone(phone), [why], phone.slice(0, 30));
    const other = await begin("insured", { ...form(KHADIJA, "khadija@exemple.ma", "06 61 11 22 33"), terms: "00".repeat(32) });
    assert.deepEqual(other.json.faults.map((fault) => [fault.path, fault.code]), [["terms", "missing"]]);
    const future = await begin("insured", { ...form(KHADIJA, "khadija@exemple.ma", "06 61 11 22 33"), birth_date: "29/02/2092" });
    assert.deepEqual(future.json.faults.map((fault) => [fault.path, fault.code]), [["birth_date", "in_future"]]);
  });

  await step("an insured person born on a 29 February comes in: the code by SMS alone, then login and password by SMS", async () => {
    const asked = await begin("insured", form(KHADIJA, "khadija@exemple.ma", "+212 (0)6 61-11-22-33"));
    assert.equal(asked.status, 202, asked.text);
    assert.equal(asked.json.digits, 6);
    const told = await nextMessage(portal, "+212661112233", "code");
    assert.equal(told.email, null, "no e-mail carries the code");
    assert.deepEqual(await messagesTo(portal, "khadija@exemple.ma"), []);
    const right = codeIn(told);
    assert.match(right, /^\d{6}$/);
    assert.deepEqual(code(await confirm(asked.json.challenge, wrong(right))), [422, "code_wrong"]);
    const done = await confirm(asked.json.challenge, ` ${right.slice(0, 3)} ${right.slice(3)}`);
    assert.deepEqual([done.status, done.json], [200, { purpose: "sign_up", activation: "code" }]);
    const sent = await nextMessage(portal, "+212661112233", "first-password");
    assert.ok(sent.sms.text.includes("127640186"), `the login is the number: ${sent.sms.text}`);
    assert.ok(sent.sms.text.length <= 160 && !/DNR|Togo|F.CFA/.test(sent.sms.text), sent.sms.text);
    const first = passwordIn(sent);
    assert.ok(first, sent.sms.text);
    const session = new Api(portal);
    const opened = await session.login(" 127 640 186 ", first);
    assert.deepEqual([opened.subject, opened.duty.kind], ["insured", "new_password"]);
    assert.deepEqual(code(await session.get("/api/v1/insured")), [403, "duty"], "nothing before the password is changed");
    for (const [password, fault] of [["court", "password_too_short"], ["password1", "password_common"], ["khadija ben m'barek", "password_personal"]]) {
      const answer = await session.call("PUT", "/api/v1/session/password", { json: { password } });
      assert.ok(answer.json.faults?.some((one) => one.code === fault), `${password}: ${answer.text}`);
    }
    assert.equal((await session.call("PUT", "/api/v1/session/password", { json: { password: OWN } })).status, 200);
    await assert.rejects(new Api(portal).login("127640186", first), /401/, "the sent one is over");
    const again = new Api(portal);
    assert.equal((await again.login("127640186", OWN)).duty, undefined, "the terms were accepted at the sign-up");
    const person = (await again.get("/api/v1/insured")).json;
    assert.equal(person.number, "127640186");
    assert.equal((await again.get("/api/v1/insured/account")).status, 200);
  });

  await step("who has rights through an insured person comes in with an own paper, and logs in with it", async () => {
    const asked = await begin("beneficiary", form(OMAR, "omar@exemple.ma", "0770 45 61 23"));
    assert.equal(asked.status, 202, asked.text);
    const right = codeIn(await nextMessage(portal, "+212770456123", "code"));
    assert.equal((await confirm(asked.json.challenge, right)).status, 200);
    const first = passwordIn(await nextMessage(portal, "+212770456123", "first-password"));
    const session = new Api(portal);
    assert.deepEqual([(await session.login("ad-275903", first)).subject], ["beneficiary"]);
    assert.equal((await session.call("PUT", "/api/v1/session/password", { json: { password: OWN } })).status, 200);
    const own = new Api(portal);
    await own.login("AD275903", OWN);
    assert.equal((await own.get("/api/v1/account")).status, 200);
    for (const path of ["/api/v1/insured", "/api/v1/employer", "/api/v1/agent/accounts"]) assert.deepEqual(code(await own.get(path)), [403, "not_allowed"], path);
  });

  await test("strangers hear the same for a holder, a wrong expiry, an outdated card, an unknown paper and an account that exists", async () => {
    const amine = { document: "UN5820147", document_expires: "30/09/2030", birth_date: "08/07/1998" };
    const cases = [
      amine,
      { ...amine, document_expires: "01/10/2030" },
      { ...amine, birth_date: "09/07/1998" },
      { document: "J381925", document_expires: "31/12/2024", birth_date: "23/11/1989" },
      { document: "ZZ999999", document_expires: "30/09/2030", birth_date: "08/07/1998" },
      { document: "JB182640", document_expires: "19/05/2031", birth_date: "14/01/1967" },
    ];
    const same = [];
    for (const [n, who] of cases.entries()) {
      const phone = `06 71 00 00 0${n}`;
      const asked = await begin("insured", form(who, `inconnu${n}@exemple.ma`, phone));
      const told = await nextMessage(portal, `+21267100000${n}`, "code");
      const confirmed = await confirm(asked.json.challenge, codeIn(told));
      same.push([asked.status, Object.keys(asked.json), confirmed.status, confirmed.text]);
    }
    for (const answer of same) assert.deepEqual(answer, same[0]);
    assert.ok(passwordIn(await nextMessage(portal, "+212671000000", "first-password")));
    for (const n of [1, 2, 3, 4, 5]) assert.ok(await nextMessage(portal, `+21267100000${n}`, "sign-up-impossible"));
    assert.ok(await nextMessage(portal, "brahim@demo.cnss.example", "somebody-signs-up"), "the holder is warned");
    const through = await begin("beneficiary", form({ ...OMAR, insured_number: "103482164" }, "autre@exemple.ma", "06 71 00 00 07"));
    await confirm(through.json.challenge, codeIn(await nextMessage(portal, "+212671000007", "code")));
    assert.ok(await nextMessage(portal, "+212671000007", "sign-up-impossible"), "through another insured person");
  });

  await test("logging in by a number, by a paper and by an address; wrong ones hear the same", async () => {
    const [insured] = portal.logins.workers;
    const [relative] = portal.logins.beneficiaries;
    for (const [login, subject] of [[insured, "insured"], [relative.toLowerCase(), "beneficiary"], [portal.logins.employers[0], "employer"]]) {
      const session = await new Api(portal).login(login, PASSWORD);
      assert.deepEqual([session.subject, session.duty], [subject, undefined], login);
    }
    const said = [];
    for (const login of [insured, "999999990", "ZZ000000", "personne@exemple.ma"]) said.push((await api.call("POST", "/api/v1/session", { json: { login, password: "faux" } })).text);
    assert.equal(new Set(said).size, 1);
    const asked = await new Api(portal).login(portal.logins.workers[1], PASSWORD);
    assert.equal(asked.duty.kind, "charter", "she accepted the terms of before");
  });

  await test("a forgotten password comes back by SMS, to the number that the account has", async () => {
    const before = (await nextMessage(portal, "+212661112233", "first-password")).number;
    const old = new Api(portal);
    await old.login("127640186", OWN);
    const asked = await api.call("POST", "/api/v1/recoveries", { json: { identifier: "127640186", channel: "sms" } });
    const stranger = await api.call("POST", "/api/v1/recoveries", { json: { identifier: "199999991", channel: "sms" } });
    assert.deepEqual([asked.status, Object.keys(asked.json)], [stranger.status, Object.keys(stranger.json)]);
    const told = await nextMessage(portal, "+212661112233", "code", before);
    assert.equal(told.email, null);
    assert.deepEqual((await confirm(asked.json.challenge, codeIn(told))).json, { purpose: "recover" });
    assert.equal((await api.call("PUT", `/api/v1/recoveries/${asked.json.challenge}/password`, { json: { password: "huit cigognes au minaret" } })).status, 204);
    assert.equal((await old.get("/api/v1/session")).status, 401, "all sessions have ended");
    await new Api(portal).login("127640186", "huit cigognes au minaret");
  });

  await test("what a file lacks is said in the words of this country", async () => {
    const employer = new Api(portal);
    await employer.login(portal.logins.employers[0], PASSWORD);
    const LIST = "/api/v1/employer/declarations";
    const { quarter } = (await employer.get(LIST)).json.declarations.find((one) => one.state === "open");
    const refused = await employer.call("POST", `${LIST}/${quarter}/file`, { body: Buffer.from("%PDF-1.7\n"), type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" });
    assert.equal(refused.status, 422, refused.text);
    assert.match(refused.text, /Envoyez le modèle de déclaration rempli, au format \.xlsx/);
    const nothing = await employer.call("POST", `${LIST}/${quarter}/submission`, { json: { version: "1", request_key: randomUUID() } });
    assert.match(nothing.json.detail, /envoyez un fichier de déclaration\./);
  });

  await test("an employer files the quarter in the fund's own workbook; wages, names and message are this country's", async () => {
    const employer = new Api(portal);
    await employer.login(portal.logins.employers[0], PASSWORD);
    const LIST = "/api/v1/employer/declarations";
    const { quarter } = (await employer.get(LIST)).json.declarations.find((one) => one.state === "open");
    const model = await employer.get(`${LIST}/${quarter}/template.xlsx`);
    assert.doesNotMatch(model.headers["content-disposition"], /DNR/);
    const wages = (await Wages.read(model.bytes, TITLES)).fill("6123.45");
    const file = async () => employer.call("POST", `${LIST}/${quarter}/file`, { body: await wages.bytes(), type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" });
    wages.set(wages.rows()[0], "wage1", 3000);
    const low = await file();
    assert.deepEqual([low.status, low.json.faults.map((fault) => fault.code)], [422, ["below_minimum"]], "below the SMIG");
    wages.set(wages.rows()[0], "wage1", 8000);
    const draft = await file();
    assert.equal(draft.status, 200, draft.text);
    const receipt = await employer.call("POST", `${LIST}/${quarter}/submission`, { json: { version: draft.json.version, request_key: randomUUID() } });
    assert.equal(receipt.status, 201, receipt.text);
    const told = await nextMessage(portal, portal.logins.employers[0], "declaration-filed");
    assert.match(told.sms.text, new RegExp(`^CNSS Maroc : d.claration du ${quarterName(quarter)} d.pos.e`));
    assert.match(receipt.json.receipt, /^REC-\d{4}T[1-4]-[0-9A-Z]{8}$/);
    assert.ok(told.sms.text.includes(receipt.json.receipt) && told.sms.text.length <= 160, told.sms.text);
    for (const text of [told.sms.text, told.email.subject, told.email.text]) assert.doesNotMatch(text, /DNR|D\.N\.R|F.CFA|Togo|EMP-/);
    assert.equal((await employer.get(`${LIST}?limit=20`)).json.declarations.find((one) => one.quarter === quarter).filed.receipt, receipt.json.receipt);
  });

  await test("lists refuse a key that they do not know, for it may be another name for the next page", async () => {
    const employer = new Api(portal);
    await employer.login(portal.logins.employers[0], PASSWORD);
    for (const path of ["employer/declarations", "employer/references", "employer/mandates", "account/mandates", "account/devices", "demo/messages"]) {
      assert.equal((await employer.get(`/api/v1/${path}?limit=1`)).status, 200, path);
      const answer = await employer.get(`/api/v1/${path}?before=1`);
      assert.equal(answer.status, 400, `${path}: ${answer.text}`);
      assert.match(answer.headers["content-type"], /^application\/problem\+json/, path);
    }
    for (const path of ["employer/references?open=true&limit=1", "account/mandates?offered=true&limit=1", "demo/messages?to=1&limit=1"]) assert.equal((await employer.get(`/api/v1/${path}`)).status, 200, path);
  });

  await test("buttons and labels are the guide's", async () => {
    const pages = new Pages(portal);
    const main = async (path) => (await pages.get(path)).text;
    const login = await main("/connexion");
    for (const said of [/<button[^>]*>Me connecter</, />Mot de passe oublié</, />Créer mon compte</]) assert.match(login, said);
    assert.match(await main("/"), /<button[^>]*>Me connecter</);
    assert.match(await main("/mot-de-passe-oublie"), /<button[^>]*>Continuer</);
    const recovery = await main("/mot-de-passe-oublie");
    assert.match(recovery, /Numéro d(?:'|&#39;)immatriculation ou numéro CNIE/);
    assert.doesNotMatch(recovery, /Ou, selon votre compte/);
    assert.match(await main("/inscription/insured"), /<button[^>]*>Valider</);
  });

  await test("pages without scripts: faults keep what was typed, the box is not ticked for anybody, the code leads on", async () => {
    const pages = new Pages(portal);
    const first = await pages.get("/inscription/insured");
    assert.match(first.text, /Conditions générales d(?:'|&#39;|’)utilisation/);
    assert.doesNotMatch(first.text, /Togo|EMP-0|name="password"/);
    const fields = { document: "C042715F", document_expires: "2029-03-12", birth_date: "1994-12-15", phone: "06 72 00 00 01", email: "grace@exemple.ma", request: first.text.match(/name="request" value="([^"]+)"/)[1] };
    const unread = await pages.post("/inscription/insured", { ...fields, phone: "+33 6 12 34 56 78" });
    assert.equal(unread.status, 422);
    assert.match(unread.text, /2 points sont à corriger/);
    assert.ok(unread.text.includes('value="C042715F"') && !unread.text.includes("checked"));
    const sent = await pages.post("/inscription/insured", { ...fields, terms });
    assert.match(sent.headers.location, /^\/verification\/[0-9a-f-]{36}$/);
    const page = await pages.get(sent.headers.location);
    assert.match(page.text, /Un code de vérification a été envoyé à votre numéro de téléphone/);
    assert.ok(!page.text.includes("grace@exemple.ma") && !page.text.includes("06 72 00 00 01"));
    const done = await pages.post(sent.headers.location, { code: codeIn(await nextMessage(portal, "+212672000001", "code")) });
    assert.equal(done.headers.location, "/inscription/insured/suite");
    assert.match((await pages.get(done.headers.location)).text, /Vous recevrez par SMS vos identifiants/);
    const opened = await pages.login("156938429", passwordIn(await nextMessage(portal, "+212672000001", "first-password")));
    assert.equal(opened.status, 303);
    const led = await pages.get(opened.headers.location);
    assert.match(led.headers.location ?? led.text, /mot-de-passe|Nouveau mot de passe/);
  });

  await test("the commands read these books and not as another fund's, and a wish sent twice is one", async () => {
    assert.match(await portal.command("check"), /Aucune anomalie/);
    for (const command of [["check"], ["administrator", "a@caisse.example", "A B"]]) await assert.rejects(portal.command(...command, "--fund", "dj"), /ceux d'une autre caisse : ils sont tenus en MAD/, command[0]);
    const twice = { ...form(KHADIJA, "khadija@exemple.ma", "06 61 11 22 33"), request: randomUUID() };
    const [one, two] = [await begin("insured", twice), await begin("insured", twice)];
    assert.equal(one.json.challenge, two.json.challenge, "one request is one sign-up");
  });
}
