import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { tools } from "./packed-package.ts";

/** What we use of Playwright; its own types are there only once it is installed. */
interface Playwright {
  chromium: { launch(options: object): Promise<Browser> };
}

export interface Browser {
  version(): string;
  newPage(options?: { readonly colorScheme?: "light" | "dark" }): Promise<Page>;
  close(): Promise<void>;
}

export interface Route {
  request(): { url(): string };
  abort(): Promise<void>;
}

export interface Page {
  goto(url: string): Promise<unknown>;
  setContent(html: string): Promise<void>;
  close(): Promise<void>;
  addScriptTag(options: object): Promise<unknown>;
  evaluate(script: string): Promise<string>;
  click(selector: string): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  fill(selector: string, text: string): Promise<void>;
  waitForSelector(selector: string): Promise<unknown>;
  waitForFunction(script: string): Promise<unknown>;
  waitForURL(address: string): Promise<void>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  screenshot(options: { readonly path: string }): Promise<unknown>;
  route(matches: (url: URL) => boolean, handler: (route: Route) => Promise<void>): Promise<void>;
  textContent(selector: string): Promise<string | null>;
  locator(selector: string): { allTextContents(): Promise<string[]> };
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
  on(event: "pageerror", listener: (error: Error) => void): void;
  on(event: "request", listener: (request: { url(): string }) => void): void;
}

const executablePath = (process.env.PATH ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
  .find(existsSync);

// Nothing of the browser's own goes to the network.
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Why there is no Chromium, if there is none. */
export const missingChromium: string | undefined = executablePath
  ? undefined
  : "not installed: apt-get install chromium";

/** Starts the machine's own Chromium, with a fresh profile. */
export function launchChromium(): Promise<Browser> {
  const { chromium }: Playwright = createRequire(join(tools, "node_modules/playwright-core"))("playwright-core");
  return chromium.launch({ executablePath, args, timeout: 20_000 });
}
