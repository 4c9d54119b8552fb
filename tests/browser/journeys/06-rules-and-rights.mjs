// What anybody may ask without an account, of any fund: the rules, a pension, one's rights; and an
// insured person's own rights. On a phone first, with the keyboard, and with things typed wrong.
import assert from "node:assert/strict";
import { checkPage } from "../lib/accessible.mjs";
import { PHONE, checkSteps, login, person, shoot, shown } from "../lib/browser.mjs";

export const title = "Rules, simulator and rights of every fund";

const FUNDS = { tg: "CNSS Togo", ma: "CNSS Maroc", dj: "CNSS Djibouti", bj: "CNSS Bénin", tn: "CNSS Tunisie", example: "Caisse exemple" };
/** Every dated line of the rules, folded or not. */
const DATED = "tbody tr, .others > li";
/** Words of the data that must reach no page. */
const CODES = /\b(half_up|until_then|next_month|same_day|work_ceased|minimum_wage|third_person|not_yet|true|false|null|undefined|NaN)\b|[a-z]+_[a-z]+_[a-z]+|\{ ?\$/;

export async function run({ portal, out, test }) {
  const context = await person(portal, { viewport: PHONE });
  const page = await context.newPage();
  const text = () => page.getByRole("main").innerText();
  const noCode = async (what) => assert.doesNotMatch(await text(), CODES, `${what}: a word of the data`);
  const unfold = () => page.evaluate(() => document.querySelectorAll("main details").forEach((d) => { d.open = true; }));
  const spaced = async (what) => {
    const said = await page.evaluate(() => {
      document.querySelectorAll("details").forEach((d) => { d.open = true; });
      return document.querySelector("main").textContent.match(/.{0,20}\S\u0020(?:[;?!»%]|:(?= )).{0,10}/g);
    });
    assert.deepEqual(said ?? [], [], `${what}: a sign without its no-break space`);
  };

  for (const [code, name] of Object.entries(FUNDS)) {
    await test(`the rules of ${name}`, async () => {
      await page.goto("/regles");
      await page.getByRole("navigation", { name: "Choix de la caisse" }).getByRole("link", { name }).click();
      await shown(page, "Règles et sources");
      assert.match(await text(), new RegExp(name));
      const folded = await page.evaluate(() => document.documentElement.scrollHeight);
      assert.ok(folded < 4 * PHONE.height, `${folded} px high before anything is opened`);
      await unfold();
      await noCode(code);
      await spaced(code);
      const rows = await page.locator("tbody tr").count();
      assert.ok(rows >= 10, `${rows} rows`);
      const unsourced = await page.$$eval("tbody tr", (all) => all.filter((tr) => tr.cells[3].innerText.replace(/^Source/, "").trim().length < 4 || !tr.cells[4].innerText.trim()).length);
      assert.equal(unsourced, 0, "a value without source or reliability");
      await checkPage(page);
    });
  }

  await test("the law as it stood on a day, by keyboard, and back again", async () => {
    await page.goto("/regles?caisse=ma");
    const all = await page.locator(DATED).count();
    await page.getByLabel("Droit en vigueur le").fill("2015-07-01");
    await page.getByLabel("Droit en vigueur le").press("Enter");
    await page.getByText("Droit en vigueur le 1er juillet 2015", { exact: false }).first().waitFor();
    const then = await page.locator(DATED).count();
    assert.ok(then < all, `${then} of ${all}`);
    assert.equal(await page.getByLabel("Droit en vigueur le").inputValue(), "2015-07-01");
    assert.match(await text(), /CNSS Maroc/, "the fund stays chosen");
    const twin = await page.getByRole("link", { name: /logiciel \(JSON\)/ }).getAttribute("href");
    assert.equal(twin, "/api/v1/funds/ma/parameters?law_at=2015-07-01");
    await page.goBack();
    assert.equal(await page.locator(DATED).count(), all);
    await page.goto("/regles?caisse=ma&law_at=2024-06-01&known_at=2024-06-01");
    assert.match(await text(), /tel qu'on le connaissait le 1er\sjuin 2024/);
    await unfold();
    assert.doesNotMatch(await text(), /texte rétroactif, publié le \d+\savril 2025/);
  });

  await test("chapters open by keyboard; history is folded under what holds today", async () => {
    await page.goto("/regles?caisse=ma");
    const chapter = page.locator("details.chapter").filter({ has: page.getByRole("heading", { name: "Salaire minimum" }) });
    assert.equal(await chapter.getByRole("table").isVisible(), false);
    await chapter.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    await chapter.getByRole("table").waitFor();
    const before = chapter.getByText("2015", { exact: false }).first();
    assert.equal(await before.isVisible(), false, "an old value is folded");
    await chapter.getByText(/autres valeurs datées/).click();
    await before.waitFor();
    await page.getByRole("link", { name: /Tout déplier/ }).click();
    assert.equal(await page.locator("main details:not([open])").count(), 0);
    assert.equal(await page.getByRole("navigation", { name: "Chapitres" }).getByRole("link").count(), await page.locator("details.chapter").count());
  });

  await test("a day that does not exist is told beside its field", async () => {
    const answer = await page.goto("/regles?caisse=dj&law_at=2023-02-29&known_at=%22%3E%3Cb%3Ehier");
    assert.equal(answer.status(), 422);
    await page.getByRole("alert").waitFor();
    assert.equal(await page.locator(".field.has-error").count(), 2);
    assert.match(await page.title(), /^Erreur/);
    await checkPage(page);
  });

  const asked = "birth_date=1964-05-01&award_date=2024-06-01&from=1994-06&to=2024-05";
  for (const [code, wage, figure] of [
    ["tg", "200000", "79 900"], // 200 000 × (20 % + 15 × 1,33 %)
    ["ma", "5000", "3 500"], // 5 000 × 70 %, the most that the table gives
    ["dj", "200000", null],
    ["bj", "200000", null],
  ]) {
    await test(`a pension in ${FUNDS[code]}, and why`, async () => {
      await page.goto(`/simulateur?caisse=${code}&kind=normal&${asked}&monthly_wage=${wage}`);
      const panel = page.locator(".panel-figure");
      if (figure) assert.equal((await panel.innerText()).replace(/\s+/g, " ").replace(/ (F CFA|DH)$/, ""), figure);
      assert.match(await text(), /Pourquoi (ce montant|pas encore)/);
      await checkSteps(page.locator("main"), code);
      await noCode(code);
      await spaced(code);
      await checkPage(page);
      await shoot(page, out, `simulator-${code}`);
    });
  }

  await test("what was typed stays when it is refused, with its accents and apostrophes", async () => {
    await page.goto("/simulateur?caisse=ma&birth_date=1964-05-01&award_date=2024-06-01&from=l%27%C3%A9t%C3%A9&to=2024-05&monthly_wage=cinq%20mille%20%3Cb%3E%26");
    assert.equal(await page.locator("#monthly_wage").inputValue(), "cinq mille <b>&");
    assert.equal(await page.locator("#birth_date").inputValue(), "1964-05-01");
    assert.match(await page.locator("[data-error-summary]").innerText(), /à corriger/);
    assert.equal(await page.locator("b").count(), 0);
    await page.locator("#monthly_wage").fill("5 000,50");
    await page.locator("#from").fill("1994-06");
    await page.getByRole("button", { name: "Simuler ma pension" }).click();
    await page.locator(".panel-figure").waitFor();
    await page.goBack();
    await page.locator("[data-error-summary]").waitFor();
  });

  for (const code of Object.keys(FUNDS)) {
    await test(`rights in ${FUNDS[code]}: open, not yet, from when`, async () => {
      await page.goto(`/droits?caisse=${code}&birth_date=1970-05-01&date=2026-11-21&from_1=2000-01&to_1=2012-06&monthly_wage_1=5000&from_2=2014-01&to_2=2026-09&monthly_wage_2=6000`);
      await page.getByRole("heading", { name: /droits? ouverts? sur|Aucun droit ouvert/ }).waitFor();
      assert.ok(await page.locator(".rights > li").count() >= 2);
      await noCode(code);
      await spaced(code);
      await checkSteps(page.locator("main"), code);
      await checkPage(page);
      await shoot(page, out, `rights-${code}`);
    });
  }

  await test("rights typed by keyboard alone, with one period", async () => {
    await page.goto("/droits");
    await page.getByLabel("Date de naissance").focus();
    await page.getByLabel("Date de naissance").fill("1970-05-01");
    for (const [label, value] of [["Premier mois", "2000-01"], ["Dernier mois", "2026-09"], ["Salaire mensuel (F CFA)", "150 000"]]) {
      await page.getByLabel(label).first().fill(value);
    }
    await page.getByLabel("Salaire mensuel (F CFA)").first().press("Enter");
    const normal = page.locator(".rights > li").filter({ has: page.getByRole("heading", { name: "Pension normale" }) });
    await normal.waitFor();
    // Sixty on 1 May 2030; paid from the first of the month that follows.
    assert.match(await normal.innerText(), /Pas encore[\s\S]*1er\smai 2030[\s\S]*1er\sjuin 2030/);
    assert.equal(await page.locator("#from_1").inputValue(), "2000-01");
  });

  await test("rights refused: every fault at its field, what was typed is kept", async () => {
    const answer = await page.goto("/droits?birth_date=2023-02-29&date=hier&from_1=2000-13&to_1=&monthly_wage_1=l%27an");
    assert.equal(answer.status(), 422);
    assert.equal(await page.locator(".field.has-error input").count(), 5);
    assert.equal(await page.locator("#monthly_wage_1").inputValue(), "l'an");
    await checkPage(page);
  });

  await test("an insured person's own rights, from the declared months", async () => {
    const own = await person(portal, { viewport: PHONE });
    const mine = await own.newPage();
    await login(mine, portal.logins.workers[0]);
    await mine.goto("/assure");
    await mine.getByRole("main").getByRole("link", { name: /Mes droits/ }).click();
    await shown(mine, "Mes droits");
    assert.match(await mine.getByRole("main").innerText(), /mois.* déclarés jusqu'en/);
    assert.ok(await mine.locator(".rights > li").count() >= 5);
    await checkSteps(mine.locator("main"), "own rights");
    await checkPage(mine);
    await shoot(mine, out, "own-rights");
    await mine.getByLabel("Droits à la date du").fill("2045-01-01");
    await mine.getByRole("button", { name: "Voir mes droits" }).click();
    await mine.getByRole("heading", { name: /1er\sjanvier 2045/ }).waitFor();
    const wrong = await mine.goto("/assure/droits?date=1900-01-01");
    assert.equal(wrong.status(), 422);
    await own.close();
  });

  await test("on paper there is the answer, and no form", async () => {
    await page.goto(`/simulateur?caisse=tg&kind=normal&${asked}&monthly_wage=200000`);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("form").filter({ visible: true }).count(), 0);
    assert.ok(await page.locator(".steps").first().isVisible());
    await page.emulateMedia({ media: null });
  });

  await test("on paper every chapter is open, without JavaScript too", async () => {
    const plain = await person(portal, { viewport: PHONE, javaScriptEnabled: false });
    const bare = await plain.newPage();
    await bare.goto("/regles?caisse=ma");
    assert.equal(await bare.getByRole("table").first().isVisible(), false);
    await bare.emulateMedia({ media: "print" });
    for (const table of await bare.getByRole("table").all()) assert.ok(await table.isVisible());
    await plain.close();
  });

  await test("all of it without JavaScript", async () => {
    const plain = await person(portal, { viewport: PHONE, javaScriptEnabled: false });
    const bare = await plain.newPage();
    await bare.goto("/droits?caisse=ma");
    await bare.getByLabel("Date de naissance").fill("1964-05-01");
    await bare.getByRole("button", { name: "Voir mes droits" }).click();
    assert.ok(await bare.locator(".rights > li").count() >= 5);
    await bare.goto("/regles?caisse=dj");
    await bare.getByLabel("Textes publiés au plus tard le").fill("2019-01-01");
    await bare.getByRole("button", { name: "Afficher" }).click();
    assert.match(await bare.getByRole("main").innerText(), /Tel qu'on connaissait le droit le 1er\sjanvier 2019/);
    await plain.close();
  });

  await test("nothing went wrong in the browser's console", () => {
    assert.deepEqual(context.faults.filter((fault) => !/status of 4\d\d/.test(fault)), []);
  });
  await context.close();
}
