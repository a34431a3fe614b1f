import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { expect, test } from "vitest";
import { launchChromium, missingChromium } from "../../support/chromium.ts";
import { project, typeErrors } from "./project.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
};

/** Serves the project's files on loopback, as any server of files does. */
async function serveFiles() {
  const server = createServer((request, response) => {
    const path = join(project, new URL(request.url ?? "", "http://localhost").pathname);
    response.setHeader("Content-Type", contentTypes[extname(path)] ?? "application/octet-stream");
    createReadStream(path)
      .on("error", () => response.writeHead(404).end())
      .pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

test("the page's types are right", async () => expect(await typeErrors("browser")).toBe(""));

// In CI it fails without one.
const missing = process.env.CI ? undefined : missingChromium;

test("the page rotates a secret, shows the steps, and deletes the old one", async (context) => {
  if (missing) context.skip(`Chromium is ${missing}`);
  using server = await serveFiles();
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    const listOf = (id: string) => page.locator(`${id} li`).allTextContents();

    await page.goto(`${server.origin}/browser/index.html`);
    await expect.poll(() => listOf("#secrets")).toHaveLength(1);
    const [old] = await listOf("#secrets");
    expect(await page.textContent("#deployed")).toBe(old);

    await page.click("#rotate");
    await expect
      .poll(() => listOf("#steps"), { timeout: 20_000 })
      .toContain("The new secret works, and is what the service uses");
    const [first, fresh] = await listOf("#secrets");
    expect(first).toBe(old);
    expect(fresh).toMatch(/^[0-9a-f]{8}$/);
    expect(await page.textContent("#deployed")).toBe(fresh);
    const settled = [
      "A made-up secret is refused, as it must be",
      "Written down that a new secret is being asked for",
      "The new secret is here; the old one goes on working",
      "The service has the new secret",
      "The new secret is accepted (proof 3)",
      "The new secret works, and is what the service uses",
    ];
    const steps = await listOf("#steps");
    expect(steps.filter((step) => settled.includes(step))).toEqual(settled);

    await page.click("#finish");
    await expect.poll(() => listOf("#steps"), { timeout: 20_000 }).toContain("Done: only the new secret works");
    await expect.poll(() => listOf("#secrets")).toEqual([fresh]);
    expect(await page.textContent("#deployed")).toBe(fresh);

    expect(await page.evaluate("document.documentElement.outerHTML")).not.toContain("sandbox-secret-");
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(`${server.origin}/`) && !url.startsWith("data:"))).toEqual([]);
    expect(requests).toContain(`${server.origin}/node_modules/cloudflare-oauth-clients/dist/sandbox.js`);
  } finally {
    await browser.close();
  }
});
