// The fund's agents: digits from a phone, an account that is activated, one that is blocked after a theft.
import assert from "node:assert/strict";
import { checkPage } from "../lib/accessible.mjs";
import { login, person, shoot, shown, tryLogin } from "../lib/browser.mjs";
import { Api } from "../lib/http.mjs";
import { codeIn, nextMessage } from "../lib/messages.mjs";
import { Phone, administrator } from "../lib/second_factor.mjs";

export const title = "The fund's agents";

const CHIEF = { email: "cheffe@caisse.example", name: "Ama Cheffe", password: "la cour du grand manguier" };
const AGENT = { email: "kofi@caisse.example", name: "Kofi Agent" };
const HOLDER = { insured_number: "975650", employer_number: "EMP-000101", surname: "Lawson-Hellu", forenames: "Têtê Ambroise", birth_date: "1965-08-02", email: "tete@exemple.tg", phone: "90 11 22 44", password: "le car de six heures", password_again: "le car de six heures" };

export async function run({ portal, out, step, test }) {
  const context = await person(portal);
  const page = await context.newPage();
  const press = (name) => page.getByRole("main").getByRole("button", { name }).click();
  const told = (text) => page.getByRole("status").filter({ hasText: text }).waitFor();
  const complaint = () => page.locator("[data-error-summary]").innerText();
  let phone;

  await step("the first administrator takes the picture, gives the digits and keeps ten codes", async () => {
    const first = await administrator(portal, CHIEF.email, CHIEF.name);
    await tryLogin(page, CHIEF.email, first);
    await shown(page, "Votre second facteur");
    await page.getByText("Vous ne pouvez pas photographier l'image").click();
    const manual = await page.locator(".key").innerText();
    await checkPage(page);
    assert.equal(await page.getByRole("link", { name: "Mon compte" }).count(), 0, "first things first");
    await shoot(page, out, "second-factor");
    await page.reload();
    assert.equal(await page.locator(".key").textContent(), manual, "a reload shows the same picture");
    await page.getByLabel("Code à six chiffres").fill("000000");
    await press("Mettre en place");
    assert.match(await complaint(), /n'est pas le bon/);
    phone = new Phone(manual.replaceAll(" ", ""));
    await page.getByLabel("Code à six chiffres").fill(await phone.digits());
    await press("Mettre en place");
    await shown(page, "Vos codes de secours");
    assert.equal(await page.locator(".codes li").count(), 10);
    await checkPage(page);
    await shoot(page, out, "recovery-codes");
    const codes = await page.locator(".codes").innerText();
    await page.reload();
    assert.equal(await page.locator(".codes").innerText(), codes, "sent again, the same codes");
  });

  await step("she chooses a password of her own and logs in with it and new digits", async () => {
    await page.getByRole("link", { name: "J'ai gardé mes codes" }).click();
    await shown(page, "Nouveau mot de passe");
    for (const label of ["Nouveau mot de passe", "Confirmation du mot de passe"]) await page.getByLabel(label, { exact: false }).first().fill(CHIEF.password);
    await page.locator("#password").fill(CHIEF.password);
    await page.locator("#password_again").fill(CHIEF.password);
    await press("Valider");
    await page.goto("/agent");
    if (!/second-facteur|connexion/.test(page.url())) await page.waitForLoadState();
    if (/connexion/.test(page.url())) await tryLogin(page, CHIEF.email, CHIEF.password);
    await shown(page, "Votre second facteur");
    await checkPage(page);
    await shoot(page, out, "second-factor-given");
    await page.getByLabel("Code").fill(await phone.digits());
    await press("Continuer");
    await shown(page, "Comptes à activer");
    const tops = await page.locator(".user .btn-out").evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().top));
    assert.equal(tops.length, 2);
    assert.equal(tops[0], tops[1], "the buttons of the header stand side by side");
  });

  await step("she gives herself what she needs, and appoints an agent", async () => {
    await page.goto("/agent/agents");
    await page.getByRole("link", { name: CHIEF.name }).click();
    await shown(page, "Droits d'un agent");
    await checkPage(page);
    for (const right of ["Activer les comptes", "Bloquer et débloquer les comptes", "Voir les messages refusés"]) await page.getByLabel(right).check();
    await page.getByLabel("Nommer les agents").uncheck();
    await press("Enregistrer");
    assert.match(await complaint(), /vous retirer à vous-même/);
    await shoot(page, out, "agent-roles-refused");
    await page.getByLabel("Nommer les agents").check();
    await press("Enregistrer");
    await told("droits de cet agent sont enregistrés");
    await page.goto("/agent/agents");
    await press("Nommer cet agent");
    assert.ok(await page.locator("#holder:invalid").count(), "the browser asks for what is required");
    await page.getByLabel("Nom et prénoms").fill(AGENT.name);
    await page.getByLabel("Adresse électronique professionnelle").fill(AGENT.email);
    await page.getByLabel("Activer les comptes").check();
    await press("Nommer cet agent");
    await told("L'agent est nommé");
    AGENT.first = (await nextMessage(portal, AGENT.email, "first-password")).email.text.match(/\S+-a7K/)[0];
    await page.goBack();
    await page.getByLabel("Nom et prénoms").fill(AGENT.name);
    await page.getByLabel("Adresse électronique professionnelle").fill(AGENT.email);
    await press("Nommer cet agent");
    await told("L'agent est nommé");
    await page.goto("/agent/agents");
    assert.equal(await page.locator("tbody tr").count(), 2, "sent twice, one agent");
    await checkPage(page);
    await shoot(page, out, "agents");
  });

  await step("an agent lost phone and codes: his second factor is taken away, and nobody takes his own", async () => {
    const his = new Api(portal);
    await his.login(AGENT.email, AGENT.first);
    const { secret } = (await his.get("/api/v1/session/second-factor")).json;
    await his.call("POST", "/api/v1/session/second-factor", { json: { code: await new Phone(secret).digits() } });
    await page.goto("/agent/agents");
    await page.getByRole("link", { name: CHIEF.name }).click();
    await shown(page, "Droits d'un agent");
    assert.equal(await page.getByRole("link", { name: "Retirer son second facteur" }).count(), 0, "not her own");
    await page.goto("/agent/agents");
    await page.getByRole("link", { name: AGENT.name }).click();
    await page.getByText("Son second facteur est en place").waitFor();
    await page.getByRole("link", { name: "Retirer son second facteur" }).click();
    await shown(page, "Retirer le second facteur");
    await checkPage(page);
    await shoot(page, out, "agent-second-factor");
    await page.getByRole("main").getByRole("button", { name: "Retirer le second facteur" }).dblclick();
    await told("Le second facteur est retiré");
    await page.getByText("Il n'a pas encore mis en place son second facteur").waitFor();
    await nextMessage(portal, AGENT.email, "second-factor-taken");
    assert.equal((await his.get("/api/v1/session")).status, 401, "his connections are closed");
  });

  await step("a waiting account is looked at and activated; a double click and the back button change nothing", async () => {
    const api = new Api(portal);
    const asked = await api.call("POST", "/api/v1/sign-up/insured", { json: HOLDER });
    const code = codeIn(await nextMessage(portal, HOLDER.email, "code"));
    await api.call("POST", `/api/v1/codes/${asked.json.challenge}/confirmation`, { json: { code } });
    await page.goto("/agent");
    await checkPage(page);
    await shoot(page, out, "agent-waiting");
    await page.locator("tbody a").first().click();
    await checkPage(page);
    await shoot(page, out, "agent-account");
    await page.getByRole("button", { name: "Activer le compte" }).dblclick();
    await told("Le compte est activé");
    await nextMessage(portal, HOLDER.email, "account-activated");
    await page.reload();
    assert.equal(await page.getByText("Le compte est activé").count(), 0, "told once");
    await page.goBack();
    await page.goto("/agent");
    await page.getByText("Aucun compte n'attend.").waitFor();
  });

  await step("a theft is reported, the account is blocked at once, and unblocked by its login", async () => {
    const holder = await person(portal);
    const tab = await holder.newPage();
    const who = portal.logins.workers[0];
    await login(tab, who);
    await tab.getByRole("link", { name: "Mon compte" }).click();
    await tab.getByRole("link", { name: "Signaler un vol" }).click();
    await checkPage(tab);
    await shoot(tab, out, "account-report");
    await tab.getByLabel("Vol", { exact: false }).first().check();
    await tab.getByRole("button", { name: "Bloquer mon compte maintenant" }).click();
    await shown(tab, "Compte bloqué");
    await checkPage(tab);
    await tab.goBack();
    await tab.goto("/assure");
    await shown(tab, "Connexion à mon espace");
    await tryLogin(tab, who);
    assert.match(await tab.locator("[data-error-summary]").innerText(), /compte est bloqué/);
    await holder.close();
    await page.goto("/agent");
    await page.getByLabel("Identifiant du compte").fill("personne@exemple.tg");
    await press("Chercher");
    assert.match(await complaint(), /Aucun compte n'a cet identifiant/);
    await checkPage(page);
    await page.getByLabel("Identifiant du compte").fill(who);
    await press("Chercher");
    await page.getByText("vol signalé par le titulaire").waitFor();
    await shoot(page, out, "agent-blocked");
    await press("Débloquer le compte");
    await told("Le compte est débloqué");
    await page.goto("/agent/bloques");
    await page.getByText("Aucun compte n'est bloqué.").waitFor();
    await checkPage(page);
  });

  await test("what was not sent is listed with its reason", async () => {
    const api = new Api(portal);
    for (let times = 0; times < 12; times += 1) await api.call("POST", "/api/v1/sign-up/mandatary", { json: { email: "f@exemple.tg", surname: "F", forenames: "F", phone: "90 99 99 99", password: "le car de six heures", password_again: "le car de six heures" } });
    await page.goto("/agent/messages");
    assert.ok(await page.locator("tbody tr").count() > 0, "a number has a limit");
    assert.match(await page.locator("tbody").innerText(), /•/);
    await checkPage(page);
    await shoot(page, out, "agent-messages");
  });

  await test("the proof is asked again and leads back", async () => {
    await page.goto("/compte/confirmation?next=/agent/agents");
    await shown(page, "Confirmez votre identité");
    await checkPage(page);
    await shoot(page, out, "prove-again");
    await press("Confirmer").catch(() => {});
    await page.getByLabel("Code").fill("111111");
    await press("Confirmer");
    assert.match(await complaint(), /n'est pas le bon/);
    await page.getByLabel("Code").fill(await phone.digits());
    await press("Confirmer");
    await shown(page, "Agents");
  });

  await test("nothing went wrong in the browser", () => assert.deepEqual(context.faults.filter((fault) => !/status of 4\d\d/.test(fault)), []));
  await context.close();
}
