import { join } from "node:path";
import type { Browser, Page } from "../../support/chromium.ts";
import { tools } from "../../support/packed-package.ts";
import { desktop, open, phone } from "./visit.ts";

/** A page of each kind. */
const paths = [
  "index.html",
  "guides/rotation.html",
  "commands/rotate.html",
  "errors/client-changed.html",
  "http/oauth-clients-create.html",
  "classes/cloudflare-oauth-clients.APIError.html",
];

/** What axe finds depends on the colours or on the width, not on both together: so each is looked at once. */
const audited: Readonly<Record<string, typeof desktop | typeof phone>> = { light: desktop, dark: phone };

/** What axe finds, a line for each rule. Links in headings that can be folded are TypeDoc's own, and work by keyboard. */
const audit = `axe.run({
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
  rules: {
    "nested-interactive": { enabled: false },
    "landmark-one-main": { enabled: true },
    region: { enabled: true },
    "skip-link": { enabled: true },
  },
}).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) =>
  id + " at " + nodes.slice(0, 3).map(({ target }) => target.join(" ")).join(", "))))`;

/** Reads a page of each kind as people do who see badly or use no mouse: with axe in both themes, and with the Tab key. */
export async function readPages(browser: Browser, base: URL, screenshots: string | undefined): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    let path = "";
    const page = await open(browser, base, (fault) => faults.push(`${path}, ${colorScheme}: ${fault}`), {
      colorScheme,
    });
    for (path of paths) {
      await page.setViewportSize(desktop);
      await page.goto(new URL(path, base).href);
      await page.waitForSelector("#tsd-nav-container a");
      for (const viewport of [desktop, phone]) {
        await page.setViewportSize(viewport);
        const name = `${path.replace(".html", "").replaceAll("/", "-")}-${viewport.width}-${colorScheme}.png`;
        if (screenshots) await page.screenshot({ path: join(screenshots, name) });
        if (audited[colorScheme] !== viewport) continue;
        await page.addScriptTag({ path: join(tools, "node_modules/axe-core/axe.min.js") });
        const found: string[] = JSON.parse(await page.evaluate(audit));
        for (const fault of [...found, ...(await useKeyboard(page))])
          faults.push(`${path}, ${colorScheme}, ${viewport.width} pixels: ${fault}`);
      }
    }
    await page.close();
  }
  return faults;
}

/** The element that has the focus, and whether that shows. */
const focused = `(() => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  const isShown = (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
  const name = element.localName + ": " + (element.ariaLabel ?? element.textContent).trim().slice(0, 40);
  return JSON.stringify({ name, isShown, isInContent: element.closest("#content") !== null });
})()`;

interface Focused {
  readonly name: string;
  readonly isShown: boolean;
  readonly isInContent: boolean;
}

/** Goes through the first stops of a page with the Tab key, and skips the navigation by the first. */
async function useKeyboard(page: Page): Promise<string[]> {
  const faults: string[] = [];
  const stops: Focused[] = [];
  while (stops.length < 12) {
    await page.keyboard.press("Tab");
    const stop: Focused = JSON.parse(await page.evaluate(focused));
    // Behind the last stop is the browser itself.
    if (stop.name.startsWith("body:")) break;
    stops.push(stop);
    if (!stop.isShown) faults.push(`the focus does not show on ${stop.name}`);
  }
  if (stops.length < 5) faults.push(`the Tab key leads only to ${stops.map(({ name }) => name).join(", ")}`);
  await page.evaluate("document.querySelector('.skip').focus()");
  if (stops[0]?.name !== "a: Skip to the content") faults.push(`the first stop is ${stops[0]?.name}`);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const { name, isInContent }: Focused = JSON.parse(await page.evaluate(focused));
  if (!isInContent) faults.push(`the link that skips the navigation leads to ${name}`);
  return faults;
}
