// An employer gets a reference, pays it at a bank, and keeps the receipt.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { checkPage } from "../lib/accessible.mjs";
import { Bank } from "../lib/bank.mjs";
import { login, PHONE, person, shoot, shown } from "../lib/browser.mjs";
import { digits } from "../lib/workbook.mjs";

export const title = "From a reference to a receipt";

const BUTTON = "Générer le numéro de référence";

export async function run({ portal, out, step, test }) {
  // The employer that is behind with its payments.
  const late = portal.logins.employers.find((name) => name.startsWith("batiments")) ?? portal.logins.employers.at(-1);
  const context = await person(portal);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  const amount = () => page.getByLabel("Montant à verser");
  const references = () => page.locator("section[aria-labelledby=references] tbody tr");
  const open = () => page.locator("section[aria-labelledby=ouvertes] tbody tr");
  let reference;

  await step("« Payer » proposes what is overdue", async () => {
    await login(page, late);
    await page.goto("/employeur/compte");
    const overdue = digits(await page.locator("dl.figures > div", { hasText: "Échu" }).locator("dd .money").innerText());
    assert.ok(overdue > 0, "this employer is behind");
    await page.getByRole("link", { name: "Payer", exact: true }).click();
    await shown(page, "Paiement de cotisation");
    assert.equal(digits(await amount().inputValue()), overdue);
    assert.equal(await references().count(), 0);
    await checkPage(page);
    await shoot(page, out, "payment-form");
  });

  await step("a wrong amount is told beside its field, and kept", async () => {
    for (const [typed, told] of [["0", /supérieur à zéro/], ["beaucoup", /pas un montant/], ["12,5", /pas de centimes/], ["9 999 999 999 999", /dépasse/]]) {
      await amount().fill(typed);
      await page.getByRole("button", { name: BUTTON }).click();
      await page.locator("[data-error-summary]").waitFor();
      assert.match(await page.locator("#amount-error").innerText(), told, typed);
      assert.equal(await amount().inputValue(), typed);
    }
    await checkPage(page);
    await shoot(page, out, "payment-refused");
  });

  await step("two clicks give one reference", async () => {
    await amount().fill("150 000");
    await page.getByRole("button", { name: BUTTON }).dblclick();
    await shown(page, "Votre référence de paiement");
    reference = (await page.locator("#reference").innerText()).trim();
    assert.match(page.url(), new RegExp(`/employeur/paiement/${reference}$`));
    assert.match(await page.locator("main").innerText(), /150\s000/);
    await page.goto("/employeur/paiement");
    assert.equal(await references().count(), 1);
    assert.match(await references().first().innerText(), /À payer/);
    assert.equal(await open().count(), 1);
    assert.match(await open().first().innerText(), new RegExp(reference), "what is to be paid is listed first");
  });

  await step("without JavaScript two clicks give one reference too", async () => {
    const plain = await person(portal, { javaScriptEnabled: false });
    const bare = await plain.newPage();
    await login(bare, late);
    await bare.goto("/employeur/paiement");
    const form = { csrf: await bare.locator("main form [name=csrf]").inputValue(), request_key: await bare.locator("[name=request_key]").inputValue(), amount: "7 000" };
    const answers = await Promise.all([1, 2, 3].map(() => plain.request.post("/employeur/paiement", { form, maxRedirects: 0 })));
    assert.deepEqual([...new Set(answers.map((a) => `${a.status()} ${a.headers().location}`))].length, 1);
    assert.equal(answers[0].status(), 303);
    const changed = await plain.request.post("/employeur/paiement", { form: { ...form, amount: "8 000" }, maxRedirects: 0 });
    assert.equal(changed.status(), 409);
    assert.match(await changed.text(), /autre montant/);
    const forged = await plain.request.post("/employeur/paiement", { form: { ...form, csrf: "x", request_key: randomUUID() }, maxRedirects: 0 });
    assert.equal(forged.status(), 403);
    await bare.getByLabel("Montant à verser").fill("9 000");
    await bare.getByRole("button", { name: BUTTON }).click();
    await bare.waitForURL(/employeur\/paiement$/);
    assert.match(await bare.locator("#amount-error").innerText(), /autre montant/, "the key of this page was used");
    await bare.getByRole("button", { name: BUTTON }).click();
    await shown(bare, "Votre référence de paiement");
    await bare.goto("/employeur/paiement");
    assert.equal(await bare.locator("section[aria-labelledby=references] tbody tr").count(), 3);
    await plain.close();
  });

  await step("going back and sending again gives another reference only when asked", async () => {
    await page.goto("/employeur/paiement");
    await amount().fill("6 000");
    await page.getByRole("button", { name: BUTTON }).click();
    await shown(page, "Votre référence de paiement");
    const first = await page.locator("#reference").innerText();
    await page.reload();
    assert.equal(await page.locator("#reference").innerText(), first, "a reload asks for nothing");
    await page.goBack();
    await shown(page, "Paiement de cotisation");
    await page.goForward();
    assert.equal(await page.locator("#reference").innerText(), first);
    await page.goto("/employeur/paiement");
    assert.equal(await references().count(), 4);
  });

  await step("the reference is large, can be copied and printed", async () => {
    await page.goto(`/employeur/paiement/${reference}`);
    await checkPage(page);
    await shoot(page, out, "payment-reference");
    await page.getByRole("button", { name: "Copier la référence" }).click();
    await page.getByText("Référence copiée").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), reference);
    const size = await page.locator("#reference").evaluate((e) => parseFloat(getComputedStyle(e).fontSize));
    assert.ok(size >= 30, `${size} px`);
    await page.setViewportSize(PHONE);
    const lines = await page.locator("#reference").evaluate((e) => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight));
    assert.ok(lines < 1.5, "on one line on a phone");
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator("#reference").isVisible() && !await page.getByRole("button", { name: "Imprimer" }).isVisible());
    await page.screenshot({ path: `${out}/payment-reference-print.png`, fullPage: true });
    await page.emulateMedia({ media: null });
  });

  await test("nobody else sees it", async () => {
    const stranger = await person(portal);
    const other = await stranger.newPage();
    await login(other, portal.logins.employers.find((name) => name !== late));
    for (const path of [`/employeur/paiement/${reference}`, `/employeur/paiement/${reference}/quittance`, "/employeur/paiement/00000-00000", "/employeur/paiement/x"]) {
      assert.equal((await other.goto(path)).status(), 404, path);
    }
    await stranger.close();
    assert.equal((await page.request.get(`/employeur/paiement/${reference}/quittance`)).status(), 404, "no receipt before the payment");
  });

  await step("the bank says that it is paid: the account shows it, the receipt is there", async () => {
    const paid = await new Bank(portal).notice({ transaction: randomUUID(), reference, amount: "150000" });
    assert.equal(paid.status, 200, paid.text);
    await page.goto("/employeur/compte");
    const line = page.locator("section", { hasText: "Historique des paiements" }).locator("tr", { hasText: reference });
    assert.equal(digits(await line.locator("td.num").innerText()), 150_000);
    await line.getByRole("link").click();
    await shown(page, "Référence payée");
    await checkPage(page);
    await shoot(page, out, "payment-paid");
    await page.getByRole("link", { name: "Voir la quittance" }).click();
    await shown(page, "Quittance de paiement");
    const said = (await page.locator("main").innerText()).replace(/\s/g, " ");
    for (const part of [`Q-${reference}`, "150 000", "BTCI"]) assert.ok(said.includes(part), `${part} in ${said}`);
    await checkPage(page);
    await shoot(page, out, "payment-receipt");
    await page.emulateMedia({ media: "print" });
    await page.screenshot({ path: `${out}/payment-receipt-print.png`, fullPage: true });
    await page.emulateMedia({ media: null });
    await page.goto("/employeur/paiement");
    assert.match(await references().filter({ hasText: reference }).innerText(), /Payée/);
    assert.equal(await open().filter({ hasText: reference }).count(), 0, "what is paid is not to be paid");
    await shoot(page, out, "payment-list");
  });

  await test("nothing went wrong in the browser", () => {
    assert.deepEqual(context.faults.filter((fault) => !/status of 422/.test(fault)), []);
  });
  await context.close();
}
