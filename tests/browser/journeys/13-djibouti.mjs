// Djibouti in a browser: the charter first, with the keyboard alone; a password whose rules are ticked off while one
// types; an agent who activates; a charter that changed; a theft, and an agent who unblocks.
import assert from "node:assert/strict";
import { checkPage } from "../lib/accessible.mjs";
import { PHONE, employersOwnPages, login, person, shoot, shown, tryLogin } from "../lib/browser.mjs";
import { codeIn, nextMessage } from "../lib/messages.mjs";
import { PASSWORD } from "../lib/portal.mjs";
import { Phone, administrator } from "../lib/second_factor.mjs";

export const title = "Djibouti: signing up after the charter, activation, theft";
export const fund = "dj";

const OWN = "Boutre-de-1000-voiles";
const AICHA = { insured_number: "1992022901362", surname: "Ga'as Mohamed", forenames: "Aïcha", birth_date: "1992-02-29", email: "aicha@exemple.dj", phone: "77 60 11 22" };
const IDRISS = { insured_number: "1985112300578", surname: "Omar Bogoreh", forenames: "Idriss", birth_date: "1985-11-23", email: "idriss@exemple.dj", phone: "+253 77 72 00 01" };

export async function run({ portal, out, step, test }) {
  const context = await person(portal, { viewport: PHONE });
  const page = await context.newPage();
  const office = await person(portal);
  const desk = await office.newPage();
  const look = async (name, on = page) => { const size = on.viewportSize(); await checkPage(on); await shoot(on, out, `dj-${name}`); await on.setViewportSize(size); };
  const press = (name, on = page) => on.getByRole("main").getByRole("button", { name }).click();
  const type = async (fields, on = page) => { for (const [name, text] of Object.entries(fields)) await on.locator(`#${name}`).fill(text); };
  const focused = (on = page) => on.evaluate(() => document.activeElement?.id);

  await step("nothing is asked before the charter, which is read on a phone and signed with the keyboard", async () => {
    await page.goto("/inscription");
    await noOtherCountry(page);
    await page.getByRole("link", { name: /^Assuré/ }).click();
    await shown(page, "Création de compte : Assuré");
    await page.getByRole("heading", { name: /Charte d'utilisation de l'application mobile/ }).waitFor();
    assert.equal(await page.locator("#insured_number").count(), 0);
    await page.getByText("En cas de vol, perte ou utilisation frauduleuse").waitFor();
    const small = await page.locator(".charter p").first().evaluate((p) => parseFloat(getComputedStyle(p).fontSize));
    assert.ok(small >= 16, `${small} px`);
    await look("charter");
    await page.getByRole("button", { name: "Suivant" }).focus();
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focused(), "terms");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.ok(await page.locator("#terms:invalid").count(), "the box is asked for");
    assert.equal(await page.locator("#insured_number").count(), 0);
    await page.locator("#terms").focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("#insured_number").waitFor();
    assert.match(page.url(), /terms=[0-9a-f]{64}$/, "what was signed is that very text");
  });

  await step("ten characters and four kinds are ticked off while one types, by more than a colour", async () => {
    const state = async () => Object.fromEntries(await page.locator("[data-rule]").evaluateAll((rules) => rules.map((rule) => [rule.dataset.rule, rule.dataset.state])));
    for (const [typed, met] of [
      ["boutre", ["password_no_lower"]],
      ["Boutre", ["password_no_lower", "password_no_upper"]],
      ["Boutre1000", ["password_too_short", "password_no_lower", "password_no_upper", "password_no_digit"]],
      ["Boutre-1000", ["password_too_short", "password_no_lower", "password_no_upper", "password_no_digit", "password_no_special"]],
    ]) {
      await page.locator("#password").fill(typed);
      const now = await state();
      for (const rule of ["password_too_short", "password_no_upper", "password_no_lower", "password_no_digit", "password_no_special"]) assert.equal(now[rule] === "met", met.includes(rule), `« ${typed} » ${rule}: ${now[rule]}`);
    }
    await page.locator("#password").fill("Boutre1000");
    assert.ok((await page.locator("[data-rule=password_no_digit] [data-rule-state]").textContent()).trim().length > 2, "said to those who do not see it");
    await look("password-rules");
  });

  await step("faults of the whole form, then the code by SMS and e-mail, then waiting for an agent", async () => {
    await type({ ...AICHA, phone: "06 61 11 22 33", password: "Boutre1000", password_again: "Boutre" });
    await page.locator("form.card").evaluate((form) => { form.noValidate = true; });
    await press("S'enregistrer");
    await page.locator("[data-error-summary]").waitFor();
    assert.equal(await page.locator("[data-error-summary] li").count(), 3, await page.locator("[data-error-summary]").innerText());
    assert.equal(await page.locator("#surname").inputValue(), AICHA.surname);
    assert.equal(await page.locator("#password").inputValue(), "");
    await look("sign-up-faults");
    await type({ phone: AICHA.phone, password: OWN, password_again: OWN });
    await page.getByRole("button", { name: "S'enregistrer" }).dblclick();
    await shown(page, "Validation");
    const told = await nextMessage(portal, AICHA.email, "code");
    assert.equal(told.sms.to, "+25377601122");
    await page.locator("#code").fill(codeIn(told));
    await press("Valider");
    await shown(page, "Inscription enregistrée");
    await page.getByText("Vous serez notifié par e-mail une fois votre compte activé").waitFor();
    await look("signed-up");
    await tryLogin(page, AICHA.email, OWN);
    await page.getByText("Votre compte n'est pas encore activé").waitFor();
  });

  await step("without scripts and with the keyboard, the same: charter, form, code", async () => {
    const bare = await person(portal, { viewport: PHONE, javaScriptEnabled: false });
    const plain = await bare.newPage();
    await plain.goto("/inscription/insured");
    await plain.locator("#terms").focus();
    await plain.keyboard.press("Space");
    await plain.keyboard.press("Tab");
    await plain.keyboard.press("Enter");
    await plain.getByText("10 caractères au moins").waitFor();
    await type({ ...IDRISS, password: OWN, password_again: OWN }, plain);
    await plain.locator("#password_again").focus();
    await plain.keyboard.press("Enter");
    await shown(plain, "Validation");
    await plain.locator("#code").fill(codeIn(await nextMessage(portal, IDRISS.email, "code")));
    await plain.keyboard.press("Enter");
    await shown(plain, "Inscription enregistrée");
    await shoot(plain, out, "dj-without-scripts");
    await bare.close();
  });

  await step("an agent sees both, and activates one", async () => {
    const first = await administrator(portal, "cheffe@caisse.example", "Kadra Cheffe");
    await tryLogin(desk, "cheffe@caisse.example", first);
    await shown(desk, "Votre second facteur");
    await desk.getByText("Vous ne pouvez pas photographier l'image").click();
    const phone = new Phone((await desk.locator(".key").innerText()).replaceAll(" ", ""));
    await desk.getByLabel("Code à six chiffres").fill(await phone.digits());
    await press("Mettre en place", desk);
    await shown(desk, "Vos codes de secours");
    await desk.getByRole("link", { name: "J'ai gardé mes codes" }).click();
    await shown(desk, "Nouveau mot de passe");
    await desk.locator("#password").fill("La cour du grand manguier 7!");
    await desk.locator("#password_again").fill("La cour du grand manguier 7!");
    await press("Valider", desk);
    await desk.getByRole("heading", { level: 1, name: "Votre second facteur" }).waitFor();
    await desk.getByLabel("Code").fill(await phone.digits());
    await press("Continuer", desk);
    await desk.goto("/agent/agents");
    await desk.getByRole("link", { name: "Kadra Cheffe" }).click();
    for (const right of ["Activer les comptes", "Bloquer et débloquer les comptes"]) await desk.getByLabel(right).check();
    await press("Enregistrer", desk);
    await desk.goto("/agent");
    assert.equal(await desk.locator("tbody tr").count(), 2);
    await noOtherCountry(desk);
    await look("agent-waiting", desk);
    await desk.getByRole("link", { name: /Ga'as/ }).click();
    await look("agent-account", desk);
    await desk.getByRole("button", { name: "Activer le compte" }).dblclick();
    await desk.getByRole("status").filter({ hasText: "Le compte est activé" }).waitFor();
    await nextMessage(portal, AICHA.email, "account-activated");
  });

  await step("the holder logs in: the charter that she signed before is not asked again", async () => {
    await tryLogin(page, AICHA.email, OWN);
    await shown(page, "Tableau de bord");
    await noOtherCountry(page);
    await look("dashboard");
    await page.goto("/assure/compte");
    assert.match(await page.locator("main").innerText(), /\d\sFDJ/);
    await look("account");
  });

  await step("a theft is reported: every connection ends, and an agent unblocks", async () => {
    await page.goto("/compte");
    await page.getByRole("link", { name: "Signaler un vol" }).click();
    await page.getByLabel("Vol", { exact: false }).first().check();
    await press("Bloquer mon compte maintenant");
    await shown(page, "Compte bloqué");
    await look("blocked");
    await tryLogin(page, AICHA.email, OWN);
    assert.match(await page.locator("[data-error-summary]").innerText(), /compte est bloqué/);
    await desk.goto("/agent");
    await desk.getByLabel("Identifiant du compte").fill(AICHA.email);
    await press("Chercher", desk);
    await desk.getByText("vol signalé par le titulaire").waitFor();
    await press("Débloquer le compte", desk);
    await desk.getByRole("status").filter({ hasText: "Le compte est débloqué" }).waitFor();
    await nextMessage(portal, AICHA.email, "account-unblocked");
    await tryLogin(page, AICHA.email, OWN);
    await shown(page, "Nouveau mot de passe");
    await page.locator("#password").fill("le car de six heures");
    await page.locator("#password_again").fill("le car de six heures");
    await press("Valider");
    await page.locator("[data-error-summary]").waitFor();
    await page.locator("#password").fill("Dhow-de-2000-voiles");
    await page.locator("#password_again").fill("Dhow-de-2000-voiles");
    await press("Valider");
    await page.getByRole("button", { name: "Déconnexion" }).waitFor();
    await page.goto("/assure");
    await shown(page, "Tableau de bord");
    await page.getByRole("button", { name: "Déconnexion" }).click();
  });

  await step("a charter that changed is asked at the login, and kept once it is signed", async () => {
    await tryLogin(page, portal.logins.workers[1]);
    await page.getByRole("heading", { level: 1, name: /Charte d'utilisation/ }).waitFor();
    await page.goto("/assure");
    await page.getByRole("heading", { level: 1, name: /Charte d'utilisation/ }).waitFor();
    await page.getByLabel("J'ai lu et j'accepte ce texte").focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await shown(page, "Tableau de bord");
    await page.getByRole("button", { name: "Déconnexion" }).click();
    await tryLogin(page, portal.logins.workers[1], PASSWORD);
    await shown(page, "Tableau de bord");
    await page.getByRole("button", { name: "Déconnexion" }).click();
  });

  await test("every page of an employer speaks of francs of Djibouti and of no other country", async () => {
    await login(page, portal.logins.employers[0]);
    for (const [path, name] of [["/employeur", "employer"], ["/employeur/dnr", "declarations"], ["/employeur/compte", "employer-account"], ["/employeur/paiement", "payment"]]) {
      assert.equal((await page.goto(path)).status(), 200, path);
      await noOtherCountry(page);
      await look(name);
    }
  });

  await step("the grid, a refused file, a filed quarter and a reference are this country's too", async () => {
    await employersOwnPages(page, async (name) => { await noOtherCountry(page); await look(`employer-${name}`); });
  }, 120);

  await test("nothing went wrong in the browsers", () => assert.deepEqual([context, office].flatMap((one) => one.faults).filter((fault) => !/status of 4\d\d/.test(fault)), []));
  for (const one of [context, office]) await one.close();
}

async function noOtherCountry(page) {
  const html = await page.content();
  const found = html.match(/Togo|Maroc|F.CFA|\bDH\b|DNR|D\.N\.R|EMP-|\+228/);
  assert.equal(found, null, `${page.url()}: ${found && html.slice(found.index - 60, found.index + 60)}`);
}
