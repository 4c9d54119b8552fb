// Every page that a link leads to: accessible, never wider than the screen, within its policy.
import assert from "node:assert/strict";
import { checkPage } from "../lib/accessible.mjs";
import { checkAnswer, send } from "../lib/http.mjs";
import { login, openQuarters, person, shoot, tryLogin } from "../lib/browser.mjs";
import { Wages } from "../lib/workbook.mjs";

export const title = "Every reachable page";

const FIRST_PAGE_BYTES = 50_000;

export async function run({ portal, out, test }) {
  for (const [who, account, foreign, starts] of [
    ["visitor", null, null, ["/", "/simulateur?kind=normal&birth_date=1964-05-01&award_date=2024-06-01&from=1994-06&to=2024-05&monthly_wage=200000", "/simulateur?kind=early&birth_date=1990-02-30&award_date=&from=x&to=1999-01&monthly_wage=-1", "/nulle-part"]],
    ["employer", portal.logins.employers[0], /^\/assure/, ["/employeur", "/employeur/dnr/2019-T9"]],
    ["worker", portal.logins.workers[0], /^\/employeur/, ["/assure", "/assure/simulateur?kind=normal&award_date=2045-01-01", "/assure/simulateur?kind=early&award_date=2027-01-01", "/assure/compte/1999-01"]],
  ]) {
    const context = await person(portal);
    const page = await context.newPage();
    if (account) await login(page, account);
    const queue = [...starts];
    const seen = new Set(starts.map(shape));
    for (const path of queue) {
      await test(`${who} ${path}`, async () => {
        context.faults.length = 0;
        const answer = await page.goto(path);
        checkAnswer({ status: answer.status(), headers: await answer.allHeaders(), text: "" }, path);
        const refused = starts.slice(1).includes(path) || foreign?.test(path);
        assert.ok(refused || answer.status() === 200, `${path}: ${answer.status()}`);
        if (foreign?.test(path)) assert.equal(answer.status(), 403, path);
        for (const link of await linksOf(page, portal)) {
          if (!seen.has(shape(link))) queue.push(link);
          seen.add(shape(link));
        }
        await checkPage(page);
        assert.deepEqual(context.faults.filter((fault) => !refused || !/status of 4\d\d/.test(fault)), []);
      });
    }
    await test(`${who}: the crawl went somewhere`, () => assert.ok(queue.length >= 7, queue.join(" ")));
    await context.close();
  }

  await test("pages that only a form leads to", async () => {
    const context = await person(portal);
    const page = await context.newPage();
    await tryLogin(page, portal.logins.workers.at(-1), "faux mot de passe");
    await page.locator("[data-error-summary]").waitFor();
    await checkPage(page);
    await shoot(page, out, "login-refused");
    await login(page, portal.logins.employers[0]);
    const quarter = (await openQuarters(page))[0];
    const model = await context.request.get(`/employeur/dnr/${quarter}/modele.xlsx`);
    const wages = (await Wages.read(await model.body())).fill(150_000);
    for (const bytes of [Buffer.from("%PDF-1.7"), await wages.bytes()]) {
      if (bytes.length > 100) wages.set(wages.rows()[0], "wage1", 40_000);
      await page.goto(`/employeur/dnr/${quarter}/fichier`);
      await page.locator("#file").setInputFiles({ name: "dnr.xlsx", mimeType: "application/octet-stream", buffer: bytes.length > 100 ? await wages.bytes() : bytes });
      await page.getByRole("button", { name: "Envoyer le fichier" }).click();
      await page.locator(".errors, #file-error:visible").first().waitFor();
      await checkPage(page);
    }
    await wages.set(wages.rows()[0], "wage1", 150_000);
    await page.locator("#file").setInputFiles({ name: "dnr.xlsx", mimeType: "application/octet-stream", buffer: await wages.bytes() });
    await page.getByRole("button", { name: "Envoyer le fichier" }).click();
    const deposit = page.getByRole("button", { name: "Déposer la déclaration" });
    await deposit.waitFor();
    await checkPage(page);
    await deposit.click();
    await page.getByRole("heading", { name: "Récépissé" }).waitFor();
    await checkPage(page);
    await context.close();
  }, 120);

  await test("the first page is light", async () => {
    const context = await person(portal);
    const page = await context.newPage();
    const network = await context.newCDPSession(page);
    await network.send("Network.enable");
    let [bytes, files] = [0, 0];
    network.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; files += 1; });
    await page.goto("/", { waitUntil: "networkidle" });
    console.log(`      ${bytes} bytes in ${files} files`);
    assert.ok(files >= 4, "the page, its style, its script and its picture");
    assert.ok(bytes < FIRST_PAGE_BYTES, `${bytes} bytes`);
    await shoot(page, out, "home");
    await context.close();
  });

  await test("style, script and picture are kept by the browser", async () => {
    const home = await send(portal.url);
    const assets = [...home.text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((m) => m[1]);
    assert.ok(assets.length >= 3);
    for (const path of assets) {
      const answer = await send(portal.url + path);
      checkAnswer(answer, path);
      assert.equal(answer.status, 200, path);
      assert.match(answer.headers["cache-control"] ?? "", /max-age=\d{4,}/, path);
    }
  });
}

/** One path for many: numbers, months and long words are left out, so is what follows « ? ». */
function shape(path) {
  return path.replace(/\?.*/, "").replace(/\d{4}-(T?\d+)/g, "0").replace(/[0-9a-f-]{8,}|\d+/g, "0");
}

/** The pages that this one leads to. */
async function linksOf(page, portal) {
  const links = await page.$$eval("a[href]", (all) => all.map((a) => a.href));
  const own = links.map((link) => new URL(link)).filter((url) => url.origin === portal.url);
  const pages = own.filter((url) => !/^\/api\/|\.(xlsx|json|svg|csv|pdf)$/.test(url.pathname));
  return [...new Set(pages.map((url) => url.pathname + url.search))];
}
