import { join } from "node:path";
import type { Browser, Page } from "../runtimes/chromium.ts";

const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

/** What a page says of itself: its text, the ids that a link may lead to, its links, and how wide it is on a phone. */
const look = `JSON.stringify({
  text: document.body.textContent,
  ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
  links: [...document.querySelectorAll("a[href]")].map(({ href }) => href),
})`;

interface Look {
  readonly text: string;
  readonly ids: readonly string[];
  readonly links: readonly string[];
}

/** What a visit of the whole site has found. */
export interface Visit {
  /** The pages, by their path in the site. */
  readonly pages: ReadonlyMap<string, Look>;
  readonly faults: readonly string[];
}

/** Visits every page that links lead to from the index, at desktop and at phone width. */
export async function visitSite(browser: Browser, base: URL, screenshots: string | undefined): Promise<Visit> {
  const pages = new Map<string, Look>();
  const faults: string[] = [];
  const waiting = ["index.html"];
  const known = new Set(waiting);
  /** Where a link within the site was found: the first time it was. */
  const targets = new Map<string, string>();

  const work = async (most = Number.POSITIVE_INFINITY) => {
    const page = await browser.newPage();
    let path = "";
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) faults.push(`${path}: the console says ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`${path}: ${error.message}`));
    await page.route(
      (url) => url.origin !== base.origin,
      async (route) => {
        faults.push(`${path}: asks another origin for ${route.request().url()}`);
        await route.abort();
      },
    );
    for (let left = most; left > 0; left--) {
      const next = waiting.shift();
      if (next === undefined) break;
      path = next;
      await page.setViewportSize(desktop);
      await page.goto(new URL(path, base).href);
      // What the scripts add has come then.
      await page
        .waitForSelector(path === "http.html" ? "#redoc h1" : "#tsd-nav-container a")
        .catch((error) => faults.push(`${path}: ${error}`));
      const seen: Look = JSON.parse(await page.evaluate(look));
      pages.set(path, seen);
      for (const link of seen.links) {
        if (!link.startsWith(base.href)) continue;
        const target = link.slice(base.href.length);
        if (!targets.has(target)) targets.set(target, path);
        const [file = ""] = target.split("#");
        // What the guides link to of the project's files is copied as it is.
        if (!file.endsWith(".html") || file.startsWith("media/") || known.has(file)) continue;
        known.add(file);
        waiting.push(file);
      }
      if (screenshots) await page.screenshot({ path: shot(screenshots, path, desktop.width) });
      await page.setViewportSize(phone);
      const width = Number(await page.evaluate("String(document.documentElement.scrollWidth)"));
      if (width > phone.width) faults.push(`${path}: ${width} pixels wide on a phone of ${phone.width}`);
      if (screenshots) await page.screenshot({ path: shot(screenshots, path, phone.width) });
    }
    await page.close();
  };
  await work(1);
  await Promise.all([work(), work(), work()]);
  return { pages, faults: [...faults, ...(await brokenLinks(targets, pages, base))] };
}

function shot(folder: string, path: string, width: number): string {
  return join(folder, `${path.replaceAll("/", "-").replace(/\.html$/, "")}-${width}.png`);
}

async function brokenLinks(
  targets: ReadonlyMap<string, string>,
  pages: ReadonlyMap<string, Look>,
  base: URL,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [target, from] of targets) {
    const [file = "", id = ""] = target.split("#");
    const page = pages.get(file);
    // The page of the endpoints finds its own way by what stands behind the #.
    const isThere =
      page && file !== "http.html"
        ? id === "" || page.ids.includes(decodeURIComponent(id))
        : (await fetch(new URL(file, base))).ok;
    if (!isThere) faults.push(`${from}: a link to ${target}, which is not there`);
  }
  return faults;
}

/** Looks something up by the search field, which has its index from a file of the site. */
export async function search(browser: Browser, base: URL, text: string): Promise<string[]> {
  const page: Page = await browser.newPage();
  await page.goto(new URL("index.html", base).href);
  await page.click("#tsd-search-trigger");
  await page.fill("#tsd-search-input", text);
  await page.waitForSelector("#tsd-search-results a");
  const found = await page.locator("#tsd-search-results a").allTextContents();
  await page.close();
  return found;
}
