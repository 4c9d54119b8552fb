// One browser for all the journeys, and what people do in every one of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { PASSWORD } from "./portal.mjs";

export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 900 };

let browser;

async function launched() {
  browser ??= await chromium.launch({
    executablePath: execFileSync("bash", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/** The pages that are open when a check fails; gives the text of the last one. */
export async function shootOpen(out, name) {
  const pages = browser?.contexts().flatMap((context) => context.pages()) ?? [];
  let shown = "";
  for (const [i, page] of pages.entries()) {
    await page.screenshot({ path: join(out, `failed-${name}-${i}.png`) }).catch(() => {});
    shown = await page.locator("main").innerText({ timeout: 1000 }).catch(() => "");
  }
  return shown;
}

/** A person's browser, with all that went wrong in its console or was asked of other hosts. */
export async function person(portal, options = {}) {
  const context = await (await launched()).newContext({
    baseURL: portal.url, locale: "fr-FR", viewport: DESK, reducedMotion: "reduce", acceptDownloads: true, ...options,
  });
  context.setDefaultTimeout(10_000);
  context.faults = [];
  context.on("console", (message) => {
    if (message.type() === "error") context.faults.push(`console: ${message.text()} (${message.page()?.url()})`);
  });
  context.on("weberror", (error) => context.faults.push(`script: ${error.error().message}`));
  context.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== portal.url) context.faults.push(`asked of another host: ${request.url()}`);
  });
  return context;
}

/** Fills in the form of /connexion, whatever the outcome. */
export async function tryLogin(page, login, password = PASSWORD) {
  await page.goto("/connexion");
  await page.getByLabel("Identifiant (Email)").fill(login);
  await page.getByLabel("Mot de passe").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Connexion à mon espace" }).click();
}

/** Logs in and arrives in one's space. */
export async function login(page, who) {
  await tryLogin(page, who);
  await shown(page, "Tableau de bord");
}

export async function logout(page) {
  await page.getByRole("button", { name: "Déconnexion" }).click();
  await page.getByRole("navigation").getByRole("link", { name: "Connexion" }).waitFor();
}

/** Waits until the page with this heading is shown. */
export const shown = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

/** The pictures of a page on a phone and on a desk. */
export async function shoot(page, out, name) {
  const before = page.viewportSize();
  for (const size of [PHONE, DESK]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: join(out, `${name}-${size.width}.png`), fullPage: true });
  }
  await page.setViewportSize(before);
}

/** The quarters in the list of declarations that can be filed and are not: « 2026-T2 ». */
export async function openQuarters(page) {
  await page.goto("/employeur/dnr");
  const rows = page.locator("tbody tr");
  const open = [];
  for (const row of await rows.all()) {
    const state = await row.locator(".tag").innerText();
    const href = await row.locator("a").first().getAttribute("href");
    if (/à déclarer|à déposer|brouillon/i.test(state)) open.push(href.match(/\d{4}-T[1-4]/)[0]);
  }
  assert.ok(open.length, "no quarter waits to be filed");
  return open;
}

/**
 * What an employer sees beyond the menu: the grid, a file that is refused, a quarter that is filed, a
 * reference to pay by. `look` is called on each with its name.
 */
export async function employersOwnPages(page, look) {
  const [open] = await openQuarters(page);
  const filed = page.locator("tbody tr").filter({ has: page.locator(".tag", { hasText: "Déposée" }) });
  const standing = await filed.first().locator("a").first().getAttribute("href");
  await page.goto(`/employeur/dnr/${open}/saisie`);
  await page.locator("main input:visible").first().waitFor();
  await look("grid");
  await page.goto(`/employeur/dnr/${open}/fichier`);
  await page.locator("#file").setInputFiles({ name: "salaires.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7") });
  await page.getByRole("button", { name: "Envoyer le fichier" }).click();
  await page.locator(".errors, #file-error:visible").first().waitFor();
  assert.match(await page.locator("main").innerText(), /modèle de déclaration|\.xlsx/);
  await look("file-refused");
  await page.goto(standing);
  await page.getByRole("heading", { name: "Récépissé" }).waitFor();
  assert.match(await page.locator("main").innerText(), /REC-\d{4}T[1-4]-/);
  await look("filed");
  await page.goto("/employeur/paiement");
  await page.locator("#amount").fill("1200");
  await page.getByRole("button", { name: "Générer le numéro de référence" }).click();
  await page.waitForURL(/\/employeur\/paiement\/[0-9A-Z-]+$/);
  await look("reference");
}

/**
 * Opens every fold inside and checks that each calculation names its source and how sure it is.
 * A plain sum of figures that the page itself shows needs no source: `sourced` is then false.
 */
export async function checkSteps(scope, what, { sourced = true } = {}) {
  const lists = await scope.locator("ol.steps:not(.plain)").all();
  assert.ok(lists.length, `${what}: no calculation is shown`);
  await scope.page().evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  for (const list of lists) {
    const steps = await list.locator(":scope > li").all();
    assert.ok(steps.length, `${what}: a calculation without steps`);
    for (const step of steps) {
      const text = (await step.innerText()).replace(/\s+/g, " ");
      assert.ok(await step.locator(".step-value").innerText(), `${what}: a step without value: ${text}`);
      if (!sourced) continue;
      assert.equal(await step.locator(".step-source .rel").count(), 1, `${what}: no reliability: ${text}`);
      const source = (await step.locator(".step-source").innerText()).replace(await step.locator(".rel").innerText(), "").trim();
      assert.ok(source.length > 3, `${what}: no source: ${text}`);
    }
  }
}
