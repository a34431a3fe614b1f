// Runs the suite on every runtime that the package is for, from the package as its users get it: `npm run trial -- runtimes`.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMockServer } from "../../../scripts/mock-server.ts";
import { installPacked, installTools, packProject, tools } from "../../support/packed-package.ts";
import { chromium } from "./chromium.ts";
import { command } from "./command.ts";
import { closedAddress, startLoopback } from "./loopback.ts";
import type { Bench, Check, Runtime } from "./runtime.ts";
import { formatTable } from "./table.ts";
import { workerd } from "./workerd.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

const runtimes: readonly Runtime[] = [
  command("Node 20", "node-20/bin/node"),
  command("Node 22", "node-22/bin/node"),
  command("Node 24", "node-24/bin/node"),
  command("Node 26", "node-26/bin/node"),
  command("Bun", "bun/bin/bun"),
  command("Deno", "deno/deno", "run", "--no-prompt", "--cached-only", "--allow-net=127.0.0.1"),
  workerd,
  chromium,
];

interface Row {
  readonly runtime: string;
  readonly version: string;
  readonly checks: readonly Check[];
  readonly seconds: number;
  readonly note?: string | undefined;
}

async function measure(runtime: Runtime, bench: Bench): Promise<Row> {
  const { name, missing } = runtime;
  if (missing) {
    const checks = process.env.CI ? [{ name: "runs", ok: false, detail: missing }] : [];
    return { runtime: name, version: "-", checks, seconds: 0, note: missing };
  }
  const start = performance.now();
  const { version, checks } = await runtime.run(bench).catch((error: unknown) => ({
    version: "?",
    checks: [{ name: "runs", ok: false, detail: String(error) }],
  }));
  return { runtime: name, version, checks, seconds: (performance.now() - start) / 1000 };
}

async function measureAll(project: string): Promise<Row[]> {
  const prism = await startMockServer();
  const loopback = await startLoopback();
  try {
    const addresses = { prism: prism.url, scripted: loopback.url, closed: await closedAddress() };
    const bench = { project, modules: join(tools, "node_modules"), addresses, page: loopback.page };
    const rows = new Map<Runtime, Row>();
    const waiting = [...runtimes];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) rows.set(next, await measure(next, bench));
    };
    // The suite mostly waits; more at once would upset the checks that measure time.
    await Promise.all([work(), work(), work()]);
    return runtimes.flatMap((runtime) => rows.get(runtime) ?? []);
  } finally {
    loopback.close();
    await prism.close();
  }
}

if (process.platform !== "linux" || process.arch !== "x64") {
  console.error("The runtimes of this test are installed for Linux on x64 only.");
  process.exit(1);
}
console.error("Installing the runtimes, and the package as its users get it …");
installTools(tools);
const folder = mkdtempSync(join(tmpdir(), "runtimes-"));
const project = join(folder, "project");
let rows: Row[];
try {
  installPacked(packProject(folder), project);
  for (const part of ["programs", "suite"]) cpSync(join(here, part), join(project, part), { recursive: true });
  rows = await measureAll(project);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const count = (checks: readonly Check[], ok: boolean) => checks.filter((check) => check.ok === ok).length;
const seen = (checks: readonly Check[], name: string) => {
  const check = checks.find((check) => check.name.includes(name));
  return check?.ok ? check.detail : "";
};
const lines = rows.map(({ runtime, version, checks, seconds, note }) => [
  runtime,
  version,
  String(count(checks, true)),
  String(count(checks, false)),
  seconds.toFixed(1),
  note ?? seen(checks, "a rotation is repeated only if"),
  seen(checks, "a redirect to another origin"),
]);
const head = ["runtime", "version", "passed", "failed", "seconds", "outcome at a closed port", "redirect seen as"];
console.log(formatTable([head, ...lines]));
for (const { runtime, checks } of rows)
  for (const { name, ok, detail } of checks) if (!ok) console.log(`\n✗ ${runtime}: ${name}\n  ${detail}`);

const all = rows.flatMap(({ checks }) => checks);
console.log(`\n${count(all, true)} passed, ${count(all, false)} failed`);
process.exitCode = count(all, false) > 0 ? 1 : 0;
