/**
 * `npm run trial -- generators`: common code generators take the description whole, and common linters have nothing to say of it.
 * It ends with 1 if a generator fails, if its code does not compile or has other fields than the description, or if the table in
 * CONTRIBUTING.md is not what it saw; `--write` writes the table.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { operations } from "../../../generated/operations.ts";
import { installTools, root } from "../../support/packed-package.ts";
import { compareTable } from "../../support/seen-table.ts";
import { compile } from "./compiled.ts";
import { type Generator, generators } from "./generators.ts";
import { shapesOf } from "./schemas.ts";
import { type Row, tableOf } from "./table.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const tool = (path: string) => join(here, "node_modules", path);
const description = join(root, "generated/openapi.json");

installTools(here);

/** Runs a program of Node's; resolves to what it printed if it failed, else to an empty text. */
function faultOf(program: string, words: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, NO_COLOR: "1", CI: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], { cwd, env }, (error, stdout, stderr) =>
      resolve(error ? `${stdout}${stderr}`.trim() || error.message : ""),
    );
  });
}

/** Nothing but letters and figures: generators write an `operationId` each in their own case. */
const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

const expected = shapesOf(JSON.parse(readFileSync(description, "utf8")).components.schemas);

async function tryGenerator(generator: Generator, folder: string): Promise<{ row: Row; faults: string[] }> {
  const output = join(folder, plain(generator.name));
  mkdirSync(output);
  const fault = await faultOf(tool(generator.program), generator.words(description, output), folder);
  if (fault) throw new Error(`${generator.name}: ${fault}`);
  const code = readdirSync(output, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => plain(readFileSync(join(output, name), "utf8")))
    .join("\n");
  const lost = Object.keys(operations).filter((id) => !code.includes(plain(id)));
  const { errors, shapes } = compile(generator, output, expected.keys());
  const different = [...expected].filter(([name, shape]) => JSON.stringify(shapes.get(name)) !== JSON.stringify(shape));
  const { version } = JSON.parse(readFileSync(tool(`${generator.name}/package.json`), "utf8"));
  const told = (name: string, shape: unknown) =>
    `${name} is ${JSON.stringify(shapes.get(name))}, and should be ${JSON.stringify(shape)}`;
  return {
    row: {
      name: generator.name,
      version,
      operations: Object.keys(operations).length - lost.length,
      schemas: expected.size - different.length,
    },
    faults: [...lost, ...errors, ...different.map(([name, shape]) => told(name, shape))].map(
      (text) => `${generator.name}: ${text}`,
    ),
  };
}

/** What each linter is given. */
const linters: Readonly<Record<string, readonly [program: string, ...words: string[]]>> = {
  "Spectral, spectral:oas and spectral:arazzo": [
    tool("@stoplight/spectral-cli/dist/index.js"),
    ...["lint", "--ruleset", join(here, "spectral.yaml"), "--fail-severity", "hint"],
    ...[description, join(root, "openapi/rotation.arazzo.yaml")],
  ],
  "openapi-examples-validator": [tool("openapi-examples-validator/dist/cli.js"), description],
  "Redocly, recommended-strict": [
    join(root, "node_modules/@redocly/cli/bin/cli.js"),
    ...["lint", "--extends", "recommended-strict", "--config", join(here, "redocly.yaml"), description],
  ],
};

const folder = mkdtempSync(join(tmpdir(), "generators-"));
const faults: string[] = [];
const rows: Row[] = [];
try {
  symlinkSync(join(here, "node_modules"), join(folder, "node_modules"), "junction");
  for (const generator of generators) {
    const tried = await tryGenerator(generator, folder);
    rows.push(tried.row);
    faults.push(...tried.faults);
    console.log(`${tried.faults.length > 0 ? "✗" : "✓"} ${generator.name} ${tried.row.version}`);
  }
  for (const [name, [program, ...words]] of Object.entries(linters)) {
    const fault = await faultOf(program, words, folder);
    if (fault) faults.push(`${name}: ${fault}`);
    console.log(`${fault ? "✗" : "✓"} ${name}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
faults.push(...compareTable(tableOf(rows, expected.size), values.write));
for (const fault of faults) console.error(`✗ ${fault}`);
console.log(`${rows.length} generators, ${Object.keys(linters).length} linters, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
