// « Mon compte » and mandates: a new address, devices, a new password; an accountant with two companies.
import assert from "node:assert/strict";
import { checkPage } from "../lib/accessible.mjs";
import { login, person, shoot, shown, tryLogin } from "../lib/browser.mjs";
import { Api } from "../lib/http.mjs";
import { codeIn, nextMessage } from "../lib/messages.mjs";
import { PASSWORD } from "../lib/portal.mjs";

export const title = "One's own account, and acting for companies";

const ACCOUNTANT = { email: "yawa@cabinet.example", surname: "Kpadé", forenames: "Yawa", phone: "90 11 22 33", password: "le car de six heures", password_again: "le car de six heures" };

export async function run({ portal, out, step, test }) {
  const context = await person(portal);
  const page = await context.newPage();
  const [who, other] = portal.logins.employers;
  const press = (name, on = page) => on.getByRole("main").getByRole("button", { name }).click();
  const told = (text, on = page) => on.getByRole("status").filter({ hasText: text }).waitFor();
  const complaint = (on = page) => on.locator("[data-error-summary]").innerText();

  await step("a new address is proved by a code that goes there, and becomes the login", async () => {
    await login(page, portal.logins.workers[0]);
    await page.getByRole("link", { name: "Mon compte" }).click();
    await shown(page, "Mon compte");
    await checkPage(page);
    await shoot(page, out, "own-account");
    await page.getByRole("link", { name: "Changer mon adresse ou mon téléphone" }).click();
    await page.getByLabel("Nouveau téléphone portable").fill("+33 6 12 34 56 78");
    await press("Envoyer un code à ce téléphone");
    await complaint();
    assert.equal(await page.getByLabel("Nouveau téléphone portable").inputValue(), "+33 6 12 34 56 78");
    await checkPage(page);
    await shoot(page, out, "own-contacts");
    await page.getByLabel("Nouvelle adresse électronique").fill("nouvelle@exemple.tg");
    await press("Envoyer un code à cette adresse");
    await shown(page, "Confirmez votre nouveau contact");
    const code = codeIn(await nextMessage(portal, "nouvelle@exemple.tg", "code"));
    await page.reload();
    await page.getByLabel("Code de validation").fill(String((Number(code) + 1) % 1_000_000).padStart(6, "0"));
    await press("Confirmer");
    assert.match(await complaint(), /n'est pas le bon/);
    await checkPage(page);
    await shoot(page, out, "own-contact-code");
    await press("Renvoyer le code");
    assert.match(await complaint(), /\d+/);
    await page.getByLabel("Code de validation").fill(`${code.slice(0, 3)} ${code.slice(3)}`);
    await page.getByRole("button", { name: "Confirmer" }).dblclick();
    await told("Vos coordonnées sont à jour");
    await page.getByText("nouvelle@exemple.tg").first().waitFor();
    await nextMessage(portal, portal.logins.workers[0], "contact-changed");
  });

  await step("a device that is not recognised is ended from here", async () => {
    const stranger = await person(portal);
    const tab = await stranger.newPage();
    await tryLogin(tab, "nouvelle@exemple.tg");
    await shown(tab, "Tableau de bord");
    await page.goto("/compte/appareils");
    await checkPage(page);
    await shoot(page, out, "own-devices");
    await page.getByRole("button", { name: "Terminer cette connexion" }).first().dblclick();
    await told("La connexion est terminée");
    await tab.goto("/assure");
    await shown(tab, "Connexion à mon espace");
    await tryLogin(tab, "nouvelle@exemple.tg");
    await shown(tab, "Tableau de bord");
    await page.reload();
    await press("Terminer toutes les autres connexions");
    await told("Toutes les autres connexions sont terminées");
    await page.getByText("Aucun autre appareil n'est connecté.").waitFor();
    await tab.goto("/assure");
    await shown(tab, "Connexion à mon espace");
    await stranger.close();
  });

  await step("a new password: its rules are ticked off while one types, and all connections end", async () => {
    await page.goto("/compte/mot-de-passe");
    await page.getByLabel("Mot de passe actuel").fill("faux");
    const least = page.locator("[data-rule=password_too_short] [data-rule-state]");
    const shows = page.getByRole("button", { name: "Afficher le mot de passe" });
    assert.equal(await shows.count(), await page.locator("input[type=password]").count(), "each can be looked at");
    assert.equal(await shows.count(), 3);
    await page.locator("#password").fill("sept margouillats");
    const met = await least.textContent();
    await page.locator("#password").fill("court");
    assert.notEqual(await least.textContent(), met, "ticked off while one types");
    await page.locator("#password_again").fill("autre");
    await press("Changer le mot de passe");
    assert.match(await complaint(), /caractères/);
    assert.equal(await page.locator("#password").inputValue(), "", "no password is sent back");
    await checkPage(page);
    await shoot(page, out, "own-password");
    for (const old of ["faux", PASSWORD]) {
      await page.getByLabel("Mot de passe actuel").fill(old);
      await page.locator("#password").fill("sept margouillats au soleil");
      await page.locator("#password_again").fill("sept margouillats au soleil");
      await press("Changer le mot de passe");
      if (old === "faux") assert.match(await complaint(), /n'est pas le bon/);
    }
    await shown(page, "Connexion à mon espace");
    await told("Votre mot de passe est changé");
    await page.goto("/compte");
    await shown(page, "Connexion à mon espace");
    await tryLogin(page, "nouvelle@exemple.tg", "sept margouillats au soleil");
    await shown(page, "Tableau de bord");
  });

  const office = await person(portal);
  const desk = await office.newPage();

  await step("a principal gives a mandate, once however often it is sent", async () => {
    await login(desk, who);
    await desk.goto("/employeur/mandats");
    await desk.getByLabel("Adresse électronique de la personne").fill("yawa@");
    await desk.evaluate(() => document.querySelectorAll("form").forEach((form) => { form.noValidate = true; }));
    await press("Envoyer l'invitation", desk);
    assert.match(await complaint(desk), /Cochez au moins un droit/);
    await checkPage(desk);
    await shoot(desk, out, "mandates-refused");
    await desk.getByLabel("Adresse électronique de la personne").fill(ACCOUNTANT.email);
    await desk.getByLabel("Déclarer").check();
    await desk.getByRole("button", { name: "Envoyer l'invitation" }).dblclick();
    await told("L'invitation est envoyée", desk);
    await nextMessage(portal, ACCOUNTANT.email, "mandate-offered");
    await desk.reload();
    assert.equal(await desk.locator("tbody tr").count(), 1);
    await checkPage(desk);
    await shoot(desk, out, "mandates-given");
  });

  const cabinet = await person(portal);
  const tab = await cabinet.newPage();

  await step("the accountant takes both mandates up and changes company, whose name stands above every page", async () => {
    const api = new Api(portal);
    const asked = await api.call("POST", "/api/v1/sign-up/mandatary", { json: ACCOUNTANT });
    const code = codeIn(await nextMessage(portal, ACCOUNTANT.email, "code"));
    await api.call("POST", `/api/v1/codes/${asked.json.challenge}/confirmation`, { json: { code } });
    const second = new Api(portal);
    await second.login(other, PASSWORD);
    await second.call("POST", "/api/v1/employer/mandates", { json: { email: ACCOUNTANT.email, pay: true, request_key: crypto.randomUUID() } });
    await tryLogin(tab, ACCOUNTANT.email, ACCOUNTANT.password);
    await shown(tab, "Mes mandats");
    await checkPage(tab);
    await shoot(tab, out, "own-mandates-offered");
    for (let times = 0; times < 2; times += 1) {
      await tab.getByRole("button", { name: "Accepter" }).first().dblclick();
      await told("Le mandat est accepté", tab);
    }
    await tab.getByRole("row").filter({ hasText: "déclarer" }).getByRole("button", { name: "Agir pour cette entreprise" }).click();
    await told("Vous agissez pour cette entreprise", tab);
    const company = await tab.locator(".user small").innerText();
    assert.match(company, /^Vous agissez pour/);
    await checkPage(tab);
    await shoot(tab, out, "own-mandates");
    await tab.getByRole("link", { name: "Ouvrir son espace" }).click();
    await shown(tab, "Déclaration Nominative des Rémunérations");
    assert.equal((await tab.locator(".user small").innerText()).startsWith(company), true, "on every page");
    await checkPage(tab);
    await shoot(tab, out, "delegate-declarations");
  });

  await test("what the mandate does not allow is refused in plain words, whatever address is typed", async () => {
    for (const path of ["/employeur/compte", "/employeur/paiement", "/employeur/mandats"]) {
      const answer = await tab.goto(path);
      assert.equal(answer.status(), 403, path);
      await shown(tab, "Votre mandat ne permet pas cela");
      assert.match(await tab.locator("main").innerText(), /déclarer les salaires/);
    }
    await checkPage(tab);
    await shoot(tab, out, "delegate-refused");
  });

  await step("for the other company he pays, and does not read the account", async () => {
    await tab.goto("/compte/mandats");
    await tab.getByRole("row").filter({ hasText: "payer" }).getByRole("button", { name: "Agir pour cette entreprise" }).click();
    await tab.getByRole("link", { name: "Ouvrir son espace" }).click();
    await shown(tab, "Paiement de cotisation");
    await tab.getByText("Votre mandat ne permet pas de lire le compte").waitFor();
    await checkPage(tab);
    await shoot(tab, out, "delegate-payment");
    await tab.getByLabel("Montant à verser").fill("12 500");
    await tab.getByRole("button", { name: "Générer le numéro de référence" }).click();
    await tab.getByText(/12\s500/).first().waitFor();
    assert.equal((await tab.goto("/employeur/dnr")).status(), 403);
  });

  await step("what is withdrawn ends at the next click", async () => {
    await tab.goto("/compte/mandats");
    await tab.getByRole("row").filter({ hasText: "déclarer" }).getByRole("button", { name: "Agir pour cette entreprise" }).click();
    await tab.goto("/employeur/dnr");
    await shown(tab, "Déclaration Nominative des Rémunérations");
    await desk.goto("/employeur/mandats");
    await desk.getByText("Yawa Kpadé").waitFor();
    await desk.getByRole("button", { name: "Retirer" }).dblclick();
    await told("Le mandat est retiré", desk);
    assert.equal((await tab.reload()).status(), 403);
    await tab.goto("/compte/mandats");
    await tab.getByText(/Retiré le/).waitFor();
    await checkPage(tab);
    await desk.goBack();
    await desk.goto("/employeur/mandats");
    assert.equal(await desk.getByRole("button", { name: "Retirer" }).count(), 0);
  });

  await test("nothing went wrong in the browsers", () => assert.deepEqual([context, office, cabinet].flatMap((one) => one.faults).filter((fault) => !/status of 4\d\d/.test(fault)), []));
  for (const one of [context, office, cabinet]) await one.close();
}
