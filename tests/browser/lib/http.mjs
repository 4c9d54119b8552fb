// Plain requests, one connection each, and what must be true of every answer.
import assert from "node:assert/strict";
import { request } from "node:http";

/** Sends one request and reads the whole answer; a refused body may be cut short. */
export function send(url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    let answered = false;
    const req = request(url, { method, headers, agent: false, timeout: 30_000 }, (res) => {
      answered = true;
      const chunks = [];
      res.on("data", (chunk) => chunks.push(chunk));
      res.on("error", reject);
      res.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: res.statusCode, headers: res.headers, bytes, text: bytes.toString("utf8") });
      });
    });
    req.on("timeout", () => req.destroy(new Error(`${method} ${url}: no answer in 30 s`)));
    req.on("error", (error) => { if (!answered) reject(new Error(`${method} ${url}: ${error.message}`)); });
    if (body !== undefined && headers["Content-Length"] === undefined) req.setHeader("Content-Length", Buffer.byteLength(body));
    req.end(body);
  });
}

/** What every answer must have, whoever asked and whatever came out. */
export function checkAnswer(answer, what) {
  assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
  const policy = answer.headers["content-security-policy"] ?? "";
  assert.match(policy, /default-src '(none|self)'/, `${what}: content security policy « ${policy} »`);
  assert.match(policy, /frame-ancestors 'none'/, `${what}: framing`);
  assert.doesNotMatch(policy, /unsafe-|\*|https?:/, `${what}: a hole in « ${policy} »`);
  assert.equal(answer.headers["x-content-type-options"], "nosniff", `${what}: nosniff`);
  assert.match(answer.headers["referrer-policy"] ?? "", /no-referrer|same-origin/, `${what}: referrer policy`);
}

/** A client of the JSON interface. */
export class Api {
  constructor(portal) {
    this.portal = portal;
    this.token = null;
  }

  /** Any call: the answer, with `json` when it is JSON. An error must be a problem. */
  async call(method, path, { json, body, type, headers = {} } = {}) {
    const sent = { ...headers };
    if (this.token) sent.Authorization = `Bearer ${this.token}`;
    if (json !== undefined) [body, type] = [JSON.stringify(json), type ?? "application/json"];
    if (type) sent["Content-Type"] = type;
    const answer = await send(this.portal.url + path, { method, headers: sent, body });
    const what = `${method} ${path}`;
    checkAnswer(answer, what);
    if (/json/.test(answer.headers["content-type"] ?? "")) answer.json = JSON.parse(answer.text);
    if (answer.status >= 400) checkProblem(answer, what);
    return answer;
  }

  get(path) { return this.call("GET", path); }

  /** Logs in; the token goes with every later call. */
  async login(login, password) {
    const answer = await this.call("POST", "/api/v1/session", { json: { login, password } });
    assert.ok([200, 201].includes(answer.status), `login ${login}: ${answer.status} ${answer.text}`);
    this.token = answer.json.token;
    return answer.json;
  }
}

/** An error in JSON: its type, a code, and French words for people. */
export function checkProblem(answer, what) {
  assert.match(answer.headers["content-type"] ?? "", /^application\/problem\+json/, `${what}: ${answer.status} is not a problem: ${answer.text.slice(0, 200)}`);
  const problem = answer.json;
  assert.equal(problem.status, answer.status, `${what}: status in the problem`);
  assert.match(problem.code, /^[a-z][a-z0-9_]*$/, `${what}: code`);
  assert.ok(problem.title?.length > 3, `${what}: title`);
  for (const fault of problem.faults ?? []) {
    assert.equal(typeof fault.path, "string", `${what}: path of a fault`);
    assert.match(fault.code, /^[a-z][a-z0-9_]*$/, `${what}: code of a fault`);
    assert.ok(fault.message?.length > 3, `${what}: message of ${fault.path}`);
    assert.doesNotMatch(fault.message, /[\u202a-\u202e\u2066-\u2069]/, `${what}: message of ${fault.path}`);
  }
}

/** The pages, as a browser without JavaScript uses them: one cookie, one token a form. */
export class Pages {
  constructor(portal) {
    this.portal = portal;
    this.cookies = new Map();
  }

  async call(method, path, { body, type, headers = {} } = {}) {
    const sent = { Accept: "text/html", ...headers };
    if (type) sent["Content-Type"] = type;
    if (this.cookies.size) sent.Cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await send(this.portal.url + path, { method, headers: sent, body });
    checkAnswer(answer, `${method} ${path}`);
    answer.setCookies = answer.headers["set-cookie"] ?? [];
    for (const line of answer.setCookies) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      this.cookies.set(name, value);
    }
    return answer;
  }

  get(path) { return this.call("GET", path); }

  /** Posts a form with the fields given. */
  post(path, fields, headers = {}) {
    return this.call("POST", path, { body: new URLSearchParams(fields).toString(), type: "application/x-www-form-urlencoded", headers });
  }

  /** The token that the forms of a page carry. */
  async csrf(path) {
    const page = await this.get(path);
    const token = page.text.match(/name="csrf" value="([^"]*)"/)?.[1];
    assert.notEqual(token, undefined, `${path}: no form with a token`);
    return token;
  }

  async login(login, password, next) {
    const fields = { csrf: await this.csrf("/connexion"), login, password };
    return this.post("/connexion", next === undefined ? fields : { ...fields, next });
  }
}
