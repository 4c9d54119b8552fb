// The way of a quarter: from the employer's workbook to the worker's pension.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { Api } from "../lib/http.mjs";
import { PASSWORD } from "../lib/portal.mjs";
import { checkSteps, login, logout, openQuarters, person, shoot, shown } from "../lib/browser.mjs";
import { Wages, digits } from "../lib/workbook.mjs";

export const title = "A quarter's wages become a pension";

/** Even enough that no rate leaves half a franc: 22,5 % and 9 % in all. */
const WAGE = 200_000;
const EMPLOYER_PER_MONTH = 45_000;
const WORKER_PER_MONTH = 18_000;
const LOW = 40_000;

export async function run({ portal, out, step }) {
  const employer = portal.logins.employers[0];
  const context = await person(portal);
  const page = await context.newPage();
  let quarter, model, expected, workers, worker, dates;

  await step("the employer logs in and opens a quarter that is not filed", async () => {
    await login(page, employer);
    await shoot(page, out, "employer-dashboard");
    quarter = (await openQuarters(page))[0];
    await shoot(page, out, "declarations");
    await page.locator(`tbody a[href*="${quarter}"]`).first().click();
    await page.getByRole("heading", { name: "Choisissez comment déclarer" }).waitFor();
    await shoot(page, out, "declaration-open");
  });

  await step("the model holds the workers of the employer", async () => {
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Modèle D.N.R (.xlsx)" }).click();
    const file = await download;
    assert.match(file.suggestedFilename(), /\.xlsx$/);
    model = await readFile(await file.path());
    const wages = await Wages.read(model);
    workers = wages.rows().map((row) => wages.number(row));
    assert.ok(workers.length >= 4, `${workers.length} workers in the model`);
    assert.equal(new Set(workers).size, workers.length, "a worker stands twice in the model");
  });

  await step("a worker of that employer has a login", async () => {
    const plain = (number) => number.replace(/\s/g, "");
    for (const candidate of portal.logins.workers) {
      const api = new Api(portal);
      await api.login(candidate, PASSWORD);
      const { json } = await api.get("/api/v1/insured");
      if (!workers.some((number) => plain(number) === plain(String(json.number)))) continue;
      worker = candidate;
      dates = pensionDates(json.birth_date);
      break;
    }
    assert.ok(worker, "no worker of the employer can log in");
  });

  await step("a file with faults is given back, each fault by row and column", async () => {
    const wages = (await Wages.read(model)).fill(WAGE);
    const [first, second, third, fourth] = wages.rows();
    wages.set(first, "wage2", LOW);
    wages.set(second, "wage1", "1 234,56");
    wages.set(third, "number", "999999999");
    const twice = wages.copyWorker(fourth);
    wages.set(twice, "wage1", WAGE);
    expected = [
      { row: first, field: "wage2", read: "40000", advice: /SMIG/ },
      { row: second, field: "wage1", read: "1 234,56", advice: /centimes/ },
      { row: third, field: "number", read: "999999999", advice: /registre/ },
      { row: twice, field: "number", read: wages.number(fourth), advice: new RegExp(`ligne ${fourth}\\b`) },
    ].map((fault) => ({ ...fault, column: wages.letter(fault.field) }));

    await page.getByRole("link", { name: "Envoyer un fichier" }).last().click();
    await shown(page, "Envoyer un fichier D.N.R");
    await shoot(page, out, "upload");
    await upload(page, "fautes.xlsx", await wages.bytes());
    await shown(page, "Points à corriger");
    assert.match(await page.locator("[data-error-summary]").innerText(), /4 erreurs[\s\S]*Rien n'a été enregistré/);
    const rows = await page.locator("tbody tr").all();
    assert.equal(rows.length, expected.length, "as many faults as were made");
    for (const [i, fault] of expected.sort((a, b) => a.row - b.row).entries()) {
      const cells = (await rows[i].locator("th, td").allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
      assert.match(cells[0], new RegExp(`\\b${fault.row}$`));
      assert.match(cells[1], new RegExp(`^${fault.column} · `));
      assert.equal(cells[2].replace(/\s/g, ""), fault.read.replace(/\s/g, ""));
      assert.match(cells[3], fault.advice);
    }
    await shoot(page, out, "faults");
  });

  await step("the annotated workbook marks every faulty cell, and no other", async () => {
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Télécharger le fichier annoté" }).click();
    const wages = await Wages.read(await readFile(await (await download).path()));
    for (const fault of expected) {
      const cell = wages.cell(fault.row, fault.field);
      const note = typeof cell.note === "string" ? cell.note : cell.note?.texts.map((t) => t.text).join("");
      assert.match(note ?? "", fault.advice, `note of ${cell.address}`);
      assert.equal(cell.fill?.type, "pattern", `${cell.address} is not marked`);
    }
    const noted = [];
    for (const row of wages.rows()) wages.sheet.getRow(row).eachCell((cell) => { if (cell.note) noted.push(cell.address); });
    assert.equal(noted.length, expected.length, `notes on ${noted}`);
    assert.equal(wages.cell(expected[0].row, "wage1").value, WAGE, "sound cells stay as they were");
  });

  const bill = () => workers.length * 3 * WAGE;
  const owed = () => workers.length * 3 * (EMPLOYER_PER_MONTH + WORKER_PER_MONTH);

  await step("the corrected file leads to totals with their calculation", async () => {
    const wages = (await Wages.read(model)).fill(WAGE);
    await upload(page, "corrigé.xlsx", await wages.bytes());
    await shown(page, "Vérifier avant de déposer");
    assert.equal(digits(await page.locator(".panel-figure").innerText()), owed());
    assert.equal(digits(await page.locator(".panel-facts dd").first().innerText()), bill());
    const months = await page.locator("section:has(#mois) tbody tr").all();
    assert.equal(months.length, 3);
    for (const month of months) assert.equal(digits(await month.locator("td").nth(2).innerText()), owed() / 3);
    await checkSteps(page.locator("section:has(#branches)"), "preview");
    await shoot(page, out, "review");
  });

  await step("a double click files once, and gives a receipt", async () => {
    const sent = [];
    page.on("request", (r) => { if (r.method() === "POST") sent.push(r.url()); });
    await page.getByRole("button", { name: "Déposer la déclaration" }).dblclick();
    await page.getByRole("heading", { name: "Récépissé" }).waitFor();
    assert.equal(sent.length, 1, "the second click sends nothing");
    assert.match(await page.locator("section:has(#recepisse) dd").first().innerText(), /\w*\d/);
    assert.equal(await page.locator("section:has(#revisions) tbody tr").count(), 1, "filed more than once");
    assert.equal(await page.locator("section:has(#travailleurs) tbody tr").count(), Math.min(workers.length, 20));
    const told = page.locator(".notice", { hasText: "Votre déclaration est déposée." });
    assert.match(await told.innerText(), /Gardez le numéro de votre récépissé\s: DNR-/);
    const words = (await page.locator("main").innerText()).replace(/\s+/g, " ");
    assert.doesNotMatch(words, /\b[Rr]eçu\b|\bPar\b|\b1 travailleurs/);
    await shoot(page, out, "receipt");
    await page.reload();
    await page.getByRole("heading", { name: "Récépissé" }).waitFor();
    assert.equal(await told.count(), 0, "told again at a reload");
  });

  await step("sending the same form again changes nothing", async () => {
    await page.goBack();
    const button = page.getByRole("button", { name: "Déposer la déclaration" });
    if (await button.count()) await button.click();
    else await page.getByText("Il n'y a pas de brouillon").waitFor();
    await page.goto(`/employeur/dnr/${quarter}`);
    assert.equal(await page.locator("section:has(#revisions) tbody tr").count(), 1, "filed again");
  });

  await step("a correction is opened, continued, and given up: what is filed stands", async () => {
    await page.getByRole("button", { name: "Corriger" }).click();
    await shown(page, "Remplir les DNR en ligne");
    await page.goto(`/employeur/dnr/${quarter}`);
    await page.getByRole("heading", { name: "Correction en cours" }).waitFor();
    await shoot(page, out, "correction-open");
    assert.equal(await page.getByRole("button", { name: "Corriger" }).count(), 0, "one correction at a time");
    await page.getByRole("link", { name: "Continuer la correction" }).click();
    await shown(page, "Remplir les DNR en ligne");
    assert.equal(digits(await page.locator('[name="rows[0].wage1"]').inputValue()), WAGE);
    await page.goto(`/employeur/dnr/${quarter}`);
    await page.getByRole("button", { name: "Abandonner la correction" }).click();
    await page.getByRole("heading", { name: "Une erreur ?" }).waitFor();
    assert.match(await page.locator("h1 + .lead .tag").innerText(), /déposée/i);
    assert.equal(await page.locator("section:has(#revisions) tbody tr").count(), 1);
  });

  await step("the contribution account shows the new debts, each with its steps", async () => {
    await page.getByRole("link", { name: "Compte-Cotisant" }).first().click();
    await shown(page, "Compte-Cotisant");
    await checkSteps(page.locator("main"), "balance", { sourced: false });
    await shoot(page, out, "contribution-account");
    for (const month of monthsOf(quarter)) {
      await page.goto("/employeur/compte");
      const link = page.locator(`a[href="/employeur/compte/${month}"]`);
      const due = page.locator("tbody tr", { has: link }).locator('td[data-label="Dû"]');
      assert.equal(digits(await due.innerText()), owed() / 3, `due for ${month}`);
      await link.click();
      await page.getByRole("heading", { name: "Cotisations" }).waitFor();
      assert.equal(digits(await page.locator("section:has(#branches) tfoot .num").innerText()), owed() / 3);
      await checkSteps(page.locator("main"), month);
    }
    await shoot(page, out, "contribution-month");
  });

  await step("the employer logs out", async () => {
    await logout(page);
    await page.goto("/employeur/compte");
    await shown(page, "Connexion à mon espace");
  });

  await step("the worker sees the months, and whether the employer paid", async () => {
    await login(page, worker);
    await shoot(page, out, "insured-dashboard");
    await page.goto("/assure/compte");
    await shoot(page, out, "individual-account");
    for (const month of monthsOf(quarter)) {
      const row = page.locator("tbody tr", { has: page.locator(`a[href="/assure/compte/${month}"]`) }).first();
      assert.equal(digits(await row.locator('td[data-label="Salaire déclaré"]').innerText()), WAGE);
      assert.equal(digits(await row.locator('td[data-label="Cotisation salarié"]').innerText()), WORKER_PER_MONTH);
      assert.equal(digits(await row.locator('td[data-label="Cotisation employeur"]').innerText()), EMPLOYER_PER_MONTH);
      assert.match(await row.locator('td[data-label="Payé par l\'employeur"] .tag').innerText(), /^(impayé|pas encore|partiel)/i);
    }
    await page.locator(`tbody a[href="/assure/compte/${monthsOf(quarter)[0]}"]`).first().click();
    await page.locator("h1").waitFor();
    await checkSteps(page.locator("main"), "month of the worker");
    await shoot(page, out, "individual-month");
  });

  await step("the worker simulates a normal and an early pension, with a wage to come", async () => {
    const simulated = async (kind, date, wage) => {
      await page.goto("/assure/simulateur");
      await page.getByRole("radio", { name: kind, exact: true }).check();
      await page.locator("#award_date").fill(date);
      await page.locator("#future_wage").fill(wage);
      await page.getByRole("button", { name: "Simuler ma pension" }).click();
      await page.getByRole("heading", { name: `Résultat : ${kind}` }).waitFor();
      await checkSteps(page.locator(".result"), kind);
      return digits(await page.locator(".result > .panel .panel-figure").innerText());
    };
    const normal = await simulated("Pension normale", dates.normal, "");
    await shoot(page, out, "pension-normal");
    const richer = await simulated("Pension normale", dates.normal, "900000");
    assert.ok(normal > 0 && richer > normal, `a higher wage gives ${richer} after ${normal}`);
    const early = await simulated("Pension anticipée", dates.early, "900000");
    await shoot(page, out, "pension-early");
    assert.ok(early > 0 && early < richer, `early ${early}, normal ${richer}`);
  });

  await step("the result prints without what is only for the screen", async () => {
    await page.goto(`/assure/simulateur?kind=normal&award_date=${dates.normal}`);
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator(".result").isVisible());
    for (const hidden of ["nav.nav", "form.card", "[data-print]", ".skip-link"]) {
      assert.equal(await page.locator(hidden).filter({ visible: true }).count(), 0, `${hidden} is printed`);
    }
    await shoot(page, out, "pension-print");
    await page.emulateMedia({ media: null });
  });

  await step("nothing went wrong in the console", () => {
    const goneBack = /status of 404 .*\/verification/;
    assert.deepEqual(context.faults.filter((fault) => !goneBack.test(fault)), []);
  });
  await context.close();
}

async function upload(page, fileName, bytes) {
  await page.locator("#file").setInputFiles({
    name: fileName, mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", buffer: bytes,
  });
  await page.getByRole("button", { name: "Envoyer le fichier" }).click();
}

/** The first months of a normal and of an early pension that are still to come. */
function pensionDates(birthDate) {
  const [year, month] = birthDate.split("-").map(Number);
  const soon = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 7);
  const after = (age) => [`${year + age + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`, soon].sort().at(-1);
  return { normal: `${after(61)}-01`, early: `${after(56)}-01` };
}

/** The months of « 2026-T2 »: 2026-04 and the two after. */
function monthsOf(quarter) {
  const [year, number] = quarter.split("-T");
  return [1, 2, 3].map((i) => `${year}-${String((Number(number) - 1) * 3 + i).padStart(2, "0")}`);
}
