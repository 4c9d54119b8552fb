// One's own account by program: contacts, password, devices; mandates given, taken up, used and withdrawn.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Api, Pages } from "../browser/lib/http.mjs";
import { codeIn, messagesTo, nextMessage } from "../browser/lib/messages.mjs";
import { PASSWORD } from "../browser/lib/portal.mjs";

export const title = "One's own account and mandates, by program";

const ACCOUNTANT = { email: "yawa@cabinet.example", surname: "Kpadé", forenames: "Yawa", phone: "90 11 22 33", password: "le car de six heures", password_again: "le car de six heures" };

export async function run({ portal, step, test }) {
  const [who, other] = portal.logins.employers;
  const principal = new Api(portal);
  const post = (api, path, json) => api.call("POST", path, { json });
  const put = (api, path, json) => api.call("PUT", path, { json });
  const code = (answer) => [answer.status, answer.json?.code];
  const faults = (answer) => answer.json.faults.map((fault) => `${fault.path} ${fault.code}`);

  await step("an account says whose it is and how its holder is reached", async () => {
    await principal.login(who, PASSWORD);
    const { json } = await principal.get("/api/v1/account");
    assert.deepEqual([json.subject, json.logins, json.email, json.acting], ["employer", [{ kind: "email", login: who }], who, null]);
    assert.deepEqual((await principal.get("/api/v1/account/acceptances")).json, { acceptances: [], next: null });
    assert.equal((await new Api(portal).get("/api/v1/account")).status, 401);
  });

  await test("another phone is proved by a code that goes there", async () => {
    for (const [json, told] of [[{}, ["email missing", "phone missing"]], [{ phone: "+33612345678" }, ["phone phone_foreign"]], [{ email: "a@b" }, ["email not_an_email"]], [{ email: "a@exemple.tg\r\nBcc: b@c.tg" }, null]]) {
      const answer = await post(principal, "/api/v1/account/contacts", json);
      assert.equal(answer.status, 422, answer.text);
      if (told) assert.deepEqual(faults(answer), told);
    }
    const asked = await post(principal, "/api/v1/account/contacts", { phone: "90 55 66 77" });
    assert.equal(asked.status, 202, asked.text);
    const path = `/api/v1/account/contacts/${asked.json.id}`;
    const right = codeIn(await nextMessage(portal, "+22890556677", "code"));
    const wrong = String((Number(right) + 1) % 1_000_000).padStart(6, "0");
    assert.deepEqual(code(await post(principal, `${path}/confirmation`, { code: wrong })), [422, "code_wrong"]);
    assert.deepEqual(code(await post(principal, `${path}/resend`)), [429, "wait_to_resend"]);
    const stranger = new Api(portal);
    await stranger.login(other, PASSWORD);
    assert.equal((await post(stranger, `${path}/confirmation`, { code: right })).status, 404, "of somebody else");
    const both = await Promise.all([1, 2].map(() => post(principal, `${path}/confirmation`, { code: ` ${right.slice(0, 3)} ${right.slice(3)} ` })));
    assert.deepEqual(both.map((answer) => answer.status), [204, 204], "two tabs at once");
    assert.equal((await principal.get("/api/v1/account")).json.phone, "+22890556677");
  });

  await test("devices are listed and ended", async () => {
    const devices = [new Api(portal), new Api(portal)];
    for (const api of devices) await api.login(who, PASSWORD);
    const listed = (await principal.get("/api/v1/account/devices")).json.devices;
    assert.equal(listed.filter((device) => device.own).length, 1);
    assert.ok(listed.length >= 3 && listed.every((device) => device.kind === "program"));
    const paged = [];
    for (let next = ""; next !== null;) {
      const { json } = await principal.get(`/api/v1/account/devices?limit=2${next && `&after=${next}`}`);
      assert.ok(json.devices.length <= 2 && paged.length < listed.length);
      paged.push(...json.devices.map((device) => device.name));
      next = json.next;
    }
    assert.deepEqual(paged.toSorted(), listed.map((device) => device.name).toSorted(), "page by page, each once");
    for (const after of [randomUUID(), "1", `x.${randomUUID()}`]) assert.ok([400, 422].includes((await principal.get(`/api/v1/account/devices?after=${after}`)).status), after);
    const { next } = (await principal.get("/api/v1/account/devices?limit=1")).json;
    const rest = (await principal.get(`/api/v1/account/devices?after=${next}`)).json.devices;
    assert.equal(rest.length, listed.length - 1, "a page goes on after a place, not after a device");
    const name = (await devices[0].get("/api/v1/account/devices")).json.devices.find((device) => device.own).name;
    assert.equal((await principal.call("DELETE", `/api/v1/account/devices/${name}`)).status, 204);
    assert.equal((await devices[0].get("/api/v1/account")).status, 401);
    assert.equal((await principal.call("DELETE", `/api/v1/account/devices/${randomUUID()}`)).status, 404);
    assert.equal((await principal.call("DELETE", "/api/v1/account/devices")).status, 204);
    assert.equal((await devices[1].get("/api/v1/account")).status, 401);
    assert.equal((await principal.get("/api/v1/account")).status, 200);
  });

  await test("a password is changed by who knows it, by the fund's rules, and all sessions end", async () => {
    const [api, elsewhere] = [new Api(portal), new Api(portal)];
    const worker = portal.logins.workers.at(-1);
    for (const one of [api, elsewhere]) await one.login(worker, PASSWORD);
    assert.deepEqual(faults(await put(api, "/api/v1/account/password", {})), ["old missing", "password missing"]);
    assert.deepEqual(faults(await put(api, "/api/v1/account/password", { old: "", password: "password1" })), ["old missing", "password password_common"]);
    const weak = await put(api, "/api/v1/account/password", { old: PASSWORD, password: "x" });
    assert.ok(weak.status === 422 && !weak.text.includes(PASSWORD), "no password is sent back");
    assert.deepEqual(code(await put(api, "/api/v1/account/password", { old: "faux", password: "le car de six heures" })), [401, "wrong_credentials"]);
    assert.equal((await put(api, "/api/v1/account/password", { old: PASSWORD, password: "le car de six heures" })).status, 204);
    for (const one of [api, elsewhere]) assert.equal((await one.get("/api/v1/account")).status, 401);
    await new Api(portal).login(worker, "le car de six heures");
  });

  await test("no page changes anything for a form that is not its own, and none needs a script", async () => {
    const pages = new Pages(portal);
    assert.equal((await pages.login(who, PASSWORD)).status, 303);
    const id = randomUUID();
    for (const [path, fields] of [["/compte/confirmation", { password: PASSWORD }], ["/compte/mot-de-passe", { old: PASSWORD, password: "le car de six heures", password_again: "le car de six heures" }], ["/compte/coordonnees", { phone: "90 55 66 88" }], [`/compte/coordonnees/${id}`, { code: "1" }], [`/compte/coordonnees/${id}/renvoi`, {}], ["/compte/appareils/autres", {}], [`/compte/appareils/${id}/fin`, {}], ["/compte/blocage", { why: "theft" }], ["/compte/mandats/entreprise", { mandate: id }], [`/compte/mandats/${id}/acceptation`, {}], ["/employeur/mandats", { request_key: id, email: "a@b.tg", right_pay: "1" }], [`/employeur/mandats/${id}/retrait`, {}], ["/agent/second-facteur", { code: "1" }], ["/agent/recherche", { login: who }], [`/agent/comptes/${id}/activation`, {}], [`/agent/comptes/${id}/blocage`, {}], [`/agent/comptes/${id}/deblocage`, {}], ["/agent/agents", {}], [`/agent/agents/${id}`, {}], [`/agent/agents/${id}/second-facteur`, {}]]) {
      for (const token of [{}, { csrf: "" }, { csrf: "x".repeat(24) }]) assert.equal((await pages.post(path, { ...fields, ...token })).status, 403, path);
      assert.equal((await new Pages(portal).post(path, fields)).status, 303, `${path}: nobody is logged in`);
    }
    const csrf = await pages.csrf("/compte/appareils");
    const ended = await pages.post("/compte/appareils/autres", { csrf });
    assert.deepEqual([ended.status, ended.headers.location], [303, "/compte/appareils"]);
    assert.match((await pages.get("/compte/appareils")).text, /Toutes les autres connexions sont terminées/);
    assert.doesNotMatch((await pages.get("/compte/appareils")).text, /Toutes les autres connexions sont terminées/, "told once");
    for (const path of ["/agent", "/agent/bloques", "/agent/messages", "/agent/agents", `/agent/agents/${id}/second-facteur`, `/agent/comptes/${id}`, "/agent/second-facteur"]) assert.equal((await pages.get(path)).status, 403, path);
    const outside = await pages.post("/compte/confirmation", { csrf, password: PASSWORD, next: "//ailleurs.example/" });
    assert.deepEqual([outside.status, outside.headers.location], [303, "/compte"], "a proof leads nowhere else");
    const long = await pages.post("/compte/coordonnees", { csrf, email: "x".repeat(100_000) });
    assert.ok(long.status === 422 && long.text.length < 30_000, "what is too long is not sent back whole");
    await principal.login(who, PASSWORD);
  });

  const accountant = new Api(portal);
  let mandate;

  await step("a principal invites an accountant, twice is once", async () => {
    const bad = await post(principal, "/api/v1/employer/mandates", { email: "yawa@", request_key: "x" });
    assert.deepEqual([bad.status, faults(bad).sort()], [422, ["declare missing", "email not_an_email", "request_key not_allowed"]]);
    const invitation = { email: ACCOUNTANT.email, declare: true, request_key: randomUUID() };
    const made = await post(principal, "/api/v1/employer/mandates", invitation);
    assert.equal(made.status, 201, made.text);
    assert.equal((await post(principal, "/api/v1/employer/mandates", invitation)).json.id, made.json.id);
    assert.deepEqual(code(await post(principal, "/api/v1/employer/mandates", { ...invitation, pay: true })), [409, "key_reused"]);
    mandate = made.json.id;
    await nextMessage(portal, ACCOUNTANT.email, "mandate-offered");
    assert.equal((await messagesTo(portal, ACCOUNTANT.email)).filter((message) => message.key === "mandate-offered").length, 1);
    const { json } = await principal.get("/api/v1/employer/mandates");
    assert.deepEqual(json.mandates.map((one) => [one.invited, one.holder, one.state, one.rights]), [[ACCOUNTANT.email, null, "offered", { declare: true, pay: false, read: false }]]);
  });

  await step("the accountant signs up, finds the mandate and takes it up; nobody else may", async () => {
    const stranger = new Api(portal);
    await stranger.login(other, PASSWORD);
    for (const path of [`/api/v1/account/mandates/${mandate}/acceptance`]) assert.equal((await post(stranger, path)).status, 404);
    assert.equal((await stranger.call("DELETE", `/api/v1/employer/mandates/${mandate}`)).status, 404);
    const asked = await post(new Api(portal), "/api/v1/sign-up/mandatary", ACCOUNTANT);
    const right = codeIn(await nextMessage(portal, ACCOUNTANT.email, "code"));
    await post(new Api(portal), `/api/v1/codes/${asked.json.challenge}/confirmation`, { code: right });
    assert.equal((await accountant.login(ACCOUNTANT.email, ACCOUNTANT.password)).subject, "mandatary");
    assert.deepEqual(code(await accountant.get("/api/v1/employer")), [403, "not_allowed"]);
    const offered = (await accountant.get("/api/v1/account/mandates?offered=true")).json.mandates;
    assert.deepEqual(offered.map((one) => [one.id, one.state]), [[mandate, "offered"]]);
    assert.equal((await put(accountant, "/api/v1/session/acting", { mandate })).status, 404, "not taken up yet");
    for (let times = 0; times < 2; times += 1) assert.equal((await post(accountant, `/api/v1/account/mandates/${mandate}/acceptance`)).status, 204);
    assert.deepEqual((await accountant.get("/api/v1/account/mandates?offered=true")).json.mandates, []);
    await nextMessage(portal, who, "mandate-accepted");
  });

  await step("he acts for the company, within his rights, under his own name", async () => {
    assert.equal((await put(accountant, "/api/v1/session/acting", { mandate: "x" })).status, 422);
    assert.equal((await put(accountant, "/api/v1/session/acting", { mandate })).status, 204);
    assert.equal((await accountant.get("/api/v1/account")).json.acting, mandate);
    assert.match((await accountant.get("/api/v1/employer")).json.number, /^EMP-/);
    assert.equal((await accountant.get("/api/v1/employer/declarations")).status, 200);
    for (const path of ["/api/v1/employer/account", "/api/v1/employer/references", "/api/v1/employer/mandates"]) assert.deepEqual(code(await accountant.get(path)), [403, "not_allowed"], path);
    assert.deepEqual(code(await post(accountant, "/api/v1/employer/references", { amount: "1000", request_key: randomUUID() })), [403, "not_allowed"]);
    const second = new Api(portal);
    await second.login(other, PASSWORD);
    const more = await post(second, "/api/v1/employer/mandates", { email: ACCOUNTANT.email, pay: true, request_key: randomUUID() });
    await post(accountant, `/api/v1/account/mandates/${more.json.id}/acceptance`);
    await put(accountant, "/api/v1/session/acting", { mandate: more.json.id });
    assert.deepEqual(code(await accountant.get("/api/v1/employer/declarations")), [403, "not_allowed"], "the other company allows paying alone");
    const paid = await post(accountant, "/api/v1/employer/references", { amount: "1000", request_key: randomUUID() });
    assert.equal(paid.status, 201, paid.text);
    assert.deepEqual((await accountant.get("/api/v1/employer/references")).json.references.map((one) => one.reference), [paid.json.reference]);
    const page = (await accountant.get("/api/v1/account/mandates?limit=1")).json;
    assert.equal(page.mandates.length, 1);
    assert.equal((await accountant.get(`/api/v1/account/mandates?limit=1&after=${page.next}`)).json.mandates[0].acting, true);
    assert.equal((await put(accountant, "/api/v1/session/acting", { mandate: null })).status, 204);
    assert.deepEqual(code(await accountant.get("/api/v1/employer")), [403, "not_allowed"]);
    await put(accountant, "/api/v1/session/acting", { mandate });
  });

  await step("what the principal withdraws ends at once", async () => {
    for (let times = 0; times < 2; times += 1) assert.equal((await principal.call("DELETE", `/api/v1/employer/mandates/${mandate}`)).status, 204);
    assert.deepEqual(code(await accountant.get("/api/v1/employer/declarations")), [403, "not_allowed"]);
    assert.equal((await put(accountant, "/api/v1/session/acting", { mandate })).status, 404);
    const { json } = await principal.get("/api/v1/employer/mandates");
    assert.deepEqual(json.mandates.map((one) => [one.holder, one.state]), [["Yawa Kpadé", "withdrawn"]]);
    await nextMessage(portal, ACCOUNTANT.email, "mandate-withdrawn");
  });
}
