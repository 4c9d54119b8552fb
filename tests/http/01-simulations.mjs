// The public calculations: what they promise to programs, and what they say to nonsense.
import assert from "node:assert/strict";
import { Api } from "../browser/lib/http.mjs";

export const title = "Simulations by program";

const PENSION = "/api/v1/simulations/pension";
const CONTRIBUTIONS = "/api/v1/simulations/contributions";
const CAREER = { from: "1994-06", to: "2024-05", monthly_wage: "200000" };
const ASKED = { fund: "tg", birth_date: "1964-05-01", award_date: "2024-06-01", kind: "normal", career: [CAREER] };
const DUE = { fund: "tg", category: "salaried", month: "2024-03", wages: ["100000", "52500"] };

/** A fault for each path, among others or not; a body that is refused for every one of them. */
const REFUSED = [
  ["an unknown fund", { ...ASKED, fund: "zz" }, ["fund"]],
  ["an unknown kind", { ...ASKED, kind: "disability" }, ["kind"]],
  ["the 30th of February", { ...ASKED, birth_date: "2024-02-30" }, ["birth_date"]],
  ["a date that is a number", { ...ASKED, award_date: 20240601 }, ["award_date"]],
  ["a date far away", { ...ASKED, award_date: "9999-12-31" }, ["award_date"]],
  ["a date before any rule", { ...ASKED, award_date: "0001-01-01" }, ["award_date"]],
  ["nothing at all", {}, ["fund", "birth_date", "award_date", "kind", "career"]],
  ["null everywhere", { fund: null, birth_date: null, award_date: null, kind: null, career: null }, ["fund", "birth_date", "award_date", "kind", "career"]],
  ["a career that is an object", { ...ASKED, career: {} }, ["career"]],
  ["an entry that is a text", { ...ASKED, career: ["x", CAREER] }, ["career[0]"]],
  ["a month that does not exist", { ...ASKED, career: [{ ...CAREER, from: "1994-13" }] }, ["career[0].from"]],
  ["an end before the beginning", { ...ASKED, career: [{ ...CAREER, to: "1990-01" }] }, ["career[0].to"]],
  ["a wage below zero", { ...ASKED, career: [{ ...CAREER, monthly_wage: "-1" }] }, ["career[0].monthly_wage"]],
  ["a wage that no one earns", { ...ASKED, career: [{ ...CAREER, monthly_wage: "99999999999999999999999999" }] }, ["career[0].monthly_wage"]],
  ["a wage beyond any number", { ...ASKED, career: [{ ...CAREER, monthly_wage: "1".repeat(400) }] }, ["career[0].monthly_wage"]],
  ["a wage in scientific notation", { ...ASKED, career: [{ ...CAREER, monthly_wage: "2e5" }] }, ["career[0].monthly_wage"]],
  ["a wage with a fraction in binary", { ...ASKED, career: [{ ...CAREER, monthly_wage: 200000.1 }] }, ["career[0].monthly_wage"]],
  ["a wage with centimes", { ...ASKED, career: [{ ...CAREER, monthly_wage: "200000.5" }] }, ["career[0].monthly_wage"]],
  ["a wage that is not a number", { ...ASKED, career: [{ ...CAREER, monthly_wage: "NaN" }] }, ["career[0].monthly_wage"]],
  ["days beyond a month", { ...ASKED, career: [{ ...CAREER, days: 45 }] }, ["career[0].days"]],
  ["an unknown category", { ...ASKED, career: [{ ...CAREER, category: "minister" }] }, ["career[0].category"]],
  ["601 entries", { ...ASKED, career: Array(601).fill(CAREER) }, ["career"]],
  ["a NUL character", { ...ASKED, fund: "tg\u0000" }, ["fund"]],
  ["letters that turn the text around", { ...ASKED, kind: "\u202elamron" }, ["kind"]],
  ["everything at once", { fund: "zz", birth_date: "2024-02-30", award_date: "hier", kind: "x", career: [{ from: "1994-00", to: "", monthly_wage: "-5" }, { from: "2001-01", to: "2000-01", monthly_wage: "abc" }] },
    ["fund", "birth_date", "award_date", "kind", "career[0].from", "career[0].to", "career[0].monthly_wage", "career[1].to", "career[1].monthly_wage"]],
];
const REFUSED_DUE = [
  ["the month 2024-13", { ...DUE, month: "2024-13" }, ["month"]],
  ["an unknown category", { ...DUE, category: "minister" }, ["category"]],
  ["no wage", { ...DUE, wages: [] }, ["wages"]],
  ["wages that are one text", { ...DUE, wages: "100000" }, ["wages"]],
  ["wages of all kinds", { ...DUE, wages: ["100000", null, "-3", true, "1e9", ["1"], "x"] }, ["wages[1]", "wages[2]", "wages[3]", "wages[4]", "wages[5]", "wages[6]"]],
  ["everything at once", { fund: "zz", category: "", month: 3, wages: ["0"] }, ["fund", "category", "month", "wages[0]"]],
];

export async function run({ portal, test }) {
  const api = new Api(portal);
  const pension = (json) => api.call("POST", PENSION, { json });
  const raw = (body, type = "application/json", path = PENSION) => api.call("POST", path, { body, type });

  await test("thirty years at 200 000 give 79 900 a month, step by step", async () => {
    const { status, json } = await pension(ASKED);
    assert.equal(status, 200);
    const { steps, reasons, ...rest } = json;
    for (const [key, value] of Object.entries({ fund: "tg", eligible: true, currency: "XOF", monthly_amount: "79900", reference_wage: "200000", rate: "0.3995", insured_months: 360 })) {
      assert.deepEqual(rest[key], value, key);
    }
    assert.deepEqual(reasons, []);
    checkSteps(steps);
    assert.ok(steps.some((step) => step.value === "0.3995"), "a step gives the rate");
  });

  await test("a figure is no surer than what it rests on", async () => {
    const sure = ["verified", "secondary", "unverified"];
    for (const [kind, birth_date] of [["normal", "1964-05-01"], ["early", "1968-05-01"]]) {
      const { steps } = (await pension({ ...ASKED, kind, birth_date })).json;
      // Whatever is computed from the reference wage and the rate rests on their texts.
      const given = steps.filter((s) => /^pension\.(reference_wage|rate)$/.test(s.rule) && s.source_url);
      const computed = steps.slice(steps.indexOf(given.at(-1)) + 1).filter((s) => /^(before_limits|amount)$/.test(s.rule));
      assert.ok(given.some((s) => s.status === "unverified"), "nothing unsure is used any more: test it on other values");
      assert.deepEqual(computed.map((s) => s.rule), ["before_limits", "amount"], "the pension comes last");
      const worst = Math.max(...given.map((s) => sure.indexOf(s.status)));
      for (const step of computed) assert.ok(sure.indexOf(step.status) >= worst, `${kind}: ${step.label} is ${step.status}`);
    }
  });

  await test("who is too young with too few months is told both", async () => {
    const { status, json } = await pension({ ...ASKED, birth_date: "1990-05-01", career: [{ ...CAREER, from: "2016-02" }] });
    assert.equal(status, 200);
    assert.equal(json.eligible, false);
    assert.ok(json.reasons.length >= 2, JSON.stringify(json.reasons));
    assert.match(JSON.stringify(json.reasons), /60\sans/);
    assert.match(JSON.stringify(json.reasons), /100\smois comptés|180\smois/);
    assert.ok(json.monthly_amount === undefined || json.monthly_amount === null);
    checkSteps(json.steps);
  });

  await test("an early pension costs 5 % for each year begun", async () => {
    const { json } = await pension({ ...ASKED, birth_date: "1966-05-01", kind: "early" });
    assert.equal(json.eligible, true);
    assert.equal(json.monthly_amount, String(79_900 * 0.9));
    assert.ok(json.steps.some((step) => /anticipation/i.test(step.label)));
  });

  await test("a career may carry days and a category", async () => {
    const { status, json } = await pension({ ...ASKED, career: [{ ...CAREER, days: 30, category: "salaried" }] });
    assert.equal(status, 200);
    assert.equal(json.eligible, true);
  });

  await test("no career at all is no pension, or a fault", async () => {
    const { status, json } = await pension({ ...ASKED, career: [] });
    if (status === 200) assert.ok(json.eligible === false && json.reasons.length > 0);
    else assert.deepEqual(json.faults.map((f) => f.path), ["career"]);
  });

  await test("600 entries are accepted, and answered within a second", async () => {
    const career = Array.from({ length: 600 }, (_, i) => {
      const month = `${1974 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}`;
      return { from: month, to: month, monthly_wage: "200000" };
    });
    const began = Date.now();
    const { status, json } = await pension({ ...ASKED, birth_date: "1958-01-01", career });
    assert.equal(status, 200, JSON.stringify(json));
    assert.ok(Date.now() - began < 1000, `${Date.now() - began} ms`);
  });

  await test("contributions of March 2024, branch by branch", async () => {
    const { status, json } = await api.call("POST", CONTRIBUTIONS, { json: DUE });
    assert.equal(status, 200);
    for (const [key, sum] of [["employer", "34313"], ["worker", "13725"], ["total", "48038"]]) assert.equal(json.totals[key], sum, key);
    const line = (branch, payer) => json.lines.find((l) => l.branch === branch && l.payer === payer);
    for (const [branch, payer, rate, amount] of [
      ["family", "employer", "0.03", "4575"], ["occupational_risks", "employer", "0.02", "3050"],
      ["pension", "employer", "0.125", "19063"], ["pension", "worker", "0.04", "6100"],
      ["health", "employer", "0.05", "7625"], ["health", "worker", "0.05", "7625"],
    ]) {
      const found = line(branch, payer);
      assert.ok(found, `${branch}, ${payer}`);
      assert.deepEqual([found.base, found.rate, found.amount], ["152500", rate, amount], `${branch}, ${payer}`);
    }
    assert.equal(json.lines.length, 6);
    checkSteps(json.steps);
  });

  for (const [path, cases] of [[PENSION, REFUSED], [CONTRIBUTIONS, REFUSED_DUE]]) {
    for (const [name, json, paths] of cases) {
      await test(`${path.split("/").at(-1)}: ${name}`, async () => {
        const answer = await api.call("POST", path, { json });
        assert.ok([400, 422].includes(answer.status), `${answer.status} ${answer.text.slice(0, 200)}`);
        const told = (answer.json.faults ?? []).map((fault) => fault.path);
        assert.deepEqual([...new Set(told)].sort(), [...paths].sort());
      });
    }
  }

  const deep = (n) => `${"[".repeat(n)}${"]".repeat(n)}`;
  for (const [name, body] of [
    ["text that is not JSON", "bonjour"],
    ["half a body", JSON.stringify(ASKED).slice(0, 40)],
    ["nothing", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["bytes that are no text", Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ["arrays in arrays, 10 000 deep", deep(10_000)],
    ["a career 10 000 deep", `{"fund":"tg","career":${deep(10_000)}}`],
    ["a field given twice", JSON.stringify(ASKED).replace('"kind":"normal"', '"kind":"normal","kind":"x","career":7')],
  ]) {
    await test(`not the JSON that is asked: ${name}`, async () => {
      const answer = await raw(body);
      assert.ok([400, 422].includes(answer.status), `${answer.status} ${answer.text.slice(0, 200)}`);
    });
  }

  await test("five megabytes are too much", async () => {
    const answer = await raw(JSON.stringify({ ...ASKED, fund: "x".repeat(5_000_000) }));
    assert.equal(answer.status, 413);
  });

  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", undefined]) {
    await test(`the content type ${type ?? "missing"} is refused`, async () => {
      assert.equal((await raw(JSON.stringify(ASKED), type ?? null)).status, 415);
    });
  }

  for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
    await test(`${method} is not a way to simulate`, async () => {
      const answer = await api.call(method, PENSION);
      assert.equal(answer.status, 405);
      assert.match(answer.headers.allow ?? "", /POST/);
    });
  }

  for (const path of ["/api/v1/nothing", "/api/v2/simulations/pension", "/api/v1/simulations/pension/", "/api/v1/%00", "/api/v1/employer/declarations/%2e%2e"]) {
    await test(`nothing at ${path}`, async () => {
      assert.ok([400, 401, 404].includes((await api.get(path)).status));
    });
  }

  await test("the portal says that it is well", async () => assert.equal((await api.get("/health")).status, 200));

  await test("the OpenAPI document lists every call, and refers to nothing outside", async () => {
    const { status, json, text } = await api.get("/openapi.json");
    assert.equal(status, 200);
    assert.match(json.openapi, /^3\.1\./);
    for (const [path, methods] of Object.entries(CALLS)) {
      for (const method of methods) assert.ok(json.paths[path]?.[method], `${method} ${path} in ${Object.keys(json.paths)}`);
    }
    for (const [, reference] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      assert.match(reference, /^#\//);
      const target = reference.slice(2).split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/")], json);
      assert.ok(target, `${reference} leads nowhere`);
    }
    const names = Object.values(json.paths).flatMap((path) => Object.values(path).map((o) => o.operationId).filter(Boolean));
    assert.equal(new Set(names).size, names.length, `two operations have one name: ${names}`);
  });

  await test("the page of the interface needs no other host", async () => {
    const answer = await api.call("GET", "/api");
    assert.equal(answer.status, 200);
    assert.match(answer.headers["content-type"], /^text\/html/);
    assert.doesNotMatch(answer.text, /<(script|link|img|iframe)[^>]+(src|href)="(https?:)?\/\//);
    assert.ok(answer.text.includes(PENSION) && answer.text.includes(CONTRIBUTIONS));
  });
}

const CALLS = {
  "/health": ["get"],
  "/ready": ["get"],
  [PENSION]: ["post"],
  [CONTRIBUTIONS]: ["post"],
  "/api/v1/simulations/surcharge": ["post"],
  "/api/v1/simulations/survivors": ["post"],
  "/api/v1/simulations/family": ["post"],
  "/api/v1/simulations/daily-benefit": ["post"],
  "/api/v1/simulations/grant": ["post"],
  "/api/v1/simulations/rights": ["post"],
  "/api/v1/certificates/verify": ["post"],
  "/api/v1/identifiers/check": ["post"],
  "/api/v1/funds": ["get"],
  "/api/v1/funds/{fund}/parameters": ["get"],
  "/api/v1/session": ["post", "delete"],
  "/api/v1/employer": ["get"],
  "/api/v1/employer/declarations": ["get"],
  "/api/v1/employer/declarations/{quarter}": ["get"],
  "/api/v1/employer/declarations/{quarter}/draft": ["put", "delete"],
  "/api/v1/employer/declarations/{quarter}/template.xlsx": ["get"],
  "/api/v1/employer/declarations/{quarter}/file": ["post"],
  "/api/v1/employer/declarations/{quarter}/submission": ["post"],
  "/api/v1/employer/account": ["get"],
  "/api/v1/insured": ["get"],
  "/api/v1/insured/account": ["get"],
  "/api/v1/insured/rights": ["get"],
  "/api/v1/insured/simulation": ["post"],
};

function checkSteps(steps) {
  assert.ok(steps.length > 2, "steps");
  for (const step of steps) {
    for (const key of ["rule", "label", "value", "source"]) assert.ok(typeof step[key] === "string" && step[key], `${key} of ${JSON.stringify(step)}`);
    assert.match(step.status, /^(verified|secondary|unverified)$/);
  }
}
