// Wage files that cannot be taken: each gets a clear French answer, nothing is stored, and
// the portal never needs much memory for them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { Api, Pages, send as plain } from "../browser/lib/http.mjs";
import { PASSWORD, forgetPeak, memory } from "../browser/lib/portal.mjs";
import { Wages } from "../browser/lib/workbook.mjs";
import { SHEET, SHEET_HEAD, SHEET_TAIL, packed, repeated, skeleton, zip } from "../browser/lib/zip.mjs";
import { XLSX, openQuarters } from "./02-employer-and-insured.mjs";

export const title = "Wage files that cannot be taken";

const LIST = "/api/v1/employer/declarations";
const MEBIBYTE = 1024 * 1024;
const PEAK_KIB = 64 * 1024;
const fixture = (name) => readFile(new URL(`fixtures/${name}`, import.meta.url));

/** A package of the model with another sheet. */
const withSheet = async (sheet) => zip([...skeleton(), await sheet]);

/** Whole files: the bytes, the code of the fault, and words that must be said. */
const FILES = [
  ["nothing", async () => Buffer.alloc(0), "file_empty", /vide/],
  ["a PDF document", async () => Buffer.from("%PDF-1.7\n%âãÏÓ\n1 0 obj\n"), "file_not_a_workbook", /pas un classeur Excel/],
  ["a text", async () => Buffer.from("N° CNSS;Nom;Prénoms\n710040;AKOUÉTÉ;Adjo\n"), "file_not_a_workbook", /pas un classeur Excel/],
  ["a web page named .xls", async () => Buffer.from("<html><table><tr><td>1</td></tr></table></html>"), "file_not_a_workbook", /pas un classeur Excel/],
  ["another zip", async () => zip([packed("lisez-moi.txt", "bonjour")]), "file_not_a_workbook", /pas un classeur Excel/],
  ["half a workbook", async (model) => model.subarray(0, model.length / 2), /^file_(damaged|not_a_workbook)$/, /abîmé|pas un classeur Excel/],
  ["a sheet that is not XML", () => withSheet(packed(SHEET, "<<<&")), "file_damaged", /abîmé/],
  ["an entity that grows", () => withSheet(packed(SHEET, `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>${SHEET_HEAD}<row r="1"><c r="A1" t="str"><v>&b;</v></c></row>${SHEET_TAIL}`)), /^(file_|no_heading)/, /\w/],
  ["a workbook with a password", () => fixture("password.xlsx"), "file_encrypted", /mot de passe/],
  ["an old .xls", () => fixture("old.xls"), "file_old_format", /\.xls\b/],
  ["a bomb of one gibibyte", () => withSheet(repeated(SHEET, SHEET_HEAD, `<row r="1"><c r="A1"><v>0</v></c></row>`.padEnd(64).repeat(16_384), 1024, SHEET_TAIL)), "file_bomb", /trop de place/],
  ["a bomb in a single cell", () => withSheet(repeated(SHEET, `${SHEET_HEAD}<row r="1"><c r="A1" t="str"><v>`, "A".repeat(MEBIBYTE), 300, `</v></c></row>${SHEET_TAIL}`)), "file_bomb", /trop de place/],
  ["a million empty rows", () => withSheet(millionRows()), /^(file_too_many_rows|file_bomb|no_heading)$/, /lignes|titres|place/],
  ["eleven megabytes", async () => Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(11 * MEBIBYTE, 7)]), /^(file_too_large|too_large)$/, /10\sMo/],
];

/** Files whose cells are wrong: what is done to the model, then the faults by field and row. */
const CELLS = [
  ["a formula", (w, [a]) => { w.set(a, "wage1", { formula: "100000+100000", result: 200000 }); return [[a, "wage1", "formula", /formule/]]; }],
  ["merged cells", (w, [a]) => { w.sheet.mergeCells(a, w.columns.wage1, a, w.columns.wage2); return [[a, "wage1", "merged", /fusionnées/]]; }],
  ["an error value", (w, [a]) => { w.set(a, "wage3", { error: "#REF!" }); return [[a, "wage3", "cell_error", /erreur/]]; }],
  ["dates as text", (w, [a, b]) => { w.set(a, "hired_on", "31/02/2024"); w.set(b, "left_on", "mardi"); return [[a, "hired_on", "not_a_date", /date/], [b, "left_on", "not_a_date", /date/]]; }],
  ["1 234,56", (w, [a]) => { w.set(a, "wage1", "1 234,56"); return [[a, "wage1", "not_whole", /centimes/]]; }],
  ["words for a wage", (w, [a]) => { w.set(a, "wage1", "deux cent mille"); return [[a, "wage1", "not_an_amount", /montant/]]; }],
  ["a wage below zero", (w, [a]) => { w.set(a, "wage1", -5); return [[a, "wage1", "not_positive", /zéro/]]; }],
  ["a wage that no one earns", (w, [a]) => { w.set(a, "wage1", 9e15); return [[a, "wage1", "too_large", /dépasse/]]; }],
  ["a wage below the minimum", (w, [a]) => { w.set(a, "wage2", 40_000); return [[a, "wage2", "below_minimum", /SMIG/]]; }],
  ["45 days in a month", (w, [a]) => { w.set(a, "days1", 45); return [[a, "days1", "not_days", /jours/]]; }],
  ["a worker twice", (w, [a]) => { const b = w.copyWorker(a); w.set(b, "wage1", 200_000); return [[b, "number", "twice", /ligne/]]; }],
  ["an unknown number", (w, [a]) => { w.set(a, "number", "999999999"); return [[a, "number", "unknown_insured", /registre/]]; }],
  ["another one's number", (w, [a]) => { w.set(a, "surname", "Zzyzx"); return [[a, "surname", "other_name", /registre/]]; }],
  ["a name that is a formula for spreadsheets", (w, [a]) => { w.set(a, "surname", "=HYPERLINK(\"http://x\")"); return [[a, "surname", "other_name", /registre/]]; }],
  ["a worker without wage", (w, [a]) => { for (const f of ["wage1", "wage2", "wage3"]) w.set(a, f, null); return [[a, "wage1", "no_wage", /salaire/]]; }],
  ["many faults at once", (w, [a, b]) => {
    w.set(a, "wage1", "x"); w.set(a, "days2", 99); w.set(b, "wage3", 1);
    return [[a, "wage1", "not_an_amount", /./], [a, "days2", "not_days", /./], [b, "wage3", "below_minimum", /./]];
  }],
];

export async function run({ portal, test, step }) {
  const api = new Api(portal);
  const pages = new Pages(portal);
  let quarter, model, before, idle;
  const send = (bytes, to = quarter) => api.call("POST", `${LIST}/${to}/file`, { body: bytes, type: XLSX });
  const unchanged = async () => assert.equal((await api.get(`${LIST}?limit=60`)).text, before, "the list of declarations changed");

  await step("an employer with a quarter to file", async () => {
    await api.login(portal.logins.employers[0], PASSWORD);
    quarter = (await openQuarters(api))[0];
    model = (await api.get(`${LIST}/${quarter}/template.xlsx`)).bytes;
    before = (await api.get(`${LIST}?limit=60`)).text;
    // Started anew, it holds nothing that loading the demonstration left behind.
    await portal.restart();
    await api.login(portal.logins.employers[0], PASSWORD);
    await pages.login(portal.logins.employers[0], PASSWORD);
    await api.get(`${LIST}/${quarter}`);
    await forgetPeak(portal.pid);
    idle = await memory(portal.pid, "VmRSS");
  });

  for (const [name, make, code, words] of FILES) {
    await test(name, async () => {
      const answer = await send(await make(model));
      assert.ok([413, 415, 422].includes(answer.status), `${answer.status} ${answer.text.slice(0, 200)}`);
      const faults = answer.json.faults ?? [];
      const told = [answer.json.code, ...faults.map((fault) => fault.code)];
      assert.ok(told.some((found) => (code instanceof RegExp ? code.test(found) : code === found)), `${told}`);
      assert.match([answer.json.detail, ...faults.map((fault) => fault.message)].join(" "), words);
      await unchanged();
    });
  }

  for (const [name, spoil] of CELLS) {
    await test(`a cell with ${name}`, async () => {
      const wages = (await Wages.read(model)).fill(200_000);
      const expected = spoil(wages, wages.rows());
      const answer = await send(await wages.bytes());
      assert.equal(answer.status, 422, answer.text.slice(0, 300));
      const { faults } = answer.json;
      assert.deepEqual(faults.map((f) => f.path).sort(), expected.map(([row, field]) => `rows[${row}].${field}`).sort());
      for (const [row, field, code, words] of expected) {
        const fault = faults.find((f) => f.path === `rows[${row}].${field}`);
        assert.equal(fault.code, code);
        assert.equal(fault.row, row);
        assert.equal(fault.column, wages.letter(field));
        assert.match(fault.message, words);
      }
      await unchanged();
    });
  }

  await test("no line, no titles, one title missing", async () => {
    for (const [spoil, code] of [
      [(w) => w.rows().forEach((row) => w.clear(row)), "no_line"],
      [(w) => w.sheet.getRow(w.heading).eachCell((cell) => { cell.value = "?"; }), "no_heading"],
      [(w) => { w.sheet.getCell(w.heading, w.columns.wage2).value = "?"; }, "column_missing"],
    ]) {
      const wages = (await Wages.read(model)).fill(200_000);
      spoil(wages);
      const answer = await send(await wages.bytes());
      assert.equal(answer.status, 422);
      assert.ok(answer.json.faults.some((fault) => fault.code === code), `${code}: ${JSON.stringify(answer.json.faults)}`);
    }
    await unchanged();
  });

  await test("the file of another quarter", async () => {
    const wages = (await Wages.read(model)).fill(200_000);
    const label = [...Array(wages.heading).keys()].map((i) => wages.sheet.getRow(i + 1)).find((row) => row.getCell(1).text.startsWith("Trimestre"));
    label.getCell(2).value = "1999-T1";
    const answer = await send(await wages.bytes());
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.json.faults.map((fault) => fault.code), ["other_quarter"]);
    await unchanged();
  });

  await test("a quarter in the future, one still running, and one already filed", async () => {
    const wages = await (await Wages.read(model)).fill(200_000).bytes();
    const all = JSON.parse(before).declarations;
    const running = all.find((q) => q.state === "running")?.quarter;
    const filed = all.find((q) => ["filed", "corrected"].includes(q.state))?.quarter;
    assert.ok(running && filed, "the demonstration has a running and a filed quarter");
    for (const to of [`${Number(running.slice(0, 4)) + 1}-T4`, running, filed]) {
      const answer = await send(wages, to);
      assert.ok(answer.status >= 400, `${to}: ${answer.status}`);
      assert.match(`${answer.json.title} ${answer.json.detail} ${JSON.stringify(answer.json.faults ?? [])}`, /trimestre|n'existe pas/, to);
    }
    await unchanged();
  });

  await test("eight bombs at once do not stop the portal from answering", async () => {
    const bomb = await withSheet(repeated(SHEET, SHEET_HEAD, "<row/>".repeat(100_000), 300, SHEET_TAIL));
    const began = Date.now();
    const [well, ...answers] = await Promise.all([api.get("/health"), ...Array.from({ length: 8 }, () => send(bomb))]);
    assert.equal(well.status, 200);
    for (const answer of answers) assert.ok([422, 429].includes(answer.status), `${answer.status}`);
    assert.ok(Date.now() - began < 30_000, `${Date.now() - began} ms`);
    await unchanged();
  });

  await test("of many slow senders, the last is asked to come back", async () => {
    const address = `${portal.url}${LIST}/${quarter}/file`;
    const headers = { Authorization: `Bearer ${api.token}`, "Content-Type": XLSX };
    const slow = Array.from({ length: 6 }, () => {
      const sending = request(address, { method: "POST", agent: false, headers: { ...headers, "Content-Length": 5 * MEBIBYTE } });
      sending.on("error", () => {});
      sending.write("PK");
      return sending;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const file = Buffer.from("%PDF-1.7");
    const csrf = await pages.csrf(`/employeur/dnr/${quarter}/fichier`);
    const form = `--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${csrf}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\nx\r\n--b--\r\n`;
    const cookie = [...pages.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const [call, page] = await Promise.all([
      plain(address, { method: "POST", headers, body: file }),
      plain(`${portal.url}/employeur/dnr/${quarter}/fichier`, { method: "POST", headers: { Cookie: cookie, Accept: "text/html", "Content-Type": "multipart/form-data; boundary=b" }, body: form }),
    ]);
    for (const answer of [call, page]) {
      assert.equal(answer.status, 503, answer.text.slice(0, 200));
      assert.match(answer.headers["retry-after"] ?? "", /^\d+$/);
      assert.match(answer.text, /Renvoyez-le dans une minute/);
    }
    assert.equal(JSON.parse(call.text).code, "busy");
    assert.match(page.headers["content-type"], /^text\/html/);
    for (const sending of slow) sending.destroy();
    assert.equal((await send(file)).json.faults[0].code, "file_not_a_workbook", "who gives up gives his turn back");
    await unchanged();
  });

  await test("all of this took less than 64 MiB", async () => {
    const peak = await memory(portal.pid, "VmHWM");
    console.log(`      ${((peak - idle) / 1024).toFixed(1)} MiB above ${(idle / 1024).toFixed(1)} MiB`);
    assert.ok(peak - idle < PEAK_KIB, `${peak - idle} KiB above idle`);
  });

  await test("after all of this, a sound file is taken", async () => {
    const answer = await send(await (await Wages.read(model)).fill(200_000).bytes());
    assert.equal(answer.status, 200, answer.text.slice(0, 300));
    assert.notEqual((await api.get(`${LIST}?limit=60`)).text, before, "the draft is in the list");
  });
}

/** A million rows without a cell. */
async function millionRows() {
  const rows = Array.from({ length: 1_000_000 }, (_, i) => `<row r="${i + 1}"/>`).join("");
  return packed(SHEET, SHEET_HEAD + rows + SHEET_TAIL);
}
