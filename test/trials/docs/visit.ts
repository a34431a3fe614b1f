import type { Browser, Page } from "../../support/chromium.ts";

export const desktop = { width: 1280, height: 900 } as const;
export const phone = { width: 390, height: 844 } as const;

/** What the trial reads of a page. */
interface Look {
  readonly text: string;
  /** The ids that a link may lead to. */
  readonly ids: readonly string[];
  readonly links: readonly string[];
  /** How wide it is at desktop and at phone width. */
  readonly widths: readonly number[];
}

/** What a visit of the whole site has found. */
export interface Visit {
  /** The pages, by their path in the site. */
  readonly pages: ReadonlyMap<string, Look>;
  readonly faults: readonly string[];
}

/** Visits every page that links lead to from the index, at desktop and at phone width; two at a time. */
export async function visitSite(browser: Browser, base: URL): Promise<Visit> {
  const pages = new Map<string, Look>();
  const faults: string[] = [];
  const waiting = ["index.html"];
  const known = new Set(waiting);
  /** Where each link within the site was found first. */
  const links = new Map<string, string>();

  const follow = (link: string, from: string) => {
    if (!links.has(link)) links.set(link, from);
    const [path = ""] = link.split("#");
    // What the guides link to of the project's files is copied as it is.
    if (known.has(path) || !path.endsWith(".html") || path.startsWith("media/")) return;
    known.add(path);
    waiting.push(path);
  };
  const work = async (most = Number.POSITIVE_INFINITY) => {
    let path = "";
    const page = await open(browser, base, (fault) => faults.push(`${path}: ${fault}`));
    // A frame that is not painted takes a fraction of the time that a tab takes.
    await page.goto(new URL("index.html", base).href);
    await page.setContent('<iframe style="visibility: hidden; height: 900px; border: 0"></iframe>');
    for (let left = most; left > 0 && waiting.length > 0; left--) {
      path = waiting.shift() ?? "";
      const seen: Look = JSON.parse(await page.evaluate(look(new URL(path, base).href)));
      pages.set(path, seen);
      for (const link of seen.links) if (link.startsWith(base.href)) follow(link.slice(base.href.length), path);
      for (const [index, { width }] of [desktop, phone].entries())
        if (seen.widths[index] !== width) faults.push(`${path}: ${seen.widths[index]} pixels wide on ${width}`);
    }
    await page.close();
  };
  // The index alone first: it leads to the rest.
  await work(1);
  await Promise.all([work(), work()]);
  return { pages, faults: [...faults, ...(await brokenLinks(links, pages, base))] };
}

/** Opens a page in the frame, once its scripts have filled the navigation, and looks at it at both widths. */
function look(address: string): string {
  return `new Promise((resolve) => {
    const frame = document.querySelector("iframe");
    const widthAt = (width) => {
      frame.style.width = width + "px";
      return frame.contentDocument.documentElement.scrollWidth;
    };
    frame.onload = async () => {
      const { contentDocument: page } = frame;
      while (page.querySelector("#tsd-nav-container:not(:has(a))")) await new Promise((next) => setTimeout(next, 20));
      resolve(JSON.stringify({
        text: page.body.textContent,
        ids: [...page.querySelectorAll("[id]")].map(({ id }) => id),
        links: [...page.querySelectorAll("a[href]")].map(({ href }) => href),
        widths: [widthAt(${desktop.width}), widthAt(${phone.width})],
      }));
    };
    widthAt(${desktop.width});
    frame.src = ${JSON.stringify(address)};
  })`;
}

/** A tab that tells what goes wrong in it, and gets nothing from anywhere else. */
export async function open(
  browser: Browser,
  base: URL,
  tell: (fault: string) => void,
  options: { readonly colorScheme?: "light" | "dark" } = {},
): Promise<Page> {
  const page = await browser.newPage(options);
  page.on("console", (message) => {
    // Chromium's own, about any page in a frame.
    if (message.text().startsWith("Setting overlaysContent")) return;
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

async function brokenLinks(
  links: ReadonlyMap<string, string>,
  pages: ReadonlyMap<string, Look>,
  base: URL,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [link, from] of links) {
    const [file = "", id = ""] = link.split("#");
    const page = pages.get(file);
    const isThere = page
      ? id === "" || page.ids.includes(decodeURIComponent(id))
      : (await fetch(new URL(file, base))).ok;
    if (!isThere) faults.push(`${from}: a link to ${link}, which is not there`);
  }
  return faults;
}
