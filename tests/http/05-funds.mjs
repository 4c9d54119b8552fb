// The rules of every fund by program: sound cases worked by hand, what is not known, nonsense, and
// certificates that hold until somebody touches them. The arithmetic stands beside each case.
import assert from "node:assert/strict";
import { Api } from "../browser/lib/http.mjs";

export const title = "Rules of every fund by program";

const SIMULATIONS = "/api/v1/simulations/";
const FUNDS = ["tg", "ma", "dj", "bj", "tn", "example"];
/** Six months at the same wage before March 2024, 26 days each. */
const half = (wage, first = 9) => Array.from({ length: 6 }, (_, i) => {
  const n = first + i;
  return { month: n > 12 ? `2024-${String(n - 12).padStart(2, "0")}` : `2023-${String(n).padStart(2, "0")}`, wage, days: 26 };
});
const three = (wage) => half(wage).slice(3);
const born = (...days) => days.map((birth_date) => ({ birth_date }));
const many = (n, from, to) => ({ from, to, monthly_wage: n });

/** Path, name with its arithmetic, what is sent, what must come among the answer's fields. */
const SOUND = [
  ["surcharge", "tg, paid on the day it is due: nothing", { fund: "tg", month: "2024-01", unpaid: "1000000", paid_on: "2024-02-15" }, { due_date: "2024-02-15", amount: "0", rate: "0", steps: [], reasons: [] }],
  ["surcharge", "tg, a day later: 5 %", { fund: "tg", month: "2024-01", unpaid: "1000000", paid_on: "2024-02-16" }, { amount: "50000" }],
  ["surcharge", "tg, a day of the fourth month: 5 % + 1 %", { fund: "tg", month: "2024-01", unpaid: "1000000", paid_on: "2024-05-16" }, { due_date: "2024-02-15", amount: "60000", rate: "0.06" }],
  ["surcharge", "tg, half a franc: 50 010 × 5 % = 2 500,5", { fund: "tg", month: "2024-01", unpaid: "50010", paid_on: "2024-03-15" }, { amount: "2501" }],
  ["surcharge", "ma, the fourth month begun: 3 % + 3 × 1 % of 100 000", { fund: "ma", month: "2024-01", unpaid: "100000", paid_on: "2024-05-15" }, { due_date: "2024-02-10", amount: "6000.00" }],
  ["surcharge", "ma, a year: 3 % + 11 × 1 % of 50 000", { fund: "ma", month: "2024-01", unpaid: "50000", paid_on: "2025-02-10" }, { amount: "7000.00" }],
  ["surcharge", "dj: 10 % + 3 months begun × 3 % of 100 000", { fund: "dj", month: "2024-01", unpaid: "100000", paid_on: "2024-05-16" }, { amount: "19000", currency: "DJF" }],
  ["survivors", "tg, a spouse and a child: 50 % and 25 %", { fund: "tg", date: "2024-06-01", deceased_pension: "100000", spouses: 1, children: born("2010-01-01") }, { shares: ["spouse 50000", "child 25000"] }],
  ["survivors", "tg, three children: 125 %, so 50 / 1,25 and 25 / 1,25", { fund: "tg", date: "2024-06-01", deceased_pension: "100000", spouses: 1, children: born("2010-01-01", "2012-01-01", "2014-01-01") }, { shares: ["spouse 40000", "child 20000", "child 20000", "child 20000"] }],
  ["survivors", "tg, half a franc: 79 901 × 50 % = 39 950,5; × 25 % = 19 975,25", { fund: "tg", date: "2024-06-01", deceased_pension: "79901", spouses: 1, children: born("2010-01-01") }, { shares: ["spouse 39951", "child 19975"] }],
  ["survivors", "tg, 16 years today, born on 29 February: no share", { fund: "tg", date: "2024-02-29", deceased_pension: "100000", spouses: 1, children: born("2008-02-29") }, { shares: ["spouse 50000"] }],
  ["survivors", "tg, a day earlier: a share", { fund: "tg", date: "2024-02-28", deceased_pension: "100000", spouses: 1, children: born("2008-02-29") }, { shares: ["spouse 50000", "child 25000"] }],
  ["survivors", "tg, a student of 20 and nobody else", { fund: "tg", date: "2024-06-01", deceased_pension: "100000", spouses: 0, children: [{ birth_date: "2003-06-02", student: true, disabled: false }] }, { shares: ["child 25000"] }],
  ["survivors", "tg, nobody: a reason and no share", { fund: "tg", date: "2024-06-01", deceased_pension: "100000", spouses: 0, children: born("1990-01-01") }, { shares: [], reasons: ["no_child"] }],
  ["survivors", "ma, 3 × 50 % brought to 100 %: 2 000 / 3, and never a centime more than the pension", { fund: "ma", date: "2024-06-01", deceased_pension: "2000", spouses: 0, children: born("2014-01-01", "2015-01-01", "2016-01-01").map((c) => ({ ...c, orphan: true })) }, { shares: ["child 666.67", "child 666.67", "child 666.66"] }],
  ["survivors", "ma, half a centime: 1 000,01 × 50 %", { fund: "ma", date: "2024-06-01", deceased_pension: "1000.01", spouses: 1, children: [] }, { shares: ["spouse 500.01"] }],
  ["family", "tg, seven children, six count: 6 × 2 000", { fund: "tg", month: "2024-06", monthly_wage: "100000", children: born("2009-01-01", "2010-01-01", "2011-01-01", "2012-01-01", "2013-01-01", "2014-01-01", "2015-01-01") }, { amount: "12000" }],
  ["family", "tg, nobody of the age", { fund: "tg", month: "2024-06", monthly_wage: "100000", children: born("2008-06-01") }, { amount: null, reasons: ["no_child"] }],
  ["family", "ma, four children: 3 × 300 + 100", { fund: "ma", month: "2024-06", monthly_wage: "5000", children: born("2016-01-05", "2016-06-05", "2017-01-05", "2017-06-05") }, { amount: "1000.00" }],
  ["family", "ma, January 2023 as it was known before the decree of 23 October 2025: 3 × 300 + 36", { fund: "ma", month: "2023-01", monthly_wage: "5000", known_at: "2025-10-22", children: born("2016-01-05", "2016-06-05", "2017-01-05", "2017-06-05") }, { amount: "936.00" }],
  ["family", "ma, the same month as it is known today: 3 × 300 + 100", { fund: "ma", month: "2023-01", monthly_wage: "5000", children: born("2016-01-05", "2016-06-05", "2017-01-05", "2017-06-05") }, { amount: "1000.00" }],
  ["family", "ma, a centime below 60 % of the minimum wage of 3 266,10", { fund: "ma", month: "2025-06", monthly_wage: "1959.65", children: born("2016-01-05") }, { amount: null, reasons: ["pay_too_low"] }],
  ["family", "ma, 60 % of it to the centime", { fund: "ma", month: "2025-06", monthly_wage: "1959.66", children: born("2016-01-05") }, { amount: "300.00" }],
  ["daily-benefit", "tg, fourteen weeks: 300 000 / 90 × 98", { fund: "tg", kind: "maternity", from: "2024-03-01", to: "2024-06-06", wages: three("100000"), proofs: ["registered_12_months"] }, { periods: ["2024-03-01 2024-06-06 98 326667"], amount: "326667" }],
  ["daily-benefit", "tg, the ninety-ninth day is not paid", { fund: "tg", kind: "maternity", from: "2024-03-01", to: "2024-06-07", wages: three("100000"), proofs: ["registered_12_months"] }, { periods: ["2024-03-01 2024-06-06 98 326667"], amount: "326667" }],
  ["daily-benefit", "tg, without the paper", { fund: "tg", kind: "maternity", from: "2024-03-01", to: "2024-06-06", wages: three("100000") }, { periods: [], amount: null, reasons: ["proof_missing"] }],
  ["daily-benefit", "ma, three days unpaid, then 18 × 31 200 / 156 × 2/3", { fund: "ma", kind: "sickness", from: "2024-03-11", to: "2024-03-31", wages: half("5200") }, { periods: ["2024-03-14 2024-03-31 18 2400.00"], amount: "2400.00" }],
  ["daily-benefit", "ma, three days only: nothing to pay, and no reason against it", { fund: "ma", kind: "sickness", from: "2024-03-11", to: "2024-03-13", wages: half("5200") }, { periods: [], amount: "0.00", reasons: [] }],
  ["daily-benefit", "ma, wages above the ceiling of 6 000: 18 × 36 000 / 156 × 2/3 = 2 769,2308", { fund: "ma", kind: "sickness", from: "2024-03-11", to: "2024-03-31", wages: half("10000") }, { amount: "2769.23" }],
  ["contributions", "ma, 10 000 and 6 000 below the ceiling: 640 + 40,20 + 22,80 + 475,80 + 226 + 185 + 160, and 19,80 + 11,40 + 237,60 + 226", { fund: "ma", category: "salaried", month: "2024-05", wages: ["10000"] }, { currency: "MAD", due_date: "2024-06-10", totals: { wages: "10000.00", employer: "1749.80", worker: "494.80", total: "2244.60" } }],
  ["contributions", "ma, the ceiling is for each person: 4 000 + 6 000", { fund: "ma", category: "salaried", month: "2024-06", wages: ["4000", "10000"] }, { totals: { wages: "14000.00", employer: "2593.40", worker: "764.40", total: "3357.80" } }],
  ["contributions", "dj, 15,7 % and 6 % of 100 000", { fund: "dj", category: "general", month: "2024-03", wages: ["100000"] }, { currency: "DJF", due_date: "2024-04-10", totals: { wages: "100000", employer: "15700", worker: "6000", total: "21700" } }],
  ["contributions", "bj, 9 % + 1 % + 6,4 % and 3,6 % of 100 000", { fund: "bj", category: "risk_least", month: "2023-01", wages: ["100000"] }, { currency: "XOF", totals: { wages: "100000", employer: "16400", worker: "3600", total: "20000" } }],
  ["contributions", "tn, 17,07 % and 9,68 % of 1 000 dinars, to the millime", { fund: "tn", category: "salaried", month: "2025-01", wages: ["1000"] }, { currency: "TND", totals: { wages: "1000.000", employer: "170.700", worker: "96.800", total: "267.500" } }],
  ["pension", "tg: 20 % + 15 × 1,33 % of 200 000", { fund: "tg", birth_date: "1964-05-01", award_date: "2024-06-01", kind: "normal", career: [many("200000", "1994-06", "2024-05")] }, { monthly_amount: "79900", eligible: true, unit: "months" }],
  ["pension", "tg, born on 29 February 1964, sixty on 29 February 2024", { fund: "tg", birth_date: "1964-02-29", award_date: "2024-03-01", kind: "normal", career: [many("200000", "1994-03", "2024-02")] }, { monthly_amount: "79900", eligible: true }],
  ["pension", "tg, a month of 29 February is too young by a day", { fund: "tg", birth_date: "1964-02-29", award_date: "2024-02-28", kind: "normal", career: [many("200000", "1994-03", "2024-01")] }, { eligible: false, monthly_amount: null, reasons: ["age_not_reached"] }],
];

/** What no text settles: the question, by name. */
const OPEN = [
  ["surcharge", "the AMU paid late", { fund: "tg", month: "2024-01", unpaid: "1000000", paid_on: "2025-02-15", scheme: "amu" }, "amu-retard"],
  ["surcharge", "Morocco's rate of April 2025", { fund: "ma", month: "2025-03", unpaid: "20000", paid_on: "2025-05-11" }, "majoration-2025"],
  ["daily-benefit", "the pay of an accident at work", { fund: "tg", kind: "accident", from: "2024-03-01", to: "2024-03-10", wages: three("100000") }, "at-salaire-journalier"],
];

const WHO = { surcharge: { fund: "tg", month: "2024-01", unpaid: "1000000", paid_on: "2024-05-16" } };
WHO.survivors = SOUND.find(([path]) => path === "survivors")[2];
WHO.family = SOUND.find(([path]) => path === "family")[2];
WHO["daily-benefit"] = SOUND.find(([path]) => path === "daily-benefit")[2];
WHO.grant = { fund: "tg", code: "prenatal", date: "2024-06-01", parts: [] };
WHO.rights = { fund: "tg", birth_date: "1964-05-01", date: "2024-06-01", career: [many("200000", "1994-06", "2024-05")] };

/** Path, name, what is changed in a sound body, the faults' paths. */
const REFUSED = [
  ["surcharge", "everything is missing", null, ["fund", "month", "unpaid", "paid_on"]],
  ["surcharge", "a fund that is not known", { fund: "xx" }, ["fund"]],
  ["surcharge", "a fund that is a number", { fund: 7 }, ["fund"]],
  ["surcharge", "a month that does not exist", { month: "2024-13" }, ["month"]],
  ["surcharge", "a float", { unpaid: 1000.5 }, ["unpaid"]],
  ["surcharge", "a negative amount", { unpaid: "-1" }, ["unpaid"]],
  ["surcharge", "nothing unpaid", { unpaid: "0" }, ["unpaid"]],
  ["surcharge", "an amount in scientific notation", { unpaid: "1e6" }, ["unpaid"]],
  ["surcharge", "more than there is money", { unpaid: "9".repeat(28) }, ["unpaid"]],
  ["surcharge", "a centime of a currency without", { unpaid: "1000000.5" }, ["unpaid"]],
  ["surcharge", "29 February of a common year", { paid_on: "2023-02-29" }, ["paid_on"]],
  ["surcharge", "paid before the month", { paid_on: "2023-12-31" }, ["paid_on"]],
  ["surcharge", "a date far away", { paid_on: "99999-01-01" }, ["paid_on"]],
  ["surcharge", "a month before every rule", { month: "1950-01", paid_on: "1950-06-01" }, ["month"]],
  ["surcharge", "a scheme that is not the fund's", { scheme: "zz" }, ["scheme"]],
  ["surcharge", "days of the law that are none", { law_at: "2024-02-30", known_at: true }, ["law_at", "known_at"]],
  ["surcharge", "a certificate that is a text", { certificate: "oui" }, ["certificate"]],
  ["surcharge", "all at once", { fund: "", month: 3, unpaid: null, paid_on: "hier" }, ["fund", "month", "unpaid", "paid_on"]],
  ["survivors", "everything is missing", null, ["fund", "date", "deceased_pension", "children"]],
  ["survivors", "too many spouses", { spouses: 11 }, ["spouses"]],
  ["survivors", "half a spouse", { spouses: 0.5 }, ["spouses"]],
  ["survivors", "fewer than none", { spouses: -1 }, ["spouses"]],
  ["survivors", "fifty-one children", { children: Array(51).fill({ birth_date: "2015-01-01" }) }, ["children"]],
  ["survivors", "children that are one", { children: { birth_date: "2015-01-01" } }, ["children"]],
  ["survivors", "children of all kinds", { children: [7, {}, { birth_date: "2015-02-29" }, { birth_date: "2015-01-01", student: "oui", disabled: 1 }] }, ["children[0]", "children[1].birth_date", "children[2].birth_date", "children[3].student", "children[3].disabled"]],
  ["survivors", "all at once", { fund: "zz", date: 5, deceased_pension: "abc", spouses: "x", children: [{ birth_date: "" }] }, ["fund", "date", "deceased_pension", "spouses", "children[0].birth_date"]],
  ["family", "everything is missing", null, ["fund", "month", "monthly_wage", "children"]],
  ["family", "a wage with a fraction in binary", { monthly_wage: 100000.5 }, ["monthly_wage"]],
  ["family", "a category that is not the fund's", { category: "minister" }, ["category"]],
  ["family", "a career with an end before its beginning", { career: [many("1000", "2024-02", "2024-01")] }, ["career[0].to"]],
  ["family", "a month before every rule", { month: "2011-12" }, ["month"]],
  ["daily-benefit", "everything is missing", null, ["fund", "kind", "from", "to", "wages"]],
  ["daily-benefit", "a kind that does not exist", { kind: "holiday" }, ["kind"]],
  ["daily-benefit", "a kind of another fund", { kind: "job-loss" }, ["kind"]],
  ["daily-benefit", "an end before the beginning", { to: "2024-02-29" }, ["to"]],
  ["daily-benefit", "601 wages", { wages: Array(601).fill({ month: "2024-01", wage: "1000" }) }, ["wages"]],
  ["daily-benefit", "wages of all kinds", { wages: [null, { month: "2024-00", wage: "1000" }, { month: "2024-01", wage: "-5", days: 40 }, { month: "2024-02", wage: 0.1 }] }, ["wages[0]", "wages[1].month", "wages[2].wage", "wages[2].days", "wages[3].wage"]],
  ["daily-benefit", "a paper that nobody asks for", { proofs: ["diploma"] }, ["proofs[0]"]],
  ["grant", "everything is missing", null, ["fund", "code", "date"]],
  ["grant", "a grant that does not exist", { code: "holiday" }, ["code"]],
  ["grant", "a part that does not exist", { parts: ["exam_9"] }, ["parts[0]"]],
  ["rights", "everything is missing", null, ["fund", "birth_date", "date", "career"]],
  ["rights", "a day before the birth", { date: "1960-01-01" }, ["date"]],
  ["rights", "a share beyond one", { degree: "1.5" }, ["degree"]],
];

export async function run({ portal, test }) {
  const api = new Api(portal);
  const ask = (path, json) => api.call("POST", path.startsWith("/") ? path : SIMULATIONS + path, { json });

  for (const [path, name, json, expected] of SOUND) {
    await test(`${path}: ${name}`, async () => {
      const { status, json: came, text } = await ask(path, { ...json, certificate: true });
      assert.equal(status, 200, text.slice(0, 300));
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(brief(key, came[key]), value, `${key} of ${text.slice(0, 600)}`);
      checkShape(came);
      const again = await ask(path, json);
      assert.equal(again.json.certificate, undefined, "nobody asked for a certificate");
      if (came.certificate) {
        const said = await ask("/api/v1/certificates/verify", came);
        assert.deepEqual(said.json, { fund: json.fund, holds: true, doubts: [] });
      } else assert.deepEqual(came.steps, [], "something was computed and has no certificate");
    });
  }

  for (const [path, name, json, key] of OPEN) {
    await test(`${path}, an open question: ${name}`, async () => {
      const { status, json: problem } = await ask(path, json);
      assert.equal(status, 422);
      assert.equal(problem.code, "open_question");
      assert.equal(problem.question.key, key);
      assert.ok(problem.question.text.endsWith("?") && problem.detail.includes(problem.question.text.slice(0, 20)), problem.detail);
      assert.match(problem.rule, /^[a-z_.-]+$/);
    });
  }

  for (const [path, name, change, paths] of REFUSED) {
    await test(`${path}, refused: ${name}`, async () => {
      const answer = await ask(path, change === null ? {} : { ...WHO[path], ...change });
      assert.equal(answer.status, 422, answer.text.slice(0, 300));
      const told = (answer.json.faults ?? []).map((fault) => fault.path);
      assert.deepEqual([...told].sort(), [...paths].sort(), answer.text);
    });
  }

  await test("a day or a month of other years is told which years there are", async () => {
    for (const [path, change, at, said] of [
      ["survivors", { date: "1800-01-01" }, "date", /1er janvier 1900.*31 décembre 2199/],
      ["surcharge", { month: "2200-01" }, "month", /janvier 1900.*décembre 2199/],
      ["rights", { career: [many("1000", "1964-04", "2024-05")] }, "career[0].from", /mai 1964.*décembre 2199/],
    ]) {
      const { status, json } = await ask(path, { ...WHO[path], ...change });
      assert.equal(status, 422, path);
      assert.deepEqual(json.faults.map((fault) => [fault.path, fault.code]), [[at, "out_of_range"]]);
      assert.match(json.faults[0].message.replace(/\u00a0/g, " "), said);
    }
  });

  for (const path of [...Object.keys(WHO), "pension", "contributions", "/api/v1/certificates/verify", "/api/v1/identifiers/check"]) {
    await test(`${path}: what is no JSON object is refused as such`, async () => {
      const at = path.startsWith("/") ? path : SIMULATIONS + path;
      for (const body of ["", "bonjour", "[]", "null", "{", "[".repeat(5_000), Buffer.from([0xff, 0xfe])]) {
        const answer = await api.call("POST", at, { body, type: "application/json" });
        assert.equal(answer.status, 400, `${body.slice(0, 10)}: ${answer.text.slice(0, 200)}`);
      }
      assert.equal((await api.call("POST", at, { body: "{}", type: "text/plain" })).status, 415);
      assert.equal((await api.call("POST", at, { body: `{"fund":"${"x".repeat(1_000_001)}"}`, type: "application/json" })).status, 413);
      assert.equal((await api.call("GET", at)).status, 405);
    });
  }

  const holds = async (json, what) => {
    if (!json.certificate) return assert.deepEqual(json.steps, [], `${what}: no certificate`);
    const said = await ask("/api/v1/certificates/verify", { certificate: json.certificate });
    assert.deepEqual(said.json.doubts, [], what);
  };

  await test("each fund says what it offers, and answers for it", async () => {
    const { funds } = (await api.get("/api/v1/funds")).json;
    assert.deepEqual(funds.map((fund) => fund.code).sort(), [...FUNDS].sort());
    for (const fund of funds) {
      assert.ok(fund.name && fund.country && /^[A-Z]{3}$/.test(fund.currency.code), JSON.stringify(fund));
      const wage = fund.currency.decimals ? "4000.50" : "400000";
      for (const { code } of fund.categories) {
        const { status, json } = await ask("contributions", { fund: fund.code, category: code, month: "2024-03", wages: [wage], certificate: true });
        assert.ok(status === 200 || known(json), `${fund.code} ${code}: ${JSON.stringify(json).slice(0, 300)}`);
        if (status !== 200) continue;
        const sum = json.lines.reduce((all, line) => all + cents(line.amount), 0);
        assert.equal(sum, cents(json.totals.total), `${fund.code} ${code}: the lines give the total`);
        assert.equal(cents(json.totals.employer) + cents(json.totals.worker), cents(json.totals.total), `${fund.code} ${code}: employer and worker give the total`);
        await holds(json, `${fund.code} ${code}`);
      }
      for (const { code } of fund.pensions) {
        const asked = { fund: fund.code, kind: code, birth_date: "1960-05-01", award_date: "2024-06-01", career: [many(wage, "1994-06", "2024-05")], certificate: true };
        const { status, json } = await ask("pension", asked);
        assert.ok(status === 200 || known(json), `${fund.code} ${code}: ${JSON.stringify(json).slice(0, 300)}`);
        if (status !== 200) continue;
        checkShape(json);
        assert.ok(json.eligible === (json.reasons.length === 0), `${fund.code} ${code}`);
        await holds(json, `${fund.code} ${code}`);
      }
      for (const { code } of fund.daily) {
        const { status, json } = await ask("daily-benefit", { fund: fund.code, kind: code, from: "2024-03-11", to: "2024-03-31", wages: half(wage), certificate: true });
        assert.ok(status === 200 || known(json), `${fund.code} ${code}: ${JSON.stringify(json).slice(0, 300)}`);
        if (status === 200) await holds(json, `${fund.code} ${code}`);
      }
      for (const { code } of fund.grants) {
        const { status, json } = await ask("grant", { fund: fund.code, code, date: "2024-06-01", monthly_wage: wage, certificate: true });
        assert.ok(status === 200 || known(json), `${fund.code} ${code}: ${JSON.stringify(json).slice(0, 300)}`);
        if (status === 200) await holds(json, `${fund.code} ${code}`);
      }
      if (fund.family) {
        const { status, json } = await ask("family", { fund: fund.code, month: "2024-06", monthly_wage: wage, children: born("2016-01-05"), certificate: true });
        assert.ok(status === 200 || known(json), `${fund.code} family: ${JSON.stringify(json).slice(0, 300)}`);
      }
    }
  });

  for (const fund of FUNDS) {
    await test(`${fund}: every value with its source and status, on both axes of time`, async () => {
      const at = (query = "") => api.get(`/api/v1/funds/${fund}/parameters${query}`).then((a) => a.json);
      const all = await at();
      assert.equal(all.fund, fund);
      assert.equal(all.next, null, "all of it comes at once");
      assert.ok(all.rules.length >= 10, `${all.rules.length} rules`);
      for (const rule of all.rules) {
        assert.ok(rule.key && rule.label && rule.file, JSON.stringify(rule));
        for (const line of rule.values) {
          assert.ok(line.source && /^\d{4}-\d\d-\d\d$/.test(line.from) && line.value.length, JSON.stringify(line));
          assert.match(line.status, /^(verified|secondary|unverified)$/);
          for (const atom of line.value) assert.equal(typeof atom.value, "string");
        }
      }
      const lines = (answer) => answer.rules.flatMap((rule) => rule.values.map((line) => [rule.key, line]));
      const old = lines(await at("?law_at=2012-06-01"));
      assert.ok(old.every(([, line]) => line.from <= "2012-06-01"));
      assert.deepEqual(old, lines(all).filter(([, line]) => line.from <= "2012-06-01"));
      const before = lines(await at("?known_at=2012-06-01"));
      assert.deepEqual(before, lines(all).filter(([, line]) => (line.known_from ?? line.from) <= "2012-06-01"));
      assert.deepEqual(await at("?limit=3").then((a) => [a.rules.length, a.next]), [3, all.rules[2].key]);
      assert.deepEqual((await at(`?after=${all.rules[2].key}`)).rules, all.rules.slice(3));
    });
  }

  await test("parameters that cannot be asked for", async () => {
    assert.equal((await api.get("/api/v1/funds/xx/parameters")).status, 404);
    assert.equal((await api.get("/api/v1/funds/TG/parameters")).status, 404);
    const { status, json } = await api.get("/api/v1/funds/tg/parameters?law_at=2023-02-29&known_at=hier&limit=0&after=nothing");
    assert.equal(status, 422);
    assert.deepEqual(json.faults.map((fault) => fault.path).sort(), ["after", "known_at", "law_at", "limit"]);
  });

  await test("a value that nobody read is named in the warnings", async () => {
    const { json } = await ask("survivors", { fund: "tg", date: "2024-06-01", deceased_pension: "100000", spouses: 1, children: [] });
    assert.ok(json.steps.some((step) => step.status === "unverified"), "nothing unsure is used any more: test it on another value");
    for (const step of json.steps.filter((s) => s.status === "unverified" && s.source_url)) {
      const named = json.warnings.some((w) => w.code === step.question?.key || (w.code === "unverified" && w.message.includes(step.label)));
      assert.ok(named, `${step.label} is not named in ${JSON.stringify(json.warnings)}`);
    }
    assert.ok(json.warnings.length >= 1);
  });

  await test("what was changed in a certificate is found, all of it", async () => {
    const { certificate } = (await ask("surcharge", { ...WHO.surcharge, certificate: true })).json;
    const verify = async (change) => {
      const copy = structuredClone(certificate);
      change(copy);
      const { status, json, text } = await ask("/api/v1/certificates/verify", { certificate: copy });
      assert.equal(status, 200, text);
      assert.equal(json.holds, json.doubts.length === 0);
      for (const doubt of json.doubts) assert.ok(doubt.message.length > 20, JSON.stringify(doubt));
      return json.doubts.map((doubt) => doubt.code);
    };
    assert.deepEqual(await verify(() => {}), []);
    const last = certificate.steps.length - 1;
    const resting = certificate.steps.findIndex((step) => step.law);
    assert.deepEqual(await verify((c) => { c.digest = "0".repeat(64); }), ["digest"]);
    assert.deepEqual(await verify((c) => { c.results[0].text = "50000"; }), ["digest", "result"]);
    assert.deepEqual(await verify((c) => { c.steps[last].value.text = "50000"; c.results[0].text = "50000"; }), ["digest", "value"]);
    assert.deepEqual(await verify((c) => { c.steps[resting].law.source = "Journal officiel"; }), ["digest", "law"]);
    assert.deepEqual(await verify((c) => { c.steps[resting].law.valid_from = "2001-01-01"; }), ["digest", "law"]);
    assert.ok((await verify((c) => { c.fund = "ma"; })).includes("fund"));
    assert.ok((await verify((c) => { c.steps.pop(); })).includes("result"));
  });

  for (const [name, json, path] of [
    ["nothing", {}, "certificate"],
    ["a text", { certificate: "oui" }, "certificate"],
    ["half of one", { certificate: { fund: "tg", steps: [] } }, "certificate"],
    ["one of an unknown fund", { certificate: { fund: "xx", currency: "XOF", exponent: 0, steps: [], results: [], digest: "" } }, "certificate.fund"],
  ]) {
    await test(`no certificate: ${name}`, async () => {
      const answer = await ask("/api/v1/certificates/verify", json);
      assert.equal(answer.status, 422, answer.text);
      assert.deepEqual(answer.json.faults.map((fault) => fault.path), [path]);
    });
  }

  await test("numbers are checked by the fund's own rule", async () => {
    const { json } = await ask("/api/v1/identifiers/check", { fund: "tg", code: "phone.mobile", value: "90 12 34 56" });
    assert.equal(json.valid, true, JSON.stringify(json));
    const wrong = await ask("/api/v1/identifiers/check", { fund: "tg", code: "phone.mobile", value: "12" });
    assert.deepEqual([wrong.json.valid, wrong.json.error], [false, "format"]);
    assert.ok(wrong.json.message.length > 10);
    const none = await ask("/api/v1/identifiers/check", { fund: "tg", code: "shoe", value: "" });
    assert.deepEqual(none.json.faults.map((fault) => fault.path).sort(), ["code", "value"]);
  });

  await test("rights on a day: open, not yet and from when, or not known and why", async () => {
    const { status, json } = await ask("rights", WHO.rights);
    assert.equal(status, 200);
    const right = (code) => json.rights.find((r) => r.code === code);
    assert.equal(right("pension.normal").state, "open");
    assert.deepEqual(right("pension.normal").reasons, []);
    // Children and stops of work were not told: nobody is promised what hangs on them.
    assert.equal(right("family").state, "conditional");
    const young = (await ask("rights", { ...WHO.rights, birth_date: "1974-05-01" })).json.rights.find((r) => r.code === "pension.normal");
    assert.equal(young.state, "not_yet");
    assert.deepEqual(young.reasons.map((reason) => reason.code), ["age_not_reached"]);
    assert.equal(young.reasons[0].until, "2034-05-01");
    assert.equal(young.from, "2034-06-01", "paid from the first of the month after the sixtieth birthday");
    for (const r of json.rights) {
      assert.match(r.state, /^(open|conditional|not_yet|unknown)$/);
      assert.ok(r.state !== "unknown" || r.rule || r.question, r.code);
    }
  });
}

/** Lists as short texts, to be compared at a glance. */
function brief(key, value) {
  if (!Array.isArray(value)) return value;
  if (key === "shares") return value.map((share) => `${share.who} ${share.amount}`);
  if (key === "periods") return value.map((p) => `${p.from} ${p.to} ${p.units} ${p.amount}`);
  if (key === "reasons") return value.map((reason) => reason.code);
  return value;
}

/** A refusal that says which rule or question stands in the way, or since when one is known. */
const known = (problem) => problem.code === "open_question" ? Boolean(problem.rule && problem.question) : problem.faults?.every((fault) => fault.code === "no_rule");

const cents = (text) => Math.round(Number(text) * 1000);

/** What every simulation answers with. */
function checkShape(json) {
  for (const key of ["steps", "warnings"]) assert.ok(Array.isArray(json[key]), key);
  // Contributions are owed without conditions.
  assert.ok(Array.isArray(json.reasons ?? (json.totals && [])), "reasons");
  for (const step of json.steps) {
    for (const key of ["rule", "label", "value", "working", "source"]) assert.equal(typeof step[key], "string", `${key} of ${JSON.stringify(step)}`);
    assert.match(step.status, /^(verified|secondary|unverified)$/);
  }
  for (const reason of json.reasons ?? []) assert.ok(/^[a-z_]+$/.test(reason.code) && reason.message.length > 5, JSON.stringify(reason));
  for (const key of ["amount", "monthly_amount", "reference_wage", "rate"]) {
    assert.ok(json[key] === undefined || json[key] === null || /^-?\d+(\.\d+)?$/.test(json[key]), `${key}: ${json[key]}`);
  }
}
