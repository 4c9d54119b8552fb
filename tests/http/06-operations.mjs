// What an operator asks of a portal that is serving: is it ready, how does it do, check and copy the books.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Api } from "../browser/lib/http.mjs";
import { PASSWORD, binary } from "../browser/lib/portal.mjs";

export const title = "Readiness, measures, and commands beside a portal that serves";

/** Runs a command on the portal's books: its code, and all that it says. */
const command = (portal, ...args) => new Promise((done) => {
  execFile(binary, [...args, "--database-url", portal.books], { cwd: portal.folder, env: { PATH: process.env.PATH } }, (error, out, err) => {
    done({ code: error ? error.code : 0, text: out + err });
  });
});

/** The measures by their names and labels. */
async function measures(portal) {
  const answer = await fetch(`${portal.metrics}/metrics`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^text\/plain/);
  const lines = (await answer.text()).split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

export async function run({ portal, test }) {
  const api = new Api(portal);

  await test("it says that it is alive, and that it is ready", async () => {
    for (const path of ["/health", "/ready"]) {
      const answer = await api.get(path);
      assert.equal(answer.status, 200);
      assert.equal(answer.json.status, "ok");
    }
  });

  await test("each answer bears a number of its own, whatever the caller sent", async () => {
    const numbers = new Set();
    for (let n = 0; n < 5; n += 1) {
      const answer = await fetch(`${portal.url}/health`, { headers: { "x-request-id": "Lawson" } });
      numbers.add(answer.headers.get("x-request-id"));
    }
    assert.equal(numbers.size, 5);
    for (const number of numbers) assert.match(number, /^[0-9a-f]{16}$/);
  });

  await test("measures are on an address of their own, and count requests and commits", async () => {
    assert.equal((await fetch(`${portal.url}/metrics`)).status, 404);
    const done = 'cnss_commits_total{outcome="done"}';
    const sessions = 'cnss_http_requests_total{method="POST",route="/api/v1/session",status="200"}';
    const before = await measures(portal);
    const answer = await api.login(portal.logins.employers[0], PASSWORD);
    const after = await measures(portal);
    const counted = [...after].filter(([name]) => name.includes('route="/api/v1/session"') && name.startsWith("cnss_http_requests_total"));
    assert.equal(counted.length, 1, `${JSON.stringify(answer)} ${sessions}`);
    assert.equal(counted[0][1] - (before.get(counted[0][0]) ?? 0), 1);
    assert.ok(after.get(done) > before.get(done), "a login is a commit");
    assert.equal(after.get("cnss_books_answer"), 1);
    assert.ok([...after.keys()].every((name) => !name.includes("@")), "no address of a person");
  });

  await test("the books are checked and copied while it serves", async () => {
    const copy = join(portal.folder, "copie.sqlite");
    if (portal.books.startsWith("postgres:")) {
      const refused = await command(portal, "backup", copy);
      assert.equal(refused.code, 2);
      assert.match(refused.text, /pg_dump/, "a server has a program of its own for it");
      const whole = await command(portal, "check");
      assert.equal(whole.code, 0, whole.text);
      return;
    }
    const copied = await command(portal, "backup", copy);
    assert.equal(copied.code, 0, copied.text);
    assert.match(copied.text, /Aucune anomalie\./);
    assert.ok((await stat(copy)).size > 100_000);
    assert.equal((await command(portal, "backup", copy)).code, 2, "a copy replaces nothing");
    const checked = await command(portal, "check");
    assert.equal(checked.code, 0, checked.text);
    assert.equal((await command(portal, "restore", copy)).code, 2, "there are books");
    assert.equal((await api.get("/ready")).status, 200);
  });

  await test("it stops when it is asked to, with the books closed and sealed", async () => {
    await portal.end();
    assert.equal(portal.ended, "exit 0");
    const seals = [...portal.printed.matchAll(/seal="?(\d+:[0-9a-f]{64})"?/g)].map((match) => match[1]);
    assert.ok(seals.length >= 1, "seals are in the log");
    const checked = await command(portal, "check", ...seals.flatMap((seal) => ["--seal", seal]));
    assert.equal(checked.code, 0, checked.text);
    assert.ok(checked.text.includes(`Dernier scellé : ${seals.at(-1)}`), checked.text);
    await portal.start();
  });
}
