// Filling a declaration on line: what is typed is never lost.
import assert from "node:assert/strict";
import { login, logout, openQuarters, person, shoot, shown } from "../lib/browser.mjs";
import { digits } from "../lib/workbook.mjs";

export const title = "A draft survives a lost connection";

const SAVED = /^Brouillon enregistré à \d{2}\sh\s\d{2}/;
const wage = (page, row = 0, month = 1) => page.locator(`[name="rows[${row}].wage${month}"]`);

/** Waits until the state of the draft reads so. */
async function says(page, expected) {
  const state = () => page.locator("[data-draft-status]").innerText();
  for (let tenths = 0; tenths < 150; tenths += 1) {
    if (expected.test((await state()).trim())) return;
    await page.waitForTimeout(100);
  }
  assert.match(await state(), expected);
}

/** Keeps each state that the draft was in, for those that pass while nobody looks. */
function keepStates() {
  window.states = [];
  addEventListener("DOMContentLoaded", () => {
    const status = document.querySelector("[data-draft-status]");
    const keep = () => window.states.push(status.innerText.trim());
    if (status) new MutationObserver(keep).observe(status, { childList: true, characterData: true, subtree: true });
  });
}

/** Waits until the state of the draft read so, be it another by now. */
const said = (page, expected) => page.waitForFunction((source) => window.states.some((state) => new RegExp(source).test(state)), expected.source);

/** Holds what a page sends until the function that it gives is called. */
async function holdSaves(page) {
  let release;
  const held = new Promise((done) => { release = done; });
  await page.route("**/*", async (route) => {
    if (route.request().method() === "POST") await held;
    await route.continue();
  });
  return release;
}

export async function run({ portal, out, step }) {
  const context = await person(portal);
  await context.addInitScript(keepStates);
  let page = await context.newPage();
  let address;
  const open = async (tab = page) => {
    await tab.goto(address);
    await shown(tab, "Remplir les DNR en ligne");
  };

  await step("what is typed is saved by itself", async () => {
    await login(page, portal.logins.employers[0]);
    address = `/employeur/dnr/${(await openQuarters(page))[0]}/saisie`;
    await open();
    await wage(page).pressSequentially("61000");
    await said(page, /^Modifications gardées/);
    await says(page, SAVED);
    await open();
    assert.equal(digits(await wage(page).inputValue()), 61_000);
    await shoot(page, out, "draft");
  });

  await step("off line, the page says so and keeps what is typed for the next visit", async () => {
    await context.setOffline(true);
    await wage(page).fill("62 000");
    await wage(page, 1).fill("63000");
    await says(page, /^Hors connexion/);
    await shoot(page, out, "draft-offline");
    await page.close();
    await context.setOffline(false);
    page = await context.newPage();
    // Once it is saved, nothing is left to be told of it.
    const release = await holdSaves(page);
    await open();
    assert.equal(digits(await wage(page).inputValue()), 62_000);
    assert.equal(digits(await wage(page, 1).inputValue()), 63_000);
    await page.getByText("Saisie retrouvée").waitFor();
    await shoot(page, out, "draft-found");
    release();
    await says(page, SAVED);
    await open();
    assert.equal(digits(await wage(page, 1).inputValue()), 63_000, "the portal has it too");
    assert.equal(await page.getByText("Saisie retrouvée").count(), 0);
  });

  await step("back on line, the page saves without being asked", async () => {
    await context.setOffline(true);
    await wage(page).fill("64000");
    await says(page, /^Hors connexion/);
    await context.setOffline(false);
    await says(page, SAVED);
  });

  await step("of two tabs, the second is told of the conflict and loses nothing", async () => {
    const other = await context.newPage();
    await open();
    await open(other);
    await wage(page).fill("65000");
    await says(page, SAVED);
    await wage(other, 1).fill("66000");
    await says(other, /^Ce brouillon a été modifié ailleurs/);
    assert.equal(digits(await wage(other, 1).inputValue()), 66_000);
    await shoot(other, out, "draft-conflict");
    await other.getByRole("button", { name: "Voir la version récente" }).click();
    await other.getByText("Une saisie plus ancienne est gardée sur cet appareil").waitFor();
    assert.equal(digits(await wage(other).inputValue()), 65_000, "the recent version is shown");
    await other.getByRole("button", { name: "Reprendre ma saisie" }).click();
    assert.equal(digits(await wage(other, 1).inputValue()), 66_000, "what was typed comes back");
    await says(other, SAVED);
    await other.close();
  });

  await step("faults stand beside their fields, and what was typed stays", async () => {
    await open();
    await wage(page).fill("40000");
    await wage(page, 1).fill("1 234,56");
    await page.getByRole("button", { name: "Vérifier et continuer" }).click();
    await page.locator("[data-error-summary]").waitFor();
    assert.ok(await page.evaluate(() => document.activeElement?.hasAttribute("data-error-summary")), "the summary has the focus");
    assert.match(await page.title(), /^Erreur/);
    assert.equal((await wage(page).inputValue()).replace(/\s/g, ""), "40000");
    assert.equal((await wage(page, 1).inputValue()).replace(/\s/g, ""), "1234,56");
    for (const [field, words] of [[wage(page), /SMIG/], [wage(page, 1), /centimes/]]) {
      assert.equal(await field.getAttribute("aria-invalid"), "true");
      assert.match(await page.locator(`#${await field.getAttribute("aria-describedby")}`).innerText(), words);
    }
    await shoot(page, out, "draft-faults");
    await page.locator("[data-error-summary] a").first().click();
    assert.match(await page.evaluate(() => document.activeElement?.getAttribute("name") ?? ""), /^rows\[0\]\./, "the summary leads to the field");
  });

  await step("a corrected form leads to the preview, and the back button to the form", async () => {
    await fillAll(page);
    await page.getByRole("button", { name: "Vérifier et continuer" }).click();
    await shown(page, "Vérifier avant de déposer");
    await page.goBack();
    await shown(page, "Remplir les DNR en ligne");
    assert.equal(digits(await wage(page).inputValue()), 70_000);
    await wage(page).fill("71000");
    await page.getByRole("button", { name: "Vérifier et continuer" }).click();
    await page.locator("h1").waitFor();
    assert.match(await page.locator("h1").innerText(), /Vérifier avant de déposer|Remplir les DNR en ligne/);
    await open();
    assert.ok([70_000, 71_000].includes(digits(await wage(page).inputValue())));
  });

  await step("nothing is left on the device after logging out", async () => {
    await wage(page).fill("72000");
    await logout(page);
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  });

  await step("nothing went wrong in the console", () => {
    const wrong = context.faults.filter((fault) => !/ERR_INTERNET_DISCONNECTED|status of (409|422)/.test(fault));
    assert.deepEqual(wrong, []);
  });
  await context.close();
}

/** The same wage everywhere, on every page of workers. */
export async function fillAll(page) {
  for (;;) {
    for (const field of await page.locator('input[name*=".wage"]').all()) await field.fill("70000");
    const next = page.getByRole("button", { name: /Enregistrer et aller à la page/ });
    if (!await next.count()) return;
    const before = await page.locator('[name="page"]').inputValue();
    await next.click();
    await page.waitForFunction(([b]) => document.querySelector('[name="page"]')?.value !== b, [before]);
  }
}
