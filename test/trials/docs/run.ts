/**
 * `npm run trial -- docs [--screenshots <folder>]`: builds the reference, serves it on loopback, and visits all of it by the
 * machine's Chromium, with nothing else to be had; and sees that a missing docstring is told of.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { operations } from "../../../generated/operations.ts";
import { guides, titleOf } from "../../../scripts/guides.ts";
import { launchChromium, missingChromium } from "../../support/chromium.ts";
import { installTools, root, tools } from "../../support/packed-package.ts";
import { killItYourself } from "./kill-it-yourself.ts";
import { unnoticed } from "./missing-docstrings.ts";
import { serve } from "./serve.ts";
import { search, type Visit, visitSite } from "./visit.ts";

const { values } = parseArgs({ options: { screenshots: { type: "string" } } });

function run(...command: string[]): void {
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** The pages that there must be: of the endpoints, of each entry, of each guide, and some of every kind. */
function missingPages({ pages }: Visit): string[] {
  const { name, exports }: { name: string; exports: object } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  const files = readdirSync(root).filter((file) => file.endsWith(".md"));
  const rooms = guides.filter((guide) => guide.startsWith("src/"));
  const documents = [...files.map((file) => file.replace(".md", "")), ...rooms.map(titleOf)];
  const wanted = [
    "http.html",
    ...entries.map((entry) => `modules/${name}${entry.slice(1).replace("/", "_")}.html`),
    ...documents.map((name) => `documents/${name.replace(/\W/g, "_")}.html`),
  ];
  const kinds = ["classes", "interfaces", "functions", "types"];
  return [
    ...wanted.filter((path) => !pages.has(path)).map((path) => `no link leads to ${path}`),
    ...kinds
      .filter((kind) => ![...pages.keys()].some((path) => path.startsWith(`${kind}/`)))
      .map((kind) => `no ${kind}`),
  ];
}

function missingOperations({ pages }: Visit): string[] {
  return Object.entries(operations).flatMap(([id, { method, path }]) => {
    const [, page] = [...pages].find(([place]) => place.startsWith("http.html#") && place.endsWith(`/${id}`)) ?? [];
    return page?.text.includes(path) ? [] : [`http.html does not lead to ${method} ${path}`];
  });
}

if (missingChromium) {
  console.error(`Chromium is ${missingChromium}`);
  process.exit(1);
}
const start = performance.now();
installTools(tools);
run("scripts/docs/docs.ts");
run("node_modules/typescript-7/bin/tsc", "-p", "scripts/docs");
run("node_modules/typescript-7/bin/tsc", "-p", "scripts/docs/kill-it-yourself");
const base = await serve(join(root, ".docs"));
if (values.screenshots) mkdirSync(values.screenshots, { recursive: true });
const browser = await launchChromium();
try {
  const [visit, found, kills, silence] = await Promise.all([
    visitSite(browser, base, values.screenshots),
    search(browser, base, "rotateClientSecret"),
    killItYourself(browser, new URL("kill-it-yourself.html", base)),
    unnoticed(),
  ]);
  const isFound = found.some((text) => text.includes("rotateClientSecret"));
  const faults = [
    ...visit.faults,
    ...missingPages(visit),
    ...missingOperations(visit),
    ...(isFound ? [] : ["the search does not find rotateClientSecret"]),
    ...kills.faults,
    ...silence,
  ];
  for (const fault of faults) console.error(`✗ ${fault}`);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `${visit.pages.size} pages at two widths, ${kills.histories} interrupted rotations, ${faults.length} faults, ${seconds} s`,
  );
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  await browser.close();
}
