// Logging in and out: wrong passwords, the keyboard alone, what the back button shows.
import assert from "node:assert/strict";
import { checkPage } from "../lib/accessible.mjs";
import { PASSWORD } from "../lib/portal.mjs";
import { login, logout, person, shoot, shown, tryLogin } from "../lib/browser.mjs";

export const title = "Logging in and out";

const FREE_ATTEMPTS = 5;

export async function run({ portal, out, test }) {
  const context = await person(portal);
  const page = await context.newPage();
  const [who, victim] = [portal.logins.employers[0], portal.logins.workers.at(-1)];
  const complaint = () => page.locator("[data-error-summary]").innerText();

  await test("a wrong password is refused without a hint, and the login stays typed", async () => {
    await tryLogin(page, who, "Demo-cnss-2025");
    const wrong = await complaint();
    assert.match(wrong, /identifiant ou le mot de passe n'est pas reconnu/);
    assert.equal(await page.locator("#login").inputValue(), who);
    assert.equal(await page.locator("#password").inputValue(), "");
    await tryLogin(page, "personne@demo.cnss.example");
    assert.equal(await complaint(), wrong, "an unknown login gets the same words");
  });

  await test("after five wrong passwords even the right one must wait", async () => {
    for (let i = 0; i < FREE_ATTEMPTS + 1; i += 1) {
      await tryLogin(page, victim, `faux-${i}`);
      assert.match(await complaint(), /n'est pas reconnu/, `wrong password ${i + 1}`);
    }
    await tryLogin(page, victim, PASSWORD);
    assert.match(await complaint(), /Trop d'essais|Attendez \d+ secondes/);
    await shoot(page, out, "login-paused");
    await login(page, who);
    await logout(page);
  });

  await test("the first stop of the keyboard leads to the content", async () => {
    await page.goto("/connexion");
    await page.keyboard.press("Tab");
    const link = page.locator(":focus");
    assert.equal(await link.innerText(), "Aller au contenu");
    assert.ok(await link.isVisible());
    const box = await link.boundingBox();
    assert.ok(box.y >= 0 && box.height > 20, "the link is seen when it has the focus");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "contenu");
  });

  await test("the keyboard alone is enough to log in", async () => {
    await page.goto("/connexion");
    const stop = async (reached, what) => {
      for (let i = 0; i < 25; i += 1) {
        await page.keyboard.press("Tab");
        if (await page.evaluate(reached)) {
          const outline = await page.evaluate(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== "none" || s.boxShadow !== "none"; });
          assert.ok(outline, `${what} does not show that it has the focus`);
          return;
        }
      }
      assert.fail(`${what} is not reached with the tab key`);
    };
    await stop(() => document.activeElement.id === "login", "the login");
    await page.keyboard.type(who);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "password");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await shown(page, "Tableau de bord");
    await stop(() => document.activeElement.closest("[data-logout]") !== null, "the way out");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Déconnexion" }).waitFor({ state: "detached" });
  });

  await test("a password is looked at by a button of its own, which sends nothing and is not left on", async () => {
    await page.goto("/connexion");
    const [field, button] = [page.locator("#password"), page.getByRole("button", { name: "Afficher le mot de passe" })];
    const seen = async () => [await field.getAttribute("type"), await button.getAttribute("aria-pressed")];
    await field.fill(PASSWORD);
    assert.deepEqual(await seen(), ["password", "false"]);
    await page.keyboard.press("Tab");
    assert.ok(await button.evaluate((it) => it === document.activeElement), "the next stop of the keyboard");
    for (const [key, shown] of [["Space", ["text", "true"]], ["Enter", ["password", "false"]], ["Enter", ["text", "true"]]]) {
      await page.keyboard.press(key);
      assert.deepEqual(await seen(), shown, key);
    }
    assert.deepEqual([await field.inputValue(), new URL(page.url()).pathname], [PASSWORD, "/connexion"], "nothing was sent");
    await checkPage(page);
    await shoot(page, out, "password-shown");
    await page.evaluate(() => addEventListener("submit", (event) => {
      event.preventDefault();
      document.body.dataset.sentAs = document.getElementById("password").type;
    }));
    await page.locator("#login").fill(who);
    await field.press("Enter");
    assert.equal(await page.locator("body").getAttribute("data-sent-as"), "password", "hidden when it is sent");
    assert.deepEqual(await seen(), ["password", "false"]);
  });

  await test("a page that asks for a login is shown after it", async () => {
    await page.goto("/employeur/compte");
    await shown(page, "Connexion à mon espace");
    await page.getByLabel("Identifiant (Email)").fill(who);
    await page.getByLabel("Mot de passe").fill(PASSWORD);
    await page.getByRole("main").getByRole("button", { name: "Connexion à mon espace" }).click();
    await shown(page, "Compte-Cotisant");
  });

  await test("after logging out, the back button does not show the space again", async () => {
    await page.goto("/employeur/dnr");
    await logout(page);
    for (let i = 0; i < 3; i += 1) {
      await page.goBack();
      await page.waitForLoadState("load");
      const text = await page.locator("main").innerText();
      assert.doesNotMatch(text, /Déclaration Nominative|Solde|Travailleurs/, `${i + 1} pages back`);
      assert.equal(await page.getByRole("button", { name: "Déconnexion" }).count(), 0);
    }
  });

  await test("a space is shown to its own kind of account only", async () => {
    await login(page, who);
    const answer = await page.goto("/assure/compte");
    assert.equal(answer.status(), 403);
    assert.doesNotMatch(await page.locator("main").innerText(), /Compte Individuel/);
  });
  await context.close();
}
