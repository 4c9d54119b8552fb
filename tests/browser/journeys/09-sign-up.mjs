// Having an account, in a browser: signing up on a phone, with and without scripts, and a forgotten
// password; the rules of a password are marked while one types.
import assert from "node:assert/strict";
import { checkPage } from "../lib/accessible.mjs";
import { PHONE, logout, person, shoot, shown, tryLogin } from "../lib/browser.mjs";
import { codeIn, nextMessage } from "../lib/messages.mjs";
import { PASSWORD } from "../lib/portal.mjs";

export const title = "Signing up and recovering a password";

const CHOSEN = "le car de six heures";

async function fill(page, fields) {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: false }).first().fill(text);
}

export async function run({ portal, out, step, test }) {
  const context = await person(portal, { viewport: PHONE });
  const page = await context.newPage();
  const email = "afi.kpade@cabinet.example";

  await step("the start page and the login lead to the ways in", async () => {
    await page.goto("/");
    await page.getByRole("heading", { name: "Inscription sur les Services en ligne" }).waitFor();
    await page.goto("/connexion");
    await page.getByRole("link", { name: "Créer mon compte" }).click();
    await shown(page, "Inscription sur les Services en ligne");
    await page.getByText("Si vous aviez un compte sur l'ancien site").waitFor();
    await shoot(page, out, "sign-up-ways");
    await checkPage(page);
    await page.setViewportSize(PHONE);
  });

  await step("a form with faults says all of them, and keeps what was typed", async () => {
    await page.getByRole("link", { name: /^Mandataire/ }).click();
    await shown(page, "Création de compte : Mandataire");
    await fill(page, { "Adresse mail": "afi.kpade@cabinet", Nom: "Kpadé", Prénoms: "Afi", Téléphone: "+33 6 12 34 56 78" });
    await page.locator("#password").fill("court");
    await page.locator("#password_again").fill("autre");
    const least = page.locator("[data-rule=password_too_short]");
    assert.equal(await least.getAttribute("data-state"), "open");
    await page.locator("#password").fill(CHOSEN);
    assert.equal(await least.getAttribute("data-state"), "met", "ticked off while one types");
    assert.match(await least.innerText(), /8 caractères au moins/);
    await page.locator("form.card").evaluate((form) => { form.noValidate = true; });
    await page.getByRole("button", { name: "S'enregistrer" }).click();
    await page.getByRole("alert").waitFor();
    assert.equal(await page.locator("[data-error-summary] li").count(), 3);
    assert.ok(await page.locator("[data-error-summary]").evaluate((box) => box === document.activeElement), "the summary is read first");
    assert.equal(await page.locator("#phone").inputValue(), "+33 6 12 34 56 78");
    assert.equal(await page.locator("#password").inputValue(), "", "a password is typed again");
    await shoot(page, out, "sign-up-faults");
    await checkPage(page);
    await page.setViewportSize(PHONE);
  });

  await step("the code leads on: wrong, loaded again, then right with spaces", async () => {
    await fill(page, { "Adresse mail": email, Téléphone: "90 44 55 66" });
    await page.locator("#password").fill(CHOSEN);
    await page.locator("#password_again").fill(CHOSEN);
    await page.getByRole("button", { name: "S'enregistrer" }).dblclick();
    await shown(page, "Validation");
    const code = codeIn(await nextMessage(portal, email, "code"));
    await shoot(page, out, "sign-up-code");
    await page.getByLabel("Code de vérification").fill(String((Number(code) + 1) % 1e6).padStart(6, "0"));
    await page.getByRole("button", { name: "Soumettre" }).click();
    await page.getByText("Essais restants").first().waitFor();
    await page.reload();
    assert.match(await page.locator("main").innerText(), /Essais restants\s:\s4/, "loading again is no try");
    await page.getByRole("button", { name: "Renvoyer le code" }).click();
    await page.getByText(/Patientez \d+ secondes/).waitFor();
    await page.getByText("Corriger mon numéro ou mon adresse").click();
    await page.getByLabel("Autre numéro de téléphone").fill("+33 6 12 34 56 78");
    await page.getByRole("button", { name: "Envoyer un nouveau code" }).click();
    await page.getByText("Ce numéro est celui d'un autre pays").first().waitFor();
    await shoot(page, out, "sign-up-correct");
    await checkPage(page);
    await page.setViewportSize(PHONE);
    await page.goto(page.url().replace("/correction", ""));
    await page.getByLabel("Code de vérification").fill(` ${code.slice(0, 3)} ${code.slice(3)}`);
    await page.getByRole("button", { name: "Soumettre" }).click();
    await shown(page, "Inscription enregistrée");
    await shoot(page, out, "sign-up-done");
    await checkPage(page);
    await page.goBack();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.reload();
    await shown(page, "Inscription enregistrée");
  });

  await step("the account opens, and a forgotten password is chosen anew", async () => {
    await tryLogin(page, email, CHOSEN);
    await page.getByRole("button", { name: "Déconnexion" }).click();
    await page.goto("/connexion");
    await page.getByRole("link", { name: "Mot de passe oublié ?" }).click();
    await shown(page, "Mot de passe oublié");
    await page.getByLabel("Identifiant (Email)").fill(email);
    await page.getByText("Par e-mail").click();
    await shoot(page, out, "recovery");
    await checkPage(page);
    const before = (await nextMessage(portal, email, "code")).number;
    await page.getByRole("button", { name: "Continuer" }).click();
    await shown(page, "Validation");
    await page.getByText("Si un compte correspond à cet identifiant").waitFor();
    await shoot(page, out, "recovery-code");
    const told = await nextMessage(portal, email, "code", before);
    await page.getByLabel("Code de vérification").fill(codeIn(told));
    await page.keyboard.press("Enter");
    await shown(page, "Nouveau mot de passe");
    await shoot(page, out, "recovery-password");
    await checkPage(page);
    await page.getByLabel("Nouveau mot de passe").fill("la pirogue de minuit");
    await page.getByLabel("Confirmation du mot de passe").fill("la pirogue de minuit");
    await page.getByRole("button", { name: "Valider" }).click();
    await page.getByText("Votre mot de passe est changé").waitFor();
    await tryLogin(page, email, "la pirogue de minuit");
    await page.getByRole("button", { name: "Déconnexion" }).waitFor();
  });

  await test("whoever had an account on the former site logs in with the name that he had there", async () => {
    const before = await person(portal);
    const old = await before.newPage();
    await tryLogin(old, "k.akakpo", "faux mot de passe");
    await old.getByRole("alert").waitFor();
    // The first time the hash of the former site is read, from then on the portal's own.
    for (const visit of ["first", "second"]) {
      await tryLogin(old, "k.akakpo", PASSWORD);
      await shown(old, "Tableau de bord");
      await shoot(old, out, `former-site-${visit}`);
      await logout(old);
    }
    await before.close();
  });

  await test("without scripts a holder signs up all the same, with the keyboard alone", async () => {
    const bare = await person(portal, { viewport: PHONE, javaScriptEnabled: false });
    const plain = await bare.newPage();
    await plain.goto("/inscription/insured");
    await plain.getByText("8 caractères au moins").waitFor();
    const typed = { insured_number: "975650", employer_number: "EMP-000101", surname: "Lawson-Hellu", forenames: "Têtê Ambroise", email: "ambroise@exemple.tg", phone: "91 22 33 44", birth_date: "1965-08-02", password: CHOSEN, password_again: CHOSEN };
    await plain.locator("#insured_number").focus();
    for (const [name, text] of Object.entries(typed)) {
      const field = plain.locator(`#${name}`);
      assert.ok(await field.evaluate((input) => input === document.activeElement), `${name} comes by the keyboard`);
      if (name === "birth_date") await field.fill(text); else await plain.keyboard.type(text);
      // A date has parts of its own.
      for (let n = 0; n < 5; n += 1) {
        await plain.keyboard.press("Tab");
        if (!await field.evaluate((input) => input === document.activeElement)) break;
      }
    }
    await plain.keyboard.press("Enter");
    await shown(plain, "Validation");
    await plain.locator("#code").fill(codeIn(await nextMessage(portal, "ambroise@exemple.tg", "code")));
    await plain.getByRole("button", { name: "Soumettre" }).click();
    await plain.getByText("Vous serez notifié par e-mail une fois votre compte activé").waitFor();
    await tryLogin(plain, "ambroise@exemple.tg", CHOSEN);
    await plain.getByText("Votre compte n'est pas encore activé").waitFor();
    await bare.close();
  });

  await test("nothing went wrong in the console, and no other host was asked", () => {
    assert.deepEqual(context.faults.filter((fault) => !/status of 4(22|03)/.test(fault)), []);
  });
  await context.close();
}
