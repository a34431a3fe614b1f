import { fileURLToPath } from "node:url";
import { bundle } from "../../support/bundle.ts";
import type { Browser } from "../../support/chromium.ts";

const phone = { width: 390, height: 844 };

/** What explore.ts has found in the page. */
export interface Explored {
  /** Places at which something was broken. */
  readonly histories: number;
  readonly faults: readonly string[];
}

/**
 * Opens "Kill it yourself", which asks for nothing but itself, and breaks both programs there, in every way and after every step.
 * What has become of the services is judged by the simulated accounts, not by the page.
 */
export async function killItYourself(browser: Browser, file: URL): Promise<Explored> {
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== file.href && !request.url().startsWith("data:")) faults.push(`asks for ${request.url()}`);
  });
  await page.goto(file.href);
  // As a visitor on a phone begins, and where the texts are longest.
  await page.setViewportSize(phone);
  await page.click("[data-act=start]");
  await page.waitForSelector("[data-side=plain-script] .text:has-text('is under way')");
  await page.click("[data-act=lose]");
  await page.waitForSelector("[data-side=with-journal] .text:has-text('has stopped')");
  const width = Number(await page.evaluate("String(document.documentElement.scrollWidth)"));
  if (width > phone.width) faults.push(`${width} pixels wide on a phone of ${phone.width}`);
  const explorer = fileURLToPath(new URL("explore.ts", import.meta.url));
  await page.addScriptTag({ content: await bundle(explorer, "browser") });
  const explored: Explored = JSON.parse(await page.evaluate("explore()"));
  await page.close();
  return { ...explored, faults: [...faults, ...explored.faults].map((fault) => `kill-it-yourself.html: ${fault}`) };
}
