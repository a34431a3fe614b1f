import { join } from "node:path";
import type { Browser, Page } from "../../support/chromium.ts";

const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

/** An endpoint: their page shows one at a time, by what stands behind the #. */
const endpoint = /^http\.html#\/[\w-]+\/[\w-]+/;

/** What a page says of itself: its text, the ids that a link may lead to, and its links. */
interface Look {
  readonly text: string;
  readonly ids: readonly string[];
  readonly links: readonly string[];
}

const look = `JSON.stringify({
  text: document.body.textContent,
  ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
  links: [...document.querySelectorAll("a[href]")].map(({ href }) => href),
})`;

/** What a visit of the whole site has found. */
export interface Visit {
  /** The pages, by their path in the site. */
  readonly pages: ReadonlyMap<string, Look>;
  readonly faults: readonly string[];
}

/** Visits every page that links lead to from the index, at desktop and at phone width; some at a time. */
export async function visitSite(browser: Browser, base: URL, screenshots: string | undefined): Promise<Visit> {
  const pages = new Map<string, Look>();
  const faults: string[] = [];
  const waiting = ["index.html"];
  const known = new Set(waiting);
  /** Where each link within the site was found first. */
  const links = new Map<string, string>();

  const follow = (link: string, from: string) => {
    if (!links.has(link)) links.set(link, from);
    const [file = ""] = link.split("#");
    const path = endpoint.exec(link)?.[0] ?? file;
    // What the guides link to of the project's files is copied as it is.
    if (known.has(path) || !file.endsWith(".html") || file.startsWith("media/")) return;
    known.add(path);
    waiting.push(path);
  };
  const work = async (most = Number.POSITIVE_INFINITY) => {
    let path = "";
    const openTab = () => open(browser, base, (fault) => faults.push(`${path}: ${fault}`));
    let page = await openTab();
    const shoot = async ({ width }: { width: number }) => {
      const name = `${path.replace(".html", "").replace(/[#/]+/g, "-")}-${width}.png`;
      if (screenshots) await page.screenshot({ path: join(screenshots, name) });
    };
    for (let left = most; left > 0; left--) {
      const next = waiting.shift();
      if (next === undefined) break;
      path = next;
      try {
        await page.setViewportSize(desktop);
        await page.goto(new URL(path, base).href);
        await page.waitForSelector(markOf(path));
      } catch (error) {
        faults.push(`${path}: ${error}`);
        // The browser's own page for what fails would get in the way of the next.
        await page.close();
        page = await openTab();
        continue;
      }
      const seen: Look = JSON.parse(await page.evaluate(look));
      pages.set(path, seen);
      for (const link of seen.links) if (link.startsWith(base.href)) follow(link.slice(base.href.length), path);
      await shoot(desktop);
      await page.setViewportSize(phone);
      const width = Number(await page.evaluate("String(document.documentElement.scrollWidth)"));
      if (width > phone.width) faults.push(`${path}: ${width} pixels wide on a phone of ${phone.width}`);
      await shoot(phone);
    }
    await page.close();
  };
  // The index alone first: it leads to the rest.
  await work(1);
  await Promise.all([work(), work(), work()]);
  return { pages, faults: [...faults, ...(await brokenLinks(links, pages, base))] };
}

/** A tab that tells what goes wrong in it, and gets nothing from anywhere else. */
async function open(browser: Browser, base: URL, tell: (fault: string) => void): Promise<Page> {
  const page = await browser.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) tell(`the console says ${message.text()}`);
  });
  page.on("pageerror", (error) => tell(error.message));
  await page.route(
    (url) => url.origin !== base.origin,
    async (route) => {
      tell(`asks another origin for ${route.request().url()}`);
      await route.abort();
    },
  );
  return page;
}

/** What is there once the page's scripts have done their part. */
function markOf(path: string): string {
  if (endpoint.test(path)) return "#redoc :text-is('Responses'):visible";
  if (path === "kill-it-yourself.html") return ".verdict:has-text('works')";
  return path === "http.html" ? "#redoc a[href^='#/']" : "#tsd-nav-container a";
}

async function brokenLinks(
  links: ReadonlyMap<string, string>,
  pages: ReadonlyMap<string, Look>,
  base: URL,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [link, from] of links) {
    const [file = "", id = ""] = link.split("#");
    const page = pages.get(file);
    // What begins with a slash is the endpoints' page's own.
    const isThere = page
      ? id === "" || id.startsWith("/") || page.ids.includes(decodeURIComponent(id))
      : (await fetch(new URL(file, base))).ok;
    if (!isThere) faults.push(`${from}: a link to ${link}, which is not there`);
  }
  return faults;
}

/** Looks something up by the search field, which has its index from a file of the site. */
export async function search(browser: Browser, base: URL, text: string): Promise<string[]> {
  const page = await browser.newPage();
  await page.goto(new URL("index.html", base).href);
  await page.click("#tsd-search-trigger");
  await page.fill("#tsd-search-input", text);
  await page.waitForSelector("#tsd-search-results a");
  const found = await page.locator("#tsd-search-results a").allTextContents();
  await page.close();
  return found;
}
