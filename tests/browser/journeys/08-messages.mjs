// The demonstration's messages in a browser: found from the navigation, on a phone too.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { checkPage } from "../lib/accessible.mjs";
import { Bank } from "../lib/bank.mjs";
import { PHONE, login, person, shoot } from "../lib/browser.mjs";
import { Api } from "../lib/http.mjs";
import { nextMessage } from "../lib/messages.mjs";
import { PASSWORD } from "../lib/portal.mjs";

export const title = "Messages of the demonstration";

export async function run({ portal, out, step, test }) {
  const context = await person(portal, { viewport: PHONE });
  const page = await context.newPage();
  const [who] = portal.logins.employers;

  await step("the navigation leads to a page that has no message yet", async () => {
    await page.goto("/demo/messages");
    await page.getByText("Aucun message. Le suivant s'affichera ici").waitFor();
    await checkPage(page);
  });

  await step("a payment is booked, and its message is read where the link leads", async () => {
    const employer = new Api(portal);
    await employer.login(who, PASSWORD);
    const issued = await employer.call("POST", "/api/v1/employer/references", { json: { amount: "2500", request_key: randomUUID() } });
    await new Bank(portal).notice({ transaction: randomUUID(), reference: issued.json.reference, amount: "2500" });
    await nextMessage(portal, who, "payment-received");
    await login(page, who);
    await page.setViewportSize(PHONE);
    await page.locator("nav.nav summary").click();
    await page.getByRole("link", { name: "Messages (démo)" }).click();
    await page.getByRole("heading", { name: "Messages de la démonstration" }).waitFor();
    assert.match(await page.locator("main").innerText(), new RegExp(`E-mail à ${who}[\\s\\S]*${issued.json.reference}`));
    await shoot(page, out, "demo-messages");
    await checkPage(page);
  });

  await test("messages are looked for by their addressee", async () => {
    await page.getByLabel("Téléphone ou adresse e-mail").fill("personne@demo.cnss.example");
    await page.getByRole("button", { name: "Chercher" }).click();
    await page.getByText("Aucun message.").waitFor();
    await page.getByLabel("Téléphone ou adresse e-mail").fill(who.toUpperCase());
    await page.getByRole("button", { name: "Chercher" }).click();
    await page.getByRole("heading", { name: `E-mail à ${who}` }).waitFor();
    assert.equal(await page.getByLabel("Téléphone ou adresse e-mail").inputValue(), who.toUpperCase());
    assert.deepEqual(context.faults, []);
  });
  await context.close();
}
