// Every page works in a browser that runs no script.
import assert from "node:assert/strict";
import { login, logout, openQuarters, person, shoot, shown } from "../lib/browser.mjs";
import { digits } from "../lib/workbook.mjs";

export const title = "Everything works without JavaScript";

export async function run({ portal, out, step }) {
  const context = await person(portal, { javaScriptEnabled: false });
  const page = await context.newPage();
  const wages = () => page.locator('input[name*=".wage"]');
  let quarter;

  await step("the simulator answers, and its steps can be opened", async () => {
    await page.goto("/simulateur");
    await page.locator("#birth_date").fill("1964-05-01");
    await page.locator("#award_date").fill("2024-06-01");
    await page.locator("#from").fill("1994-06");
    await page.locator("#to").fill("2024-05");
    await page.locator("#monthly_wage").fill("200 000");
    await page.getByRole("button", { name: "Simuler ma pension" }).click();
    assert.equal(digits(await page.locator(".result .panel-figure").innerText()), 79_900);
    await shoot(page, out, "no-script-simulator");
  });

  await step("logging in", async () => {
    await page.goto("/connexion");
    assert.equal(await page.getByText("Afficher le mot de passe").count(), 0, "no button that nothing stands behind");
    await login(page, portal.logins.employers[0]);
    quarter = (await openQuarters(page))[0];
  });

  await step("a file that is no workbook is refused beside its field", async () => {
    await page.goto(`/employeur/dnr/${quarter}/fichier`);
    await page.locator("#file").setInputFiles({ name: "salaires.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n") });
    await page.getByRole("button", { name: "Envoyer le fichier" }).click();
    assert.match(await page.locator("#file-error").innerText(), /pas un classeur Excel/);
    await shoot(page, out, "no-script-upload-refused");
  });

  await step("a draft is saved and found again", async () => {
    await page.goto(`/employeur/dnr/${quarter}/saisie`);
    await wages().first().fill("81 000");
    await page.getByRole("button", { name: "Enregistrer le brouillon" }).last().click();
    await shown(page, "Remplir les DNR en ligne");
    await page.goto(`/employeur/dnr/${quarter}/saisie`);
    assert.equal(digits(await wages().first().inputValue()), 81_000);
  });

  await step("a worker is added and removed", async () => {
    const before = await page.locator("ol.rows > li").count();
    await page.getByRole("button", { name: "Ajouter un travailleur" }).click();
    await shown(page, "Remplir les DNR en ligne");
    const added = page.locator("ol.rows > li", { hasText: "nouveau" });
    assert.equal(await added.count(), 1);
    assert.equal(digits(await wages().first().inputValue()), 81_000, "what was typed stays");
    await added.getByRole("button", { name: /Retirer/ }).click();
    assert.equal(await page.locator("ol.rows > li").count(), before);
  });

  await step("faults are listed, then the declaration is filed", async () => {
    const fields = await wages().all();
    for (const field of fields) await field.fill("80000");
    await fields[0].fill("quatre-vingt mille");
    await page.getByRole("button", { name: "Vérifier et continuer" }).click();
    await page.locator("[data-error-summary]").waitFor();
    assert.equal(await wages().first().inputValue(), "quatre-vingt mille");
    await wages().first().fill("80000");
    await page.getByRole("button", { name: "Vérifier et continuer" }).click();
    await shown(page, "Vérifier avant de déposer");
    await page.getByRole("button", { name: "Déposer la déclaration" }).click();
    await page.getByRole("heading", { name: "Récépissé" }).waitFor();
    await shoot(page, out, "no-script-receipt");
  });

  await step("what was filed is corrected, and both stand in the history", async () => {
    await page.goto(`/employeur/dnr/${quarter}`);
    await page.getByRole("button", { name: "Corriger" }).click();
    await shown(page, "Remplir les DNR en ligne");
    assert.equal(digits(await wages().first().inputValue()), 80_000, "the lines that were filed");
    await wages().first().fill("90000");
    await page.getByRole("button", { name: "Vérifier et continuer" }).click();
    await shown(page, "Vérifier avant de déposer");
    await page.getByRole("button", { name: "Déposer" }).click();
    await page.getByRole("heading", { name: "Récépissé" }).waitFor();
    assert.equal(await page.locator("section:has(#revisions) tbody tr").count(), 2);
    await shoot(page, out, "no-script-correction");
  });

  await step("logging out", () => logout(page));
  await context.close();
}
