// The fund's agents by program: a second factor, roles, accounts that are activated, blocked and unblocked.
import assert from "node:assert/strict";
import { Api } from "../browser/lib/http.mjs";
import { codeIn, nextMessage } from "../browser/lib/messages.mjs";
import { PASSWORD } from "../browser/lib/portal.mjs";
import { Phone, administrator, digitsOf } from "../browser/lib/second_factor.mjs";

export const title = "The fund's agents, by program";

const CHIEF = { email: "cheffe@caisse.example", name: "Ama Cheffe", password: "la cour du grand manguier" };
const AGENT = { email: "kofi@caisse.example", name: "Kofi Agent", password: "sept margouillats au soleil" };

export async function run({ portal, step, test }) {
  const chief = new Api(portal);
  const agent = new Api(portal);
  const put = (api, path, json) => api.call("PUT", path, { json });
  const post = (api, path, json) => api.call("POST", path, { json });
  const code = async (answer) => [answer.status, answer.json?.code];
  let chiefs, agents, recovery, spare;

  /** The first login of an agent: a second factor, then a password of one's own. */
  async function begin(api, who, first) {
    const session = await api.login(who.email, first);
    assert.equal(session.subject, "agent");
    assert.deepEqual([session.duty.kind, session.duty.call], ["second_factor", "/api/v1/session/second-factor"]);
    const { json } = await api.get("/api/v1/session/second-factor");
    assert.match(json.address, /^otpauth:\/\/totp\/[^?]+\?secret=[A-Z2-7]{32}&issuer=/);
    assert.deepEqual((await api.get("/api/v1/session/second-factor")).json, json, "the same while the session lives");
    const phone = new Phone(json.secret);
    const set = await post(api, "/api/v1/session/second-factor", { code: await phone.digits() });
    assert.equal(set.status, 200, set.text);
    assert.equal(new Set(set.json.recovery_codes).size, 10);
    const changed = await put(api, "/api/v1/session/password", { password: who.password });
    assert.ok([200, 204].includes(changed.status), changed.text);
    return { phone, recovery: set.json.recovery_codes };
  }

  /** A later login: password and digits. */
  async function enter(api, who, phone) {
    await api.login(who.email, who.password);
    const given = await post(api, "/api/v1/session/second-factor", { code: await phone.digits() });
    assert.equal(given.status, 200, given.text);
  }

  await step("the first administrator, made on the machine, sets up digits and chooses a password", async () => {
    const first = await administrator(portal, CHIEF.email, CHIEF.name);
    ({ phone: chiefs, recovery } = await begin(chief, CHIEF, first));
    await enter(chief, CHIEF, chiefs);
    const { json } = await chief.get("/api/v1/agent/agents");
    assert.deepEqual(json.agents.map((one) => [one.login, one.roles, one.second_factor]), [[CHIEF.email, ["administer"], true]]);
    const shown = (await chief.get("/api/v1/session/second-factor")).json.secret;
    assert.ok(shown && shown !== chiefs.secret, "the secret that is in use is shown no more");
  });

  await test("a password alone lets nobody do anything, nor replace the second factor", async () => {
    const thief = new Api(portal);
    await thief.login(CHIEF.email, CHIEF.password);
    for (const path of ["/api/v1/agent/agents", "/api/v1/agent/accounts", "/api/v1/account"]) assert.deepEqual(await code(await thief.get(path)), [403, "duty"], path);
    assert.deepEqual(await code(await thief.get("/api/v1/session/second-factor")), [403, "not_allowed"]);
    assert.deepEqual(await code(await post(thief, "/api/v1/session/proof", { proof: CHIEF.password })), [403, "duty"]);
  });

  await test("digits that served, are of an hour ago, or make no sense are wrong; a recovery code serves once", async () => {
    const api = new Api(portal);
    await api.login(CHIEF.email, CHIEF.password);
    const used = digitsOf(chiefs.secret, 0, chiefs.last * 30);
    for (const typed of [used, digitsOf(chiefs.secret, -120), "12345"]) assert.deepEqual(await code(await post(api, "/api/v1/session/second-factor", { code: typed })), [401, "wrong_credentials"], typed);
    for (const json of [{}, { code: "" }, { code: 5 }]) assert.equal((await post(api, "/api/v1/session/second-factor", json)).status, 422);
    const typed = ` ${recovery[0].toUpperCase().replaceAll("-", " ")} `;
    assert.equal((await post(api, "/api/v1/session/second-factor", { code: typed })).status, 200);
    assert.equal((await api.get("/api/v1/agent/agents")).status, 200);
    const again = new Api(portal);
    await again.login(CHIEF.email, CHIEF.password);
    assert.deepEqual(await code(await post(again, "/api/v1/session/second-factor", { code: typed })), [401, "wrong_credentials"]);
  });

  await step("an administrator appoints an agent, who is told a first password; twice is once", async () => {
    const bad = await post(chief, "/api/v1/agent/agents", { holder: "<b>", email: "kofi@", roles: ["fly"] });
    assert.equal(bad.status, 422);
    assert.deepEqual(bad.json.faults.map((fault) => fault.path).sort(), ["email", "holder", "roles[0]"]);
    const made = await post(chief, "/api/v1/agent/agents", { holder: AGENT.name, email: AGENT.email, roles: ["unblock"] });
    assert.equal(made.status, 201, made.text);
    const twice = await post(chief, "/api/v1/agent/agents", { holder: AGENT.name, email: AGENT.email, roles: ["unblock"] });
    assert.deepEqual([twice.status, twice.json.id], [201, made.json.id]);
    const taken = await post(chief, "/api/v1/agent/agents", { holder: "X Y", email: portal.logins.employers[0], roles: [] });
    assert.deepEqual(taken.json.faults?.map((fault) => [fault.path, fault.code]), [["email", "taken"]]);
    const told = await nextMessage(portal, AGENT.email, "first-password");
    const first = told.email.text.match(/\S+-a7K/)?.[0];
    assert.ok(first, told.email.text);
    ({ phone: agents, recovery: spare } = await begin(agent, AGENT, first));
    await enter(agent, AGENT, agents);
    AGENT.id = made.json.id;
  });

  await test("an agent does what his roles allow, and nothing else", async () => {
    for (const path of ["/api/v1/agent/agents", "/api/v1/agent/accounts", "/api/v1/agent/refused-messages"]) assert.deepEqual(await code(await agent.get(path)), [403, "not_allowed"], path);
    assert.equal((await agent.get("/api/v1/agent/accounts?blocked=true")).status, 200);
    assert.deepEqual(await code(await put(agent, `/api/v1/agent/agents/${AGENT.id}/roles`, { roles: ["administer"] })), [403, "not_allowed"]);
    const employer = new Api(portal);
    await employer.login(portal.logins.employers[0], PASSWORD);
    for (const path of ["/api/v1/agent/agents", "/api/v1/agent/accounts", "/api/v1/session/second-factor"]) assert.deepEqual(await code(await employer.get(path)), [403, "not_allowed"], path);
  });

  await step("a theft that is reported blocks at once, and an agent unblocks", async () => {
    const who = portal.logins.workers[0];
    const [owner, other] = [new Api(portal), new Api(portal)];
    await owner.login(who, PASSWORD);
    await other.login(who, PASSWORD);
    assert.equal((await post(owner, "/api/v1/account/block", { why: "holidays" })).status, 422);
    assert.equal((await post(owner, "/api/v1/account/block", { why: "theft" })).status, 204);
    for (const api of [owner, other]) assert.deepEqual(await code(await api.get("/api/v1/account")), [401, "not_logged_in"]);
    await nextMessage(portal, who, "account-blocked");
    const refused = await post(new Api(portal), "/api/v1/session", { login: who, password: PASSWORD });
    assert.deepEqual(await code(refused), [403, "account_blocked"]);
    const found = await post(agent, "/api/v1/agent/accounts/search", { login: ` ${who.toUpperCase()} ` });
    assert.deepEqual([found.status, found.json.state, found.json.why], [200, "blocked", "theft"]);
    assert.equal((await post(agent, "/api/v1/agent/accounts/search", { login: "personne@exemple.tg" })).status, 404);
    const listed = (await agent.get("/api/v1/agent/accounts?blocked=true")).json.accounts;
    assert.deepEqual(listed.map((one) => one.id), [found.json.id]);
    const path = `/api/v1/agent/accounts/${found.json.id}`;
    const detail = await agent.get(path);
    assert.ok(!/phone|email|hash/.test(Object.keys(detail.json).join()), detail.text);
    for (let times = 0; times < 2; times += 1) assert.equal((await post(agent, `${path}/unblock`)).status, 204);
    await nextMessage(portal, who, "account-unblocked");
    const back = new Api(portal);
    assert.equal((await back.login(who, PASSWORD)).duty.kind, "new_password", "whoever blocked it feared for the password");
    assert.deepEqual(await code(await post(agent, `${path}/activation`)), [403, "not_allowed"]);
  });

  await step("what is said of an agent's rights holds at once; an administrator always remains", async () => {
    const path = `/api/v1/agent/agents/${AGENT.id}/roles`;
    assert.equal((await put(chief, path, { roles: ["activate", "read_refusals"] })).status, 204);
    assert.deepEqual(await code(await agent.get("/api/v1/agent/accounts?blocked=true")), [403, "not_allowed"]);
    assert.deepEqual((await agent.get("/api/v1/agent/accounts")).json, { accounts: [], next: null });
    assert.deepEqual((await agent.get("/api/v1/agent/refused-messages")).json, { messages: [], next: null });
    const own = (await chief.get("/api/v1/agent/agents")).json.agents[0].id;
    assert.deepEqual(await code(await put(chief, `/api/v1/agent/agents/${own}/roles`, { roles: [] })), [403, "not_allowed"]);
    assert.equal((await put(chief, path, { roles: [1] })).status, 422);
    assert.equal((await chief.get("/api/v1/agent/agents?limit=1")).json.agents.length, 1);
    const next = (await chief.get("/api/v1/agent/agents?limit=1")).json.next;
    assert.deepEqual((await chief.get(`/api/v1/agent/agents?limit=1&after=${next}`)).json.agents.map((one) => one.login), [AGENT.email]);
  });

  await step("a lost phone: an administrator takes the second factor away, all sessions end, another one is set up", async () => {
    const path = (id) => `/api/v1/agent/agents/${id}/second-factor`;
    const own = (await chief.get("/api/v1/agent/agents")).json.agents[0].id;
    assert.deepEqual(await code(await chief.call("DELETE", path(own))), [403, "not_allowed"], "nobody his own");
    assert.deepEqual(await code(await agent.call("DELETE", path(own))), [403, "not_allowed"], "he does not administer");
    assert.equal((await chief.call("DELETE", path("00000000-0000-4000-8000-000000000000"))).status, 404);
    assert.deepEqual(await code(await new Api(portal).call("DELETE", path(AGENT.id))), [401, "not_logged_in"]);
    const at_once = await Promise.all([chief.call("DELETE", path(AGENT.id)), chief.call("DELETE", path(AGENT.id))]);
    assert.deepEqual(at_once.map((answer) => answer.status), [204, 204], "a colleague was faster: it is done");
    await nextMessage(portal, AGENT.email, "second-factor-taken");
    assert.deepEqual(await code(await agent.get("/api/v1/agent/accounts")), [401, "not_logged_in"]);
    assert.deepEqual((await chief.get("/api/v1/agent/agents")).json.agents.map((one) => [one.login, one.second_factor]), [[CHIEF.email, true], [AGENT.email, false]]);
    const session = await agent.login(AGENT.email, AGENT.password);
    assert.equal(session.duty.kind, "second_factor");
    const secret = (await agent.get("/api/v1/session/second-factor")).json.secret;
    assert.notEqual(secret, agents.secret);
    for (const typed of [spare[0], digitsOf(agents.secret)]) assert.deepEqual(await code(await post(agent, "/api/v1/session/second-factor", { code: typed })), [401, "wrong_credentials"], "what was lost opens nothing");
    agents = new Phone(secret);
    const set = await post(agent, "/api/v1/session/second-factor", { code: await agents.digits() });
    assert.equal(set.status, 200, set.text);
    assert.ok(set.json.recovery_codes.every((one) => !spare.includes(one)), "other recovery codes");
    assert.equal((await agent.get("/api/v1/agent/accounts")).status, 200, "his roles are as they were");
  });

  await step("an employer who signed up waits for the agent, who sees what to compare and activates", async () => {
    const asked = await post(new Api(portal), "/api/v1/sign-up/insured", { insured_number: "975650", employer_number: "EMP-000101", surname: "Lawson-Hellu", forenames: "Têtê Ambroise", birth_date: "1965-08-02", email: "tete@exemple.tg", phone: "90 11 22 44", password: "le car de six heures", password_again: "le car de six heures" });
    assert.equal(asked.status, 202, asked.text);
    const right = codeIn(await nextMessage(portal, "tete@exemple.tg", "code"));
    const confirmed = await post(new Api(portal), `/api/v1/codes/${asked.json.challenge}/confirmation`, { code: right });
    assert.ok([200, 204].includes(confirmed.status), confirmed.text);
    const waiting = (await agent.get("/api/v1/agent/accounts")).json.accounts;
    assert.deepEqual(waiting.map((one) => [one.subject, one.state]), [["insured", "waiting"]]);
    const early = await post(new Api(portal), "/api/v1/session", { login: "tete@exemple.tg", password: "le car de six heures" });
    assert.deepEqual(await code(early), [403, "account_waiting"]);
    const path = `/api/v1/agent/accounts/${waiting[0].id}`;
    assert.equal((await agent.get(path)).json.login, "tete@exemple.tg");
    for (let times = 0; times < 2; times += 1) assert.equal((await post(agent, `${path}/activation`)).status, 204);
    await nextMessage(portal, "tete@exemple.tg", "account-activated");
    await new Api(portal).login("tete@exemple.tg", "le car de six heures");
    assert.deepEqual((await agent.get("/api/v1/agent/accounts")).json.accounts, []);
  });

  await test("wrong digits are counted: who knows the password does not try them all", async () => {
    const thief = new Api(portal);
    await thief.login(AGENT.email, AGENT.password);
    const answers = [];
    for (let times = 0; times < 12; times += 1) answers.push((await post(thief, "/api/v1/session/second-factor", { code: "000000" })).status);
    assert.equal(answers[0], 401);
    assert.equal(answers.at(-1), 429, answers.join());
    const paused = await post(thief, "/api/v1/session/second-factor", { code: "000000" });
    assert.ok(Number(paused.headers["retry-after"]) > 0);
  });
}
