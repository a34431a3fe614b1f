import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "../../support/chromium.ts";

/** What a visitor looks up, and where the search must lead. */
const questions: Readonly<Record<string, string>> = {
  rotateClientSecret: "functions/cloudflare-oauth-clients_rotation.rotateClientSecret.html",
  "client-changed": "errors/client-changed.html",
  recover: "commands/recover.html",
  "--overlap": "commands/rotate.html#option---overlap",
  "--accept-downtime": "commands/recover.html#option---accept-downtime",
  "--state-dir": "commands.html#option---state-dir",
  "GitHub Actions": "guides/cli.html#rotate-in-github-actions",
  "journal is gone": "guides/cli.html#my-journal-is-gone",
  "Rotate OAuth Client Secret": "http/oauth-clients-rotate-secret.html",
};

/** The addresses that the search has found, in order; empty until it is done. */
const results = `JSON.stringify([...document.querySelectorAll("#tsd-search-results a")].map(({ href }) => href))`;

/** Whether the page has what its own address leads to. */
const arrived = `String(location.hash === "" || document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null)`;

/** Looks things up with the keyboard alone. @returns What was not found. */
export async function search(browser: Browser, base: URL): Promise<string[]> {
  const page = await browser.newPage();
  const faults: string[] = [];
  for (const [words, wanted] of Object.entries(questions)) {
    await page.goto(new URL("index.html", base).href);
    const address = new URL(wanted, base).href;
    const found = await type(page, words);
    const place = found.indexOf(address);
    if (place === -1) {
      faults.push(`the search for "${words}" finds ${found.join(", ") || "nothing"}, and not ${address}`);
      continue;
    }
    for (let down = 0; down <= place; down++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(address);
    if ((await page.evaluate(arrived)) !== "true")
      faults.push(`the search leads to ${wanted}, but the page has no such part`);
  }
  await page.close();
  return faults;
}

async function type(page: Page, words: string): Promise<string[]> {
  // The index is a file of its own, which comes after the page.
  await page.waitForFunction("window.searchData !== undefined");
  await page.keyboard.press("/");
  await page.waitForSelector("#tsd-search-input:focus");
  await page.keyboard.type(words);
  await page.waitForSelector("#tsd-search-results a, #tsd-search-status:not(:empty)");
  // It searches again after each letter, so the results count only once they stay.
  for (let before = "", found = await page.evaluate(results); ; before = found, found = await page.evaluate(results)) {
    if (found === before) return JSON.parse(found);
    await delay(500);
  }
}
