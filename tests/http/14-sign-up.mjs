// Having an account: signing up, codes, a forgotten password, and what strangers learn of it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Api, Pages } from "../browser/lib/http.mjs";
import { codeIn, messagesTo, nextMessage } from "../browser/lib/messages.mjs";
import { PASSWORD } from "../browser/lib/portal.mjs";

export const title = "Having an account, by program and without scripts";

const CHOSEN = "le car de six heures";
const HOLDER = { insured_number: "975650", employer_number: "EMP-000101", surname: "Lawson-Hellu", forenames: "Têtê Ambroise", birth_date: "1965-08-02" };
const mandatary = (name) => ({ email: `${name}@cabinet.example`, surname: "Kpadé", forenames: "Yawa", phone: "90 11 22 33", password: CHOSEN, password_again: CHOSEN });
const wrong = (code) => String((Number(code) + 1) % 10 ** code.length).padStart(code.length, "0");

export async function run({ portal, step, test }) {
  const api = new Api(portal);
  const begin = (way, json) => api.call("POST", `/api/v1/sign-up/${way}`, { json });
  const confirm = (challenge, code) => api.call("POST", `/api/v1/codes/${challenge}/confirmation`, { json: { code } });
  const codeOf = async (to, after = 0) => codeIn(await nextMessage(portal, to, "code", after));

  await step("the ways in are told in the fund's own words, with the rules of a password", async () => {
    const { status, json } = await api.get("/api/v1/sign-up");
    assert.equal(status, 200);
    assert.deepEqual(json.ways.map((way) => [way.code, way.label, way.activation]), [["employer", "Employeur", "agent"], ["insured", "Assuré", "agent"], ["mandatary", "Mandataire", "code"]]);
    const fields = json.ways[0].fields.map((field) => field.label);
    assert.deepEqual(fields.slice(0, 3), ["N° Immatriculation (Employeur)", "Raison Sociale", "Téléphone de l'entreprise"]);
    assert.deepEqual(json.password.map((rule) => rule.code), ["password_too_short", "password_common", "password_personal"]);
    assert.equal(json.charter, null);
    assert.equal((await api.get("/api/v1/charter")).status, 404, "Togo asks for none");
  });

  await test("everything that is wrong with a form is told at once, each at its field", async () => {
    const answer = await begin("insured", { insured_number: "abc", employer_number: "EMP-000101", surname: "<b>", forenames: "", email: "afi@b", phone: "+33612345678", birth_date: "31/02/1990", password: "password1", password_again: "password2" });
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.json.faults.map((fault) => `${fault.path} ${fault.code}`), ["insured_number not_a_number", "surname not_a_name", "forenames missing", "email not_an_email", "phone phone_foreign", "birth_date not_a_date", "password password_common", "password_again not_the_same"]);
    assert.equal((await begin("nobody", {})).status, 404);
  });

  await test("texts that are too long, turned round or made to inject are refused, not carried", async () => {
    const long = "x".repeat(100_000);
    for (const [field, text] of [["surname", long], ["email", `${long}@exemple.tg`], ["phone", "9".repeat(100_000)], ["surname", "Kpa\u202edé"], ["surname", "Kpa\u0000dé"], ["email", "afi@exemple.tg\r\nBcc: tous@exemple.tg"], ["email", "afi@exemple.tg\nbcc:a@b.tg"], ["phone", "90112233\r\n"], ["phone", "+22800112233"]]) {
      const answer = await begin("mandatary", { ...mandatary("personne"), [field]: text });
      if (field === "phone" && text.trim() === "90112233") { assert.equal(answer.status, 202, "a line's end is no character of a number"); continue; }
      assert.equal(answer.status, 422, `${field} ${JSON.stringify(text.slice(0, 40))}`);
      assert.equal(answer.json.faults[0].path, field);
      assert.ok(answer.text.length < 5_000, "it is not sent back whole");
    }
    for (const json of [{ ...mandatary("personne"), email: 5 }, { ...mandatary("personne"), password: ["a"] }]) assert.equal((await begin("mandatary", json)).status, 422);
    const page = await new Pages(portal).post("/inscription/mandatary", { ...mandatary("personne"), surname: long });
    assert.ok(page.status === 422 && page.text.length < 30_000 && !page.text.includes("x".repeat(300)));
  });

  await step("a mandatary signs up: the code of an SMS and an e-mail, typed with spaces, opens the account", async () => {
    const asked = await begin("mandatary", mandatary("yawa"));
    assert.equal(asked.status, 202, asked.text);
    const { challenge, digits, expires_at } = asked.json;
    assert.equal(digits, 6);
    assert.ok(Math.abs(Date.parse(expires_at) - Date.now() - 3_600_000) < 60_000, "an hour");
    const told = await nextMessage(portal, "yawa@cabinet.example", "code");
    assert.equal(told.sms.to, "+22890112233", "by SMS and by e-mail at once");
    const code = codeIn(told);
    assert.ok(told.email.text.includes(code));
    await assert.rejects(new Api(portal).login("yawa@cabinet.example", CHOSEN), /401/, "no account before the code");
    const refused = await confirm(challenge, wrong(code));
    assert.deepEqual([refused.status, refused.json.code], [422, "code_wrong"]);
    const typed = ` ${code.slice(0, 3)} ${code.slice(3)} `;
    const both = await Promise.all([confirm(challenge, typed), confirm(challenge, code)]);
    for (const answer of both) assert.deepEqual([answer.status, answer.json], [200, { purpose: "sign_up", activation: "code" }]);
    assert.equal((await confirm(challenge, code)).status, 200, "said again, it is answered again");
    const session = await new Api(portal).login("yawa@cabinet.example", CHOSEN);
    assert.equal(session.subject, "mandatary");
    await nextMessage(portal, "yawa@cabinet.example", "account-opened");
    assert.equal((await messagesTo(portal, "yawa@cabinet.example")).filter((m) => m.key === "account-opened").length, 1);
  });

  await test("a holder waits for an agent, who is told nothing before the password is right", async () => {
    const asked = await begin("insured", { ...HOLDER, email: "ambroise@exemple.tg", phone: "91 22 33 44", password: CHOSEN });
    assert.equal(asked.status, 202, asked.text);
    const answer = await confirm(asked.json.challenge, await codeOf("ambroise@exemple.tg"));
    assert.deepEqual(answer.json, { purpose: "sign_up", activation: "agent" });
    const waits = await api.call("POST", "/api/v1/session", { json: { login: "ambroise@exemple.tg", password: CHOSEN } });
    assert.deepEqual([waits.status, waits.json.code], [403, "account_waiting"]);
    const stranger = await api.call("POST", "/api/v1/session", { json: { login: "ambroise@exemple.tg", password: "autre chose encore" } });
    assert.deepEqual([stranger.status, stranger.json.code], [401, "wrong_credentials"]);
  });

  await test("an account of the former site logs in with the name and the password that it had there", async () => {
    for (const login of ["k.akakpo", " K.Akakpo "]) {
      await assert.rejects(new Api(portal).login(login, "autre chose encore"), /401/);
      const session = await new Api(portal).login(login, PASSWORD);
      assert.deepEqual([session.subject, session.duty], ["insured", undefined]);
    }
  });

  await test("the answers to a stranger are the same for a holder, a wrong birth date, an unknown number and an account that exists", async () => {
    const same = [];
    for (const [n, other] of [{}, { birth_date: "1965-08-03" }, { insured_number: "999999" }, { insured_number: "083512", surname: "Agbodjan", forenames: "Kokouvi Mawuli", birth_date: "1967-03-14" }].entries()) {
      const email = `inconnu${n}@exemple.tg`;
      const asked = await begin("insured", { ...HOLDER, insured_number: "512496", surname: "Gbédémah", forenames: "Akossiwa", birth_date: "1979-05-27", ...other, email, phone: `92 00 00 0${n}`, password: CHOSEN });
      const confirmed = await confirm(asked.json.challenge, await codeOf(email));
      same.push([asked.status, Object.keys(asked.json), confirmed.status, confirmed.text]);
    }
    for (const answer of same) assert.deepEqual(answer, same[0]);
    // Only what was proved, and the holder, are told apart.
    assert.ok(await nextMessage(portal, "inconnu0@exemple.tg", "account-waiting"));
    for (const n of [1, 2, 3]) assert.ok(await nextMessage(portal, `inconnu${n}@exemple.tg`, "sign-up-impossible"));
    assert.ok(await nextMessage(portal, "kokouvi@demo.cnss.example", "somebody-signs-up"), "the holder is warned");
  });

  await test("ten wrong codes are not ten tries", async () => {
    const asked = await begin("mandatary", { ...mandatary("essais"), phone: "93 00 00 01" });
    const { challenge } = asked.json;
    const code = await codeOf("essais@cabinet.example");
    const said = [];
    for (let n = 0; n < 10; n += 1) said.push((await confirm(challenge, wrong(code))).json.code);
    assert.deepEqual(said, [...Array(4).fill("code_wrong"), ...Array(6).fill("code_closed")]);
    const right = await confirm(challenge, code);
    assert.deepEqual([right.status, right.json.code], [409, "code_closed"], "not even the right one");
    const page = await new Pages(portal).get(`/verification/${challenge}`);
    assert.match(page.text, /Recommencer la demande/);
  });

  await test("a code is not sent again at once, and goes to another phone once that is corrected", async () => {
    const asked = await begin("mandatary", { ...mandatary("corrige"), phone: "93 00 00 02" });
    const send = (json) => api.call("POST", `/api/v1/codes/${asked.json.challenge}/sendings`, { json });
    const soon = await send({});
    assert.deepEqual([soon.status, soon.json.code], [429, "wait_to_resend"]);
    assert.ok(Number(soon.headers["retry-after"]) > 0);
    const faults = await send({ phone: "+33612345678", email: "a@b" });
    assert.deepEqual(faults.json.faults.map((f) => f.code), ["phone_foreign", "not_an_email"]);
  });

  await test("the same form sent twice at once is one sign-up, and another one is another", async () => {
    const request = randomUUID();
    const form = { ...mandatary("double"), phone: "93 00 00 03", request };
    const twice = await Promise.all([begin("mandatary", form), begin("mandatary", form), begin("mandatary", form)]);
    assert.equal(new Set(twice.map((answer) => answer.json.challenge)).size, 1, twice.map((a) => a.text).join("\n"));
    const other = await begin("mandatary", { ...form, surname: "Autre" });
    assert.notEqual(other.json.challenge, twice[0].json.challenge);
    await nextMessage(portal, "double@cabinet.example", "code");
    await new Promise((done) => setTimeout(done, 1500));
    assert.equal((await messagesTo(portal, "double@cabinet.example")).length, 2);
  });

  await test("a forgotten password: the same answer for everybody, all sessions end, the code serves once", async () => {
    const who = "yawa@cabinet.example";
    const before = new Api(portal);
    await before.login(who, CHOSEN);
    const { number } = await nextMessage(portal, who, "code");
    const ask = (identifier) => api.call("POST", "/api/v1/recoveries", { json: { identifier, channel: "email" } });
    const [known, unknown] = [await ask(who), await ask("personne@exemple.tg")];
    assert.deepEqual([known.status, Object.keys(known.json)], [unknown.status, Object.keys(unknown.json)]);
    assert.deepEqual(await messagesTo(portal, "personne@exemple.tg"), []);
    const told = await nextMessage(portal, who, "code", number);
    const code = codeIn(told);
    assert.equal(told.sms, null, "by the way that was chosen");
    const { challenge } = known.json;
    const set = (password) => api.call("PUT", `/api/v1/recoveries/${challenge}/password`, { json: { password } });
    assert.equal((await set("un autre car passe")).json.code, "code_expired", "not before the code");
    for (let n = 0; n < 3; n += 1) {
      const guess = await confirm(unknown.json.challenge, String(n).padStart(6, "0"));
      assert.equal(guess.json.code, "code_wrong");
    }
    assert.deepEqual((await confirm(challenge, code)).json, { purpose: "recover" });
    const faults = await set("password");
    assert.equal(faults.status, 422);
    assert.equal((await set("un autre car passe")).status, 204);
    assert.equal((await before.get("/api/v1/session")).status, 401, "all sessions have ended");
    assert.equal((await set("encore un autre car")).json.code, "code_expired", "once");
    await assert.rejects(new Api(portal).login(who, CHOSEN), /401/);
    await new Api(portal).login(who, "un autre car passe");
    assert.ok(await nextMessage(portal, who, "password-changed"));
  });

  await test("wrong passwords are paused, of a login that nobody has as of one that is there", async () => {
    const said = [];
    for (const login of ["hotel@demo.cnss.example", "personne.du.tout@exemple.tg"]) {
      const codes = [];
      let last;
      for (let n = 0; n < 7; n += 1) {
        last = await api.call("POST", "/api/v1/session", { json: { login, password: `faux ${n}` } });
        codes.push(last.json.code);
      }
      assert.ok(Number(last.headers["retry-after"]) > 0);
      said.push(codes);
    }
    assert.deepEqual(said[0], said[1]);
    assert.equal(said[0].at(-1), "too_many_attempts");
    const spelled = await api.call("POST", "/api/v1/session", { json: { login: " HOTEL@demo.cnss.example", password: PASSWORD } });
    assert.equal(spelled.json.code, "too_many_attempts", "another spelling is the same login");
  });

  await test("pages without scripts: faults keep what was typed, codes lead on, reloading asks nothing again", async () => {
    const pages = new Pages(portal);
    const first = await pages.get("/inscription/mandatary");
    const request = first.text.match(/name="request" value="([^"]+)"/)[1];
    const form = { ...mandatary("pages"), phone: "93 00 00 04", request };
    const refused = await pages.post("/inscription/mandatary", { ...form, phone: "+33612345678", password_again: "x" });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /2 points sont à corriger/);
    assert.ok(refused.text.includes('value="pages@cabinet.example"') && refused.text.includes('value="+33612345678"'));
    assert.ok(!refused.text.includes(CHOSEN), "a password is not sent back");
    assert.ok(refused.text.includes(`name="request" value="${request}"`), "it is still the same request");
    const sent = await pages.post("/inscription/mandatary", form);
    const here = sent.headers.location;
    assert.match(here, /^\/verification\/[0-9a-f-]{36}$/);
    assert.equal((await pages.post("/inscription/mandatary", form)).headers.location, here, "a double click");
    const page = await pages.get(here);
    assert.match(page.text, /Un code de vérification a été envoyé à votre numéro de téléphone/);
    assert.match(page.text, /valide pour une durée de 1 heure/);
    assert.ok(page.text.includes("pa•••@cabinet.example") && !page.text.includes("pages@cabinet.example"));
    const code = await codeOf("pages@cabinet.example");
    assert.equal((await pages.post(here, { code: "" })).headers.location, `${here}?etat=vide`);
    const faux = await pages.post(here, { code: wrong(code) });
    assert.equal(faux.headers.location, `${here}?etat=faux`);
    for (let n = 0; n < 3; n += 1) assert.match((await pages.get(faux.headers.location)).text, /Essais restants\s?: 4/);
    assert.equal((await pages.post(`${here}/renvoi`, {})).headers.location, `${here}?etat=attendre`);
    assert.match((await pages.get(`${here}?etat=attendre`)).text, /Patientez \d+ secondes/);
    const done = await pages.post(here, { code });
    assert.equal(done.headers.location, "/inscription/mandatary/suite");
    assert.equal((await pages.post(here, { code })).headers.location, "/inscription/mandatary/suite", "a second tab");
    assert.equal((await pages.get(here)).headers.location, "/inscription/mandatary/suite", "and back");
    assert.equal((await pages.login("pages@cabinet.example", CHOSEN)).status, 303);
  });

  await test("a recovery by pages ends at the login, back and twice too", async () => {
    const pages = new Pages(portal);
    const before = (await nextMessage(portal, "pages@cabinet.example", "code")).number;
    const blank = await pages.post("/mot-de-passe-oublie", { identifier: " ", channel: "pigeon" });
    assert.equal(blank.status, 422);
    assert.match(blank.text, /2 points sont à corriger/);
    const sent = await pages.post("/mot-de-passe-oublie", { identifier: "pages@cabinet.example", channel: "sms", request: randomUUID() });
    const here = sent.headers.location;
    assert.ok(!(await pages.get(here)).text.includes("•••"), "nothing of the account is shown");
    const nobody = await pages.post("/mot-de-passe-oublie", { identifier: "personne@exemple.tg", channel: "sms", request: randomUUID() });
    for (const path of [here, nobody.headers.location]) assert.equal((await pages.post(`${path}/correction`, { phone: "90 00 00 00" })).status, 403);
    const set = (await pages.post(here, { code: await codeOf("93000004", before) })).headers.location;
    assert.match(set, /^\/mot-de-passe-oublie\//);
    assert.equal((await pages.get(here)).headers.location, set);
    const faults = await pages.post(set, { password: "court", password_again: "autre" });
    assert.equal(faults.status, 422);
    assert.match(faults.text, /8 caractères/);
    const own = await pages.post(set, { password: "pages@cabinet.example!", password_again: "pages@cabinet.example!" });
    assert.equal(own.status, 422, "not one's own address");
    const chosen = { password: "la pirogue de minuit", password_again: "la pirogue de minuit" };
    for (let n = 0; n < 2; n += 1) assert.equal((await pages.post(set, chosen)).headers.location, "/connexion");
    assert.match((await pages.get("/connexion")).text, /Votre mot de passe est changé/);
    assert.equal((await pages.login("pages@cabinet.example", "la pirogue de minuit")).status, 303);
  });

  await test("addresses that lead nowhere say so, and other sites send no form", async () => {
    const pages = new Pages(portal);
    for (const path of ["/verification/x", `/verification/${randomUUID()}`, `/mot-de-passe-oublie/${randomUUID()}`, "/inscription/nobody", "/inscription/nobody/suite", "/charte"]) {
      assert.equal((await pages.get(path)).status, 404, path);
    }
    for (const path of ["/inscription/mandatary", "/mot-de-passe-oublie", `/verification/${randomUUID()}/renvoi`]) {
      const answer = await pages.post(path, {}, { Origin: "https://ailleurs.example", "Sec-Fetch-Site": "cross-site" });
      assert.equal(answer.status, 403, path);
    }
  });

  await test("the description of the interface has all of it", async () => {
    const { paths } = (await api.get("/openapi.json")).json;
    for (const path of ["/api/v1/sign-up", "/api/v1/sign-up/{way}", "/api/v1/codes/{challenge}/confirmation", "/api/v1/codes/{challenge}/sendings", "/api/v1/recoveries", "/api/v1/recoveries/{challenge}/password", "/api/v1/session/password", "/api/v1/session/charter", "/api/v1/charter"]) assert.ok(paths[path], path);
    assert.ok(paths["/api/v1/session"].post.responses["403"], "where a first password that is over is told");
  });
}
