// Morocco in a browser: an insured person and one who has rights through another come in on a phone, by a paper, a
// code and a password that is sent; what they then see is their own country's.
import assert from "node:assert/strict";
import { checkPage } from "../lib/accessible.mjs";
import { PHONE, employersOwnPages, person, shoot, shown } from "../lib/browser.mjs";
import { codeIn, nextMessage } from "../lib/messages.mjs";
import { PASSWORD } from "../lib/portal.mjs";

export const title = "Morocco: signing up, and the own space";
export const fund = "ma";

const OWN = "sept cigognes au minaret";
const KHADIJA = { document: "EE508214", document_expires: "2032-02-29", birth_date: "1992-02-29", email: "khadija@exemple.ma" };
const OMAR = { insured_number: "115274905", document: "AD275903", birth_date: "1984-04-30", phone: "07 70 45 61 23", email: "omar@exemple.ma" };

export async function run({ portal, out, step, test }) {
  const context = await person(portal, { viewport: PHONE });
  const page = await context.newPage();
  const look = async (name, on = page) => { await checkPage(on); await shoot(on, out, `ma-${name}`); await on.setViewportSize(PHONE); };
  const press = (name, on = page) => on.getByRole("main").getByRole("button", { name }).click();
  const type = async (fields, on = page) => { for (const [name, text] of Object.entries(fields)) await on.locator(`#${name}`).fill(text); };
  const enter = async (login, password, on = page) => {
    await on.goto("/connexion");
    await on.getByLabel("Numéro d'immatriculation").fill(login);
    await on.getByLabel("Mot de passe").fill(password);
    await press("Me connecter", on);
  };

  await step("the start page shows the two ways in, and speaks of no other country", async () => {
    await page.goto("/");
    await page.getByRole("link", { name: /^Assuré/ }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Mandataire" }).count(), 0);
    await noOtherCountry(page);
    await look("home");
    await page.getByRole("link", { name: /^Assuré/ }).click();
    await shown(page, "Création de compte : Assuré");
    for (const label of ["Votre CNIE / Passeport / Séjour", "La date d'expiration de l'identifiant", "La date de naissance", "Numéro de téléphone", "Adresse e-mail"]) await page.getByLabel(label).waitFor();
    assert.equal(await page.locator("input[type=password]").count(), 0, "no password is chosen here");
    assert.equal(await page.getByLabel("J'ai lu et j'accepte").isChecked(), false);
    await look("sign-up");
  });

  await step("a phone of another country and terms that are not accepted are said beside their fields", async () => {
    await type({ ...KHADIJA, phone: "+228 90 11 22 33" });
    await page.locator("form.card").evaluate((form) => { form.noValidate = true; });
    await press("Valider");
    await page.locator("[data-error-summary]").waitFor();
    assert.equal(await page.locator("[data-error-summary] li").count(), 2);
    assert.match(await page.locator("main").innerText(), /Ce numéro est celui d'un autre pays/);
    assert.equal(await page.locator("#document").inputValue(), KHADIJA.document, "what was typed is kept");
    assert.equal(await page.getByLabel("J'ai lu et j'accepte").isChecked(), false, "nobody ticks it for her");
    await look("sign-up-faults");
  });

  await step("the terms are read and accepted with the keyboard; the code comes by SMS alone", async () => {
    await type({ phone: "06 61 11 22 33" });
    const terms = page.getByText("Conditions générales d'utilisation", { exact: true });
    await page.getByLabel("Adresse e-mail").focus();
    // checkPage opened every fold: a new page has it closed.
    await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => { fold.open = false; }));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Le mot de passe ne se communique à personne").waitFor();
    await terms.waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    assert.equal(await page.getByLabel("J'ai lu et j'accepte").isChecked(), true);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await shown(page, "Validation");
    const told = await nextMessage(portal, "+212661112233", "code");
    assert.equal(told.email, null);
    assert.match(codeIn(told), /^\d{6}$/);
    await look("code");
    const code = codeIn(told);
    await page.locator("#code").fill(String((Number(code) + 1) % 1e6).padStart(6, "0"));
    await press("Valider");
    await page.getByText("Essais restants").first().waitFor();
    await page.locator("#code").fill(` ${code.slice(0, 3)} ${code.slice(3)} `);
    await page.getByRole("button", { name: "Valider" }).dblclick();
    await shown(page, "Inscription enregistrée");
    await page.getByText("Vous recevrez par SMS vos identifiants d'accès").waitFor();
    await look("signed-up");
    await page.getByRole("link", { name: "C'est parti" }).click();
    await shown(page, "Connexion à mon espace");
  });

  await step("login and password came by SMS; the password is changed before anything else", async () => {
    const told = await nextMessage(portal, "+212661112233", "first-password");
    assert.match(told.sms.text, /127640186/);
    const first = told.sms.text.match(/\S+-a7K/)[0];
    await enter("127 640 186", first);
    await shown(page, "Nouveau mot de passe");
    await page.goto("/assure/compte");
    await shown(page, "Nouveau mot de passe");
    await page.locator("#password").fill("court");
    await page.locator("#password_again").fill("autre");
    await press("Valider");
    await page.locator("[data-error-summary]").waitFor();
    await look("new-password");
    await page.locator("#password").fill(OWN);
    await page.locator("#password_again").fill(OWN);
    await press("Valider");
    await page.getByRole("button", { name: "Déconnexion" }).waitFor();
    await page.goto("/assure");
    await shown(page, "Tableau de bord");
    await page.getByText("127640186").first().waitFor();
    await noOtherCountry(page);
    await look("dashboard");
    await page.goto("/assure/compte");
    assert.match(await page.locator("main").innerText(), /\d\sDH/);
    await look("account");
    await page.getByRole("button", { name: "Déconnexion" }).click();
    await enter("127640186", first);
    await page.locator("[data-error-summary]").waitFor();
  });

  await step("who has rights through an insured person comes in with an own paper, without scripts", async () => {
    const bare = await person(portal, { viewport: PHONE, javaScriptEnabled: false });
    const plain = await bare.newPage();
    await plain.goto("/inscription");
    await plain.getByRole("link", { name: /^Ayant droit/ }).click();
    await shown(plain, "Création de compte : Ayant droit");
    await type(OMAR, plain);
    await plain.getByLabel("J'ai lu et j'accepte").check();
    await press("Valider", plain);
    await shown(plain, "Validation");
    await plain.locator("#code").fill(codeIn(await nextMessage(portal, "+212770456123", "code")));
    await press("Valider", plain);
    await shown(plain, "Inscription enregistrée");
    const first = (await nextMessage(portal, "+212770456123", "first-password")).sms.text.match(/\S+-a7K/)[0];
    await enter("AD 275903", first, plain);
    await shown(plain, "Nouveau mot de passe");
    await plain.locator("#password").fill(OWN);
    await plain.locator("#password_again").fill(OWN);
    await press("Valider", plain);
    await shown(plain, "Mon compte");
    await plain.getByText("Ayant droit").first().waitFor();
    await shoot(plain, out, "ma-beneficiary");
    for (const path of ["/assure", "/employeur"]) assert.equal((await plain.goto(path)).status(), 403, path);
    await bare.close();
  });

  await test("a card that is no longer good opens nothing, and looks the same until the message", async () => {
    await page.goto("/inscription/insured");
    await type({ document: "J381925", document_expires: "2024-12-31", birth_date: "1989-11-23", phone: "06 71 00 00 01", email: "youssef@exemple.ma" });
    await page.getByLabel("J'ai lu et j'accepte").check();
    await press("Valider");
    await shown(page, "Validation");
    await page.locator("#code").fill(codeIn(await nextMessage(portal, "+212671000001", "code")));
    await press("Valider");
    await shown(page, "Inscription enregistrée");
    await nextMessage(portal, "+212671000001", "sign-up-impossible");
  });

  await step("a forgotten password: the number or the paper, then a code by SMS", async () => {
    const before = (await nextMessage(portal, "+212661112233", "first-password")).number;
    await page.goto("/connexion");
    await page.getByRole("link", { name: "Mot de passe oublié" }).click();
    await page.getByLabel("Numéro d'immatriculation ou numéro CNIE").fill("127640186");
    await page.getByText("Par SMS").click();
    await look("recovery");
    await press("Continuer");
    await shown(page, "Validation");
    const told = await nextMessage(portal, "+212661112233", "code", before);
    assert.equal(told.email, null);
    await page.locator("#code").fill(codeIn(told));
    await press("Valider");
    await shown(page, "Nouveau mot de passe");
    await page.locator("#password").fill("huit cigognes au minaret");
    await page.locator("#password_again").fill("huit cigognes au minaret");
    await press("Valider");
    await page.getByText("Votre mot de passe est changé").waitFor();
    await enter("127640186", "huit cigognes au minaret");
    await shown(page, "Tableau de bord");
    await page.getByRole("button", { name: "Déconnexion" }).click();
  });

  await step("terms that changed are asked at the login, before anything else", async () => {
    await enter(portal.logins.workers[1], PASSWORD);
    await shown(page, "Conditions générales d'utilisation");
    await look("terms");
    await page.goto("/assure");
    await shown(page, "Conditions générales d'utilisation");
    await page.getByLabel("J'ai lu et j'accepte ce texte").check();
    await press("Valider");
    await shown(page, "Tableau de bord");
    await page.goBack();
    await page.goto("/assure");
    await shown(page, "Tableau de bord");
    await page.getByRole("button", { name: "Déconnexion" }).click();
  });

  await test("every page of an employer speaks of dirhams and of no other country", async () => {
    const desk = await person(portal, { viewport: PHONE });
    const tab = await desk.newPage();
    await enter(portal.logins.employers[0], PASSWORD, tab);
    await shown(tab, "Tableau de bord");
    for (const [path, heading] of [["/employeur", "dashboard"], ["/employeur/dnr", "declarations"], ["/employeur/compte", "employer-account"], ["/employeur/paiement", "payment"]]) {
      assert.equal((await tab.goto(path)).status(), 200, path);
      await noOtherCountry(tab);
      await look(heading, tab);
    }
    assert.deepEqual(desk.faults, []);
    await desk.close();
  });

  await test("the grid, a refused file, a filed quarter and a reference are this country's too", async () => {
    const desk = await person(portal, { viewport: PHONE });
    const tab = await desk.newPage();
    await enter(portal.logins.employers[0], PASSWORD, tab);
    await shown(tab, "Tableau de bord");
    await employersOwnPages(tab, async (name) => { await noOtherCountry(tab); await look(`employer-${name}`, tab); });
    // The file that was refused is the only answer that a browser calls an error.
    assert.deepEqual(desk.faults.filter((fault) => !/status of 422 .*\/fichier\)$/.test(fault)), []);
    await desk.close();
  }, 120);

  await test("nothing went wrong in the browser", () => assert.deepEqual(context.faults.filter((fault) => !/status of 4\d\d/.test(fault)), []));
  await context.close();
}

async function noOtherCountry(page) {
  const html = await page.content();
  const found = html.match(/Togo|Djibouti|F.CFA|FDJ|DNR|D\.N\.R|EMP-|\+228/);
  assert.equal(found, null, `${page.url()}: ${found && html.slice(found.index - 60, found.index + 60)}`);
}
