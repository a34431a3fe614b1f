/**
 * `npm run trial -- docs [--screenshots <folder>]`: builds the site, serves it on loopback, and visits all of it by the machine's
 * Chromium, with nothing else to be had. Looks things up with the keyboard, and reads a page of each kind with axe. Also takes
 * docstrings away, and sees that each is missed.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { operations } from "../../../generated/operations.ts";
import { errorCodes } from "../../../scripts/error-codes.ts";
import { guides } from "../../../scripts/guides.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { launchChromium, missingChromium } from "../../support/chromium.ts";
import { installTools, root, tools } from "../../support/packed-package.ts";
import { killItYourself } from "./kill-it-yourself.ts";
import { unnoticed } from "./missing-docstrings.ts";
import { readPages } from "./read-pages.ts";
import { search } from "./search.ts";
import { serve } from "./serve.ts";
import { type Visit, visitSite } from "./visit.ts";

const { values } = parseArgs({ options: { screenshots: { type: "string" } } });

function run(...command: string[]): void {
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** The pages that there must be: of each entry, guide, command, error code and operation, and some of every kind. */
function missingPages({ pages }: Visit): string[] {
  const { name, exports }: { name: string; exports: object } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  const rooms = guides.filter((guide) => guide.startsWith("src/")).map((guide) => guide.split("/")[1]);
  const ofProject = readdirSync(root).filter((file) => file.endsWith(".md") && file !== "README.md");
  const wanted = [
    ...["commands", "errors", "http", "guides/test"],
    ...rooms.map((room) => `guides/${room}`),
    ...commands().map((command) => `commands/${command}`),
    ...errorCodes().map(({ code }) => `errors/${code}`),
    ...Object.keys(operations).map((id) => `http/${id}`),
    ...ofProject.map((file) => `documents/${file.replace(".md", "")}`),
    ...entries.map((entry) => `modules/${name}${entry.slice(1).replace("/", "_")}`),
  ].map((path) => `${path}.html`);
  const kinds = ["classes", "interfaces", "functions", "types"];
  return [
    ...wanted.filter((path) => !pages.has(path)).map((path) => `no link leads to ${path}`),
    ...kinds
      .filter((kind) => ![...pages.keys()].some((path) => path.startsWith(`${kind}/`)))
      .map((kind) => `no ${kind}`),
  ];
}

function commands(): string[] {
  return createProgram({ open: () => Promise.reject(), exit: () => {} })
    .commands.map((command) => command.name())
    .filter((name) => name !== "help");
}

/** The pages of error codes that do not show what the command prints. */
function missingMessages({ pages }: Visit): string[] {
  return errorCodes()
    .filter(({ code, printed }) => !pages.get(`errors/${code}.html`)?.text.includes(printed.split("\n")[0] ?? ""))
    .map(({ code }) => `errors/${code}.html does not show what the command prints`);
}

function missingSamples({ pages }: Visit): string[] {
  return Object.entries(operations).flatMap(([id, { method, path }]) => {
    const text = pages.get(`http/${id}.html`)?.text;
    const wanted = [`${method} ${path}`, "curl ", "client.iam."];
    return wanted
      .filter((sample) => !text?.includes(sample))
      .map((sample) => `http/${id}.html does not have ${sample}`);
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
  const [visit, unfound, kills, silence, reading] = await Promise.all([
    visitSite(browser, base),
    search(browser, base),
    killItYourself(browser, new URL("kill-it-yourself.html", base)),
    unnoticed(),
    readPages(browser, base, values.screenshots),
  ]);
  const faults = [
    ...visit.faults,
    ...missingPages(visit),
    ...missingSamples(visit),
    ...missingMessages(visit),
    ...unfound,
    ...kills.faults,
    ...silence,
    ...reading,
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
