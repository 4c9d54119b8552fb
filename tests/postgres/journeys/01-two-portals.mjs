// Several portals share one PostgreSQL: they start together, and what one does the other knows.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Bank } from "../../browser/lib/bank.mjs";
import { Api } from "../../browser/lib/http.mjs";
import { PASSWORD, startOn } from "../../browser/lib/portal.mjs";

export const title = "Several portals on one PostgreSQL";

export async function run({ server, step, test }) {
  let portals;
  try {
    await step("three portals started at the same moment on empty books all come up", async () => {
      const books = await server.database();
      const started = await Promise.allSettled([startOn(books), startOn(books), startOn(books)]);
      portals = started.filter((one) => one.status === "fulfilled").map((one) => one.value);
      for (const one of started) assert.equal(one.status, "fulfilled", String(one.reason));
      assert.deepEqual(portals.map((one) => one.logins), Array(3).fill(portals[0].logins));
    });

    await test("the demonstration is there once", async () => {
      const accounts = [];
      for (const portal of portals) {
        const api = new Api(portal);
        await api.login(portal.logins.employers[0], PASSWORD);
        accounts.push((await api.get("/api/v1/employer/account?limit=200")).json);
      }
      assert.deepEqual(accounts[1], accounts[0]);
      assert.deepEqual(accounts[2], accounts[0]);
      const references = accounts[0].payments.map((p) => p.reference);
      assert.equal(new Set(references).size, references.length, "a payment was loaded twice");
    });

    await test("a session of one portal holds at the others, and ends at all", async () => {
      const [here, there] = [new Api(portals[0]), new Api(portals[1])];
      await here.login(portals[0].logins.employers[0], PASSWORD);
      there.token = here.token;
      assert.equal((await there.get("/api/v1/employer")).status, 200);
      assert.equal((await there.call("DELETE", "/api/v1/session")).status, 204);
      assert.equal((await here.get("/api/v1/employer")).status, 401);
    });

    await test("one request told to all of them at once is carried out once", async () => {
      const apis = portals.map((portal) => new Api(portal));
      await apis[0].login(portals[0].logins.employers[0], PASSWORD);
      for (const api of apis) api.token = apis[0].token;
      const asked = { amount: "2500", request_key: randomUUID() };
      const answers = await Promise.all([...apis, ...apis, ...apis].map((api) => api.call("POST", "/api/v1/employer/references", { json: asked })));
      assert.deepEqual([...new Set(answers.map((a) => `${a.status} ${a.text}`))].length, 1, answers.map((a) => a.text).join("\n"));
      const { reference } = answers[0].json;

      const notice = { transaction: randomUUID(), reference, amount: "2500" };
      const told = await Promise.all(Array.from({ length: 60 }, (_, i) => new Bank(portals[i % 3]).notice(notice)));
      for (const answer of told) assert.deepEqual([answer.status, answer.json], [200, { status: "credited", receipt: `Q-${reference}` }]);
      const { payments } = (await apis[2].get("/api/v1/employer/account?limit=200")).json;
      assert.equal(payments.filter((p) => p.reference === reference).length, 1);
      const carried = () => portals.flatMap((portal) => portal.printed.split("\n").filter((line) => line.includes("payment-received"))).length;
      for (let n = 0; n < 40 && carried() === 0; n += 1) await new Promise((done) => setTimeout(done, 500));
      // Long enough for each of the others to look for notices once more.
      await new Promise((done) => setTimeout(done, 6000));
      assert.equal(carried(), 1, "the employer is told by one portal, once");
    });

    await test("when one portal goes, the others go on", async () => {
      await portals[0].end();
      const api = new Api(portals[1]);
      await api.login(portals[1].logins.employers[0], PASSWORD);
      assert.equal((await api.get("/api/v1/employer/account")).status, 200);
    });
  } finally {
    for (const portal of portals ?? []) await portal.stop();
  }
}
