// Runs journeys against portals of their own: node run.mjs <browser|http|postgres> [part of a file name].
// With CNSS_TEST_POSTGRES, the program cnss-test-postgres, each portal keeps its books in a database
// of that server; the journeys of `postgres` cannot do without.
// A journey is a file that exports `title` and `run(t)`. In it, `t.test(name, body)` stands
// alone; after a failed `t.step(name, body)` the rest of the journey has no sense and stops.
import { appendFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { keepBooksAt, startPortal } from "./lib/portal.mjs";
import { PostgresServer } from "./lib/postgres.mjs";
import { closeBrowser, shootOpen } from "./lib/browser.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = join(here, "..", "out");
const folders = { browser: join(here, "journeys"), http: join(here, "..", "http"), postgres: join(here, "..", "postgres", "journeys") };
const TEST_SECONDS = 60;

class Abandoned extends Error {}

const [kind, wanted = ""] = process.argv.slice(2);
if (!(kind in folders)) {
  console.error("usage: node run.mjs <browser|http|postgres> [part of a file name]");
  process.exit(2);
}
let server;
if (process.env.CNSS_TEST_POSTGRES) {
  server = await PostgresServer.start(process.env.CNSS_TEST_POSTGRES);
  keepBooksAt(() => server.database());
} else if (kind === "postgres") {
  console.error("CNSS_TEST_POSTGRES must name the program cnss-test-postgres");
  process.exit(2);
}
await mkdir(out, { recursive: true });
// Several parts are separated by commas.
const chosen = (name) => name.endsWith(".mjs") && wanted.split(",").some((part) => name.includes(part));
const files = (await readdir(folders[kind])).filter(chosen).sort();
let passed = 0;
const failed = [];
for (const file of files) await journey(file);
await closeBrowser();
await server?.stop();
if (passed + failed.length === 0) failed.push("no journey was found");
for (const name of failed) console.log(`  ✗ ${name}`);
console.log(`${kind}${server ? " on PostgreSQL" : ""}: ${passed} passed, ${failed.length} failed`);
await appendFile(join(out, "counts"), `${passed} ${failed.length}\n`);
// `tests/run` says them once more at its end, where whoever reads only the end finds them.
for (const name of failed) await appendFile(join(out, "failed"), `${name.split("\n")[0]}\n`);
process.exitCode = failed.length ? 1 : 0;

async function journey(file) {
  const { title, run } = await import(pathToFileURL(join(folders[kind], file)));
  console.log(`${title} (${file})`);
  let portal;
  const one = async (name, body, seconds = TEST_SECONDS) => {
    const began = Date.now();
    const error = await within(seconds, body).then(() => null, (e) => e);
    const time = `${((Date.now() - began) / 1000).toFixed(1)} s`;
    if (!error) {
      passed += 1;
      console.log(`  ✓ ${name} (${time})`);
    } else {
      failed.push(`${file}: ${name}`);
      console.log(`  ✗ ${name} (${time})\n${String(error.stack ?? error).replace(/^/gm, "      ")}`);
      const shown = await shootOpen(out, `${file.replace(".mjs", "")}-${failed.length}`);
      if (shown) console.log(`      the page says: ${shown.replace(/\s+/g, " ").slice(0, 300)}`);
    }
    return error === null;
  };
  const step = async (name, body, seconds) => { if (!await one(name, body, seconds)) throw new Abandoned(name); };
  try {
    portal = await startPortal();
    await run({ portal, out, server, test: one, step });
    await one("the portal is still there, and said nothing of an error", async () => {
      if (!portal.running) throw new Error(`the portal ended:\n${portal.printed.slice(-2000)}`);
      const wrong = portal.printed.split("\n").filter((line) => /\bERROR\b|panicked/.test(line));
      if (wrong.length) throw new Error(wrong.slice(0, 5).join("\n"));
    });
  } catch (error) {
    if (error instanceof Abandoned) console.log("      the rest of this journey was not reached");
    else {
      failed.push(`${file}: ${error.message.split("\n")[0]}`);
      console.log(`  ✗ ${error.stack}`);
    }
  } finally {
    await portal?.stop();
  }
}

function within(seconds, body) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([Promise.resolve().then(body), late]).finally(() => clearTimeout(timer));
}
