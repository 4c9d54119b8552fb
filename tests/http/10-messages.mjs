// The demonstration's messages: kept for whoever tries the portal, found by their addressee, paged.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Bank } from "../browser/lib/bank.mjs";
import { Api, Pages } from "../browser/lib/http.mjs";
import { messagesTo, nextMessage } from "../browser/lib/messages.mjs";
import { PASSWORD } from "../browser/lib/portal.mjs";

export const title = "Messages of the demonstration, by program";

export async function run({ portal, step, test }) {
  const api = new Api(portal);
  const [who, other] = portal.logins.employers;
  const employer = new Api(portal);
  const pay = async (amount) => {
    const issued = await employer.call("POST", "/api/v1/employer/references", { json: { amount, request_key: randomUUID() } });
    assert.equal(issued.status, 201, issued.text);
    const paid = await new Bank(portal).notice({ transaction: randomUUID(), reference: issued.json.reference, amount });
    assert.equal(paid.status, 200, paid.text);
    return issued.json.reference;
  };
  let first;

  await step("before anything happened there is no message", async () => {
    const answer = await api.get("/api/v1/demo/messages");
    assert.deepEqual([answer.status, answer.json], [200, { messages: [], next: null }]);
  });

  await step("who pays is told once, at the address of the account", async () => {
    await employer.login(who, PASSWORD);
    const reference = await pay("2500");
    first = await nextMessage(portal, who, "payment-received");
    assert.equal(first.email.to, who);
    assert.match(first.email.text, /2[\s\u00a0]500[\s\u00a0]F[\s\u00a0]CFA/);
    assert.ok(first.email.text.includes(reference) && first.email.subject.includes(reference), first.email.text);
    assert.ok(Math.abs(Date.now() - Date.parse(first.at)) < 60_000, first.at);
    await new Promise((done) => setTimeout(done, 2500));
    assert.deepEqual((await messagesTo(portal, who)).map((m) => m.number), [first.number]);
    assert.deepEqual(await messagesTo(portal, other), [], "nobody else is told");
  });

  await test("the newest comes first, and pages follow one another to the end", async () => {
    for (const amount of ["2501", "2502"]) await pay(amount);
    for (let n = 0; n < 40 && (await messagesTo(portal, who)).length < 3; n += 1) await new Promise((done) => setTimeout(done, 250));
    const all = await messagesTo(portal, who);
    assert.equal(all.length, 3);
    assert.deepEqual(all.map((m) => m.number), all.map((m) => m.number).sort((a, b) => b - a));
    const turned = [];
    for (let path = "/api/v1/demo/messages?limit=1"; path;) {
      const { json } = await api.get(path);
      turned.push(...json.messages);
      path = json.next === null ? null : `/api/v1/demo/messages?limit=1&after=${json.next}`;
      assert.ok(turned.length <= 3, "the pages have an end");
    }
    assert.deepEqual(turned, all);
  });

  await test("what makes no sense is refused, and markup is only text", async () => {
    for (const query of ["after=-1", "after=x", "limit=x"]) assert.equal((await api.get(`/api/v1/demo/messages?${query}`)).status, 400, query);
    assert.equal((await api.get("/api/v1/demo/messages?limit=100000")).status, 200);
    const long = await new Pages(portal).get(`/demo/messages?to=${"x".repeat(5000)}`);
    assert.ok(long.status === 200 && !long.text.includes("x".repeat(300)));
    const page = await new Pages(portal).get(`/demo/messages?to=${encodeURIComponent("\"><script>alert(1)</script>")}`);
    assert.equal(page.status, 200);
    assert.ok(!page.text.includes("<script>alert"));
  });

  await test("the page and the interface's description say that it is there", async () => {
    const page = await new Pages(portal).get(`/demo/messages?to=${encodeURIComponent(who)}`);
    assert.match(page.text, /Un portail réel n'a pas cette page/);
    assert.equal(page.text.split(`E-mail à ${who}`).length - 1, 3);
    assert.ok((await api.get("/openapi.json")).json.paths["/api/v1/demo/messages"]);
  });
}
