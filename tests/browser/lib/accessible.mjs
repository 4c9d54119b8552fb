// Whether everybody can use a page: WCAG 2.2 AA by axe, and never wider than the screen.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { DESK, PHONE } from "./browser.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Accessible and no wider than the screen, on a phone and a desk, in daylight and in the dark. */
export async function checkPage(page) {
  const found = [];
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  await page.evaluate(axe);
  for (const size of [PHONE, DESK]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      const where = `${size.width} ${colorScheme}`;
      const wide = await page.evaluate(() => {
        const limit = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= limit) return [];
        return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > limit + 1).slice(0, 3).map((e) => e.outerHTML.slice(0, 120));
      });
      if (wide.length) found.push(`${where}: wider than the screen: ${wide.join(" | ")}`);
      const { violations } = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), RULES);
      for (const v of violations) found.push(`${where}: ${v.id} (${v.impact}): ${v.nodes.slice(0, 2).map((n) => n.html.slice(0, 160)).join(" | ")}`);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(DESK);
  assert.deepEqual(found, []);
}
