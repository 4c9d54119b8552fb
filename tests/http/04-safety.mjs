// What strangers and other sites try.
import assert from "node:assert/strict";
import { Api, Pages, checkProblem, send } from "../browser/lib/http.mjs";
import { forgetPeak, memory, PASSWORD, startWith } from "../browser/lib/portal.mjs";
import { openQuarters } from "./02-employer-and-insured.mjs";

export const title = "Other sites and strangers are kept out";

const CROSS_SITE = { Origin: "https://ailleurs.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" };
const LOGINS_KIB = 64 * 1024;
const OWN_PAGE = (portal) => ({ Origin: portal.url, "Sec-Fetch-Site": "same-origin" });

export async function run({ portal, test, step }) {
  const [employer, other] = portal.logins.employers;
  const pages = new Pages(portal);
  let quarter;

  await test("the cookie of a session is out of reach of scripts and other sites, and new at each login", async () => {
    const [first, second] = [new Pages(portal), new Pages(portal)];
    const answer = await first.login(employer, PASSWORD);
    assert.equal(answer.status, 303, answer.text.slice(0, 200));
    const [cookie] = answer.setCookies;
    for (const part of [/; ?HttpOnly/i, /; ?SameSite=(Lax|Strict)/i, /; ?Path=\//i]) assert.match(cookie, part);
    second.cookies.set(cookie.split("=")[0], "chosen-by-a-stranger");
    await second.login(employer, PASSWORD);
    const [a, b] = [[...first.cookies.values()][0], [...second.cookies.values()][0]];
    assert.ok(a.length >= 32 && b.length >= 32 && a !== b && b !== "chosen-by-a-stranger");
  });

  await test("behind https the cookie is bound to it and to this host", async () => {
    const secure = await startWith("", { CNSS_PUBLIC_URL: "https://portail.cnss.example" });
    try {
      const pages = new Pages(secure);
      const answer = await pages.login(employer, PASSWORD);
      assert.equal(answer.status, 303, answer.text.slice(0, 200));
      assert.match(answer.setCookies[0], /^__Host-cnss=[^;]{32,}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/);
      assert.equal((await pages.get("/employeur")).status, 200);
    } finally {
      await secure.stop();
    }
  });

  await step("an employer has logged in", async () => {
    const answer = await pages.login(employer, PASSWORD);
    assert.equal(answer.headers.location, "/employeur");
    const api = new Api(portal);
    await api.login(employer, PASSWORD);
    quarter = (await openQuarters(api))[0];
  });

  await test("a form sent by another site is refused", async () => {
    for (const headers of [CROSS_SITE, { Origin: CROSS_SITE.Origin }, { "Sec-Fetch-Site": "cross-site" }, { "Sec-Fetch-Site": "same-site", Origin: "https://autre.portal.example" }, { Origin: "null" }]) {
      const csrf = await pages.csrf(`/employeur/dnr/${quarter}/saisie`);
      for (const path of ["/deconnexion", `/employeur/dnr/${quarter}/saisie`, `/employeur/dnr/${quarter}/depot`, `/employeur/dnr/${quarter}/abandon`, `/employeur/dnr/${quarter}/fichier`]) {
        const answer = await pages.post(path, { csrf, action: "save", version: "1" }, headers);
        assert.equal(answer.status, 403, `${path} with ${JSON.stringify(headers)}`);
        assert.match(answer.text, /[Dd]emande refusée|ne vient pas du portail/);
      }
    }
    const login = await new Pages(portal).post("/connexion", { csrf: "", login: employer, password: PASSWORD }, CROSS_SITE);
    assert.equal(login.status, 403, "logging somebody in from elsewhere");
    assert.equal((await pages.get("/employeur")).status, 200, "the session is still there");
  });

  await test("a call sent by another site's page is refused with a problem", async () => {
    const answer = await new Api(portal).call("POST", "/api/v1/session", { json: { login: employer, password: PASSWORD }, headers: CROSS_SITE });
    assert.equal(answer.status, 403);
  });

  await test("a form without the token of the page, or with another one, is refused", async () => {
    const stranger = new Pages(portal);
    await stranger.login(other, PASSWORD);
    const foreign = await stranger.csrf("/employeur");
    for (const csrf of [undefined, "", "x", foreign]) {
      for (const path of ["/deconnexion", `/employeur/dnr/${quarter}/saisie`, `/employeur/dnr/${quarter}/depot`, `/employeur/dnr/${quarter}/abandon`]) {
        const fields = { action: "save", version: "1", request_key: "0192f3c4-77bb-7000-8000-000000000000" };
        const answer = await pages.post(path, csrf === undefined ? fields : { ...fields, csrf }, OWN_PAGE(portal));
        assert.equal(answer.status, 403, `${path} with the token ${csrf}: ${answer.status}`);
      }
      const file = await pages.call("POST", `/employeur/dnr/${quarter}/fichier`, {
        type: "multipart/form-data; boundary=b",
        body: `--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${csrf ?? ""}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\nx\r\n--b--\r\n`,
        headers: OWN_PAGE(portal),
      });
      assert.equal(file.status, 403, `a file with the token ${csrf}`);
    }
    assert.equal((await pages.get("/employeur")).status, 200, "the session is still there");
  });

  await test("no address of another site is gone to after a login", async () => {
    for (const next of ["https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example", "\\\\ailleurs.example", "/\t/ailleurs.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b", "/x\r\nSet-Cookie: a=b"]) {
      const answer = await new Pages(portal).login(employer, PASSWORD, next);
      const to = new URL(answer.headers.location ?? "/", portal.url);
      assert.equal(to.origin, portal.url, next);
      assert.ok(!answer.setCookies.some((line) => line.startsWith("a=")));
    }
    const back = await new Pages(portal).login(employer, PASSWORD, "/employeur/compte");
    assert.equal(back.headers.location, "/employeur/compte");
  });

  await test("what is typed comes back as text, never as markup", async () => {
    const bad = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
    const simulated = await pages.get(`/simulateur?${new URLSearchParams({ kind: bad, birth_date: bad, award_date: bad, from: bad, to: bad, monthly_wage: bad })}`);
    const refused = await new Pages(portal).post("/connexion", { csrf: "", login: bad, password: "x", next: bad }, OWN_PAGE(portal));
    for (const answer of [simulated, refused, await new Pages(portal).get(`/connexion?next=${encodeURIComponent(bad)}`), await pages.get(`/${encodeURIComponent(bad)}`)]) {
      assert.match(answer.headers["content-type"], /text\/html/);
      assert.doesNotMatch(answer.text, /<script>alert|<img src=x/);
    }
  });

  await test("odd texts in addresses and forms are answered, with a page", async () => {
    for (const odd of ["%00", "%ff%fe", "%E2%80%AE", "a".repeat(3000), "😀", "' OR 1=1 --", "2024-02-30", "99999999999999999999"]) {
      for (const path of [`/simulateur?kind=normal&birth_date=${odd}&monthly_wage=${odd}`, `/employeur/dnr/${odd}`, `/employeur/compte/${odd}`, `/employeur/compte?page=${odd}`, `/employeur/dnr/retour/${odd}`, `/connexion?next=${odd}`, `/assets/${odd}`]) {
        const visitor = path.startsWith("/connexion") ? new Pages(portal) : pages;
        const answer = await visitor.get(encodeURI(path).replaceAll("%25", "%"));
        assert.ok(answer.status < 500, `${path}: ${answer.status}`);
        assert.match(answer.headers["content-type"] ?? "", /^text\/html/, `${path}: ${answer.status} ${answer.text.slice(0, 80)}`);
        if (/^\/(employeur\/(dnr|compte)|assets)\//.test(path)) assert.equal(answer.status, 404, path);
      }
    }
  });

  await test("an unknown page is a page, an unknown call is a problem", async () => {
    const page = await pages.get("/nulle-part");
    assert.equal(page.status, 404);
    assert.match(page.text, /<h1>[^<]+/);
    const call = await send(`${portal.url}/api/v1/nulle-part`, { headers: { Accept: "text/html" } });
    call.json = JSON.parse(call.text);
    checkProblem(call, "/api/v1/nulle-part");
  });

  await test("assets give nothing but assets", async () => {
    for (const path of ["/assets/../Cargo.toml", "/assets/%2e%2e/Cargo.toml", "/assets/..%2f..%2fetc/passwd", "/assets/", "/assets/style.css/x"]) {
      assert.ok([400, 404].includes((await pages.get(path)).status), path);
    }
  });

  await test("a returned file is its employer's only", async () => {
    const csrf = await pages.csrf(`/employeur/dnr/${quarter}/fichier`);
    const model = (await pages.get(`/employeur/dnr/${quarter}/modele.xlsx`)).bytes;
    const body = Buffer.concat([
      Buffer.from(`--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${csrf}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="dnr.xlsx"\r\n\r\n`),
      model, Buffer.from("\r\n--b--\r\n"),
    ]);
    const answer = await pages.call("POST", `/employeur/dnr/${quarter}/fichier`, { type: "multipart/form-data; boundary=b", body, headers: OWN_PAGE(portal) });
    assert.equal(answer.status, 303, answer.text.slice(0, 300));
    const report = answer.headers.location;
    assert.match(report, /^\/employeur\/dnr\/retour\//);
    assert.equal((await pages.get(report)).status, 200);
    assert.equal((await pages.get(`${report}/corrige.xlsx`)).status, 200);
    const stranger = new Pages(portal);
    await stranger.login(other, PASSWORD);
    for (const path of [report, `${report}/corrige.xlsx`]) assert.equal((await stranger.get(path)).status, 404, path);
    for (const path of [report, `${report}/corrige.xlsx`]) assert.ok([303, 401].includes((await new Pages(portal).get(path)).status), path);
  });

  await test("logging out is a form, and ends the session for good", async () => {
    const leaver = new Pages(portal);
    await leaver.login(employer, PASSWORD);
    const cookies = new Map(leaver.cookies);
    assert.ok([404, 405].includes((await leaver.get("/deconnexion")).status));
    assert.equal((await leaver.get("/employeur")).status, 200);
    const answer = await leaver.post("/deconnexion", { csrf: await leaver.csrf("/employeur") }, OWN_PAGE(portal));
    assert.equal(answer.status, 303);
    leaver.cookies = cookies;
    const after = await leaver.get("/employeur");
    assert.equal(after.status, 303);
    assert.match(after.headers.location, /^\/connexion/);
  });

  await test("sixty logins at once are all answered, in little memory", async () => {
    const api = new Api(portal);
    const attempt = () => api.call("POST", "/api/v1/session", { json: { login: "personne@demo.cnss.example", password: "faux" } });
    await attempt();
    await forgetPeak(portal.pid);
    const idle = await memory(portal.pid, "VmRSS");
    const answers = await Promise.all(Array.from({ length: 60 }, attempt));
    for (const answer of answers) assert.ok([401, 429].includes(answer.status), `${answer.status}`);
    const more = await memory(portal.pid, "VmHWM") - idle;
    console.log(`      ${(more / 1024).toFixed(1)} MiB more`);
    assert.ok(more < LOGINS_KIB, `${more} KiB more`);
  });

  await test("private pages are not kept, and say nothing of the program", async () => {
    const answer = await pages.get("/employeur/compte");
    assert.match(answer.headers["cache-control"] ?? "", /no-store/);
    assert.equal(answer.headers.server, undefined);
    assert.equal(answer.headers["x-powered-by"], undefined);
  });
}
