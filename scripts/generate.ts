/**
 * Writes `generated/` from `openapi/openapi.yaml`: the types, the operation table and the bundled document.
 *
 *     npm run generate               write what has changed
 *     npm run generate -- --check    write nothing; exit 1 and name what is stale
 *     npm run generate -- --watch    write again at every save
 *
 * A description that does not lint, or does not say what the table needs, is reported and leaves `generated/` as it was.
 */
import { execFile } from "node:child_process";
import { watch } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { bundle, createConfig } from "@redocly/openapi-core";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import { codeSamples } from "./code-samples.ts";
import { type Description, eachOperation, renderOperations } from "./operation-table.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "openapi");
const target = join(root, "generated");
const redocly = fileURLToPath(import.meta.resolve("@redocly/cli/bin/cli.js"));

/** A fault of the description, which its author mends; told without a stack. */
class DescriptionError extends Error {}

/** Lints with all rules, by the command, which tells best what is wrong and where. */
async function lint(description: string): Promise<void> {
  try {
    await promisify(execFile)(
      process.execPath,
      [redocly, "lint", "--config", join(source, "redocly.yaml"), description],
      {
        cwd: root,
        env: {
          ...process.env,
          REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
          ...(process.stderr.isTTY && { FORCE_COLOR: "1" }),
        },
      },
    );
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as { stdout?: string; stderr?: string; message: string };
    // Not its closing advice, to have the fault ignored.
    const text = `${stdout}${stderr}`.replace(/^.*--generate-ignore-file.*$/gm, "").trim();
    throw new DescriptionError(text || message);
  }
}

/** A copy for the types, in which a result requires what its operation promises: the client rejects a response without. */
function withPromises(document: OpenAPI3): OpenAPI3 {
  const copy = structuredClone(document);
  for (const item of Object.values(copy.paths ?? {}))
    for (const operation of Object.values(item)) {
      const required = operation["x-promised"];
      if (!required) continue;
      const { schema } = operation.responses["200"].content["application/json"];
      for (const { properties } of [schema, ...(schema.allOf ?? [])]) {
        if (!properties?.result) continue;
        const name = properties.result.$ref?.split("/").at(-1);
        // Not beside the reference: the type would have each property twice, and documentation could show either.
        const { required: own = [], ...result } = copy.components?.schemas?.[name] ?? properties.result;
        properties.result = { ...result, required: [...own, ...required] };
      }
    }
  return copy;
}

/** What `generated/` should hold: the text of each file by its name. */
async function render(): Promise<Map<string, string>> {
  const description = join(source, "openapi.yaml");
  await lint(description);

  const config = await createConfig({});
  const bundled = await bundle({ ref: description, config });
  const dereferenced = await bundle({ ref: description, config, dereference: true });
  const document = bundled.bundle.parsed as OpenAPI3;
  const types = await openapiTS(withPromises(document), {
    alphabetize: true,
    emptyObjectsUnknown: true,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    silent: true,
  });
  const full = dereferenced.bundle.parsed as Description;
  const samples = codeSamples(full);
  for (const { operation } of eachOperation(bundled.bundle.parsed as Description))
    Object.assign(operation, { "x-codeSamples": samples.get(operation.operationId) });
  const lines = (await readFile(description, "utf8")).split("\n");
  const fault = (operationId: string, reason: string) => {
    const line = lines.findIndex((text) => text.trim() === `operationId: ${operationId}`) + 1;
    return new DescriptionError(`${relative(root, description)}:${line}: ${operationId}: ${reason}`);
  };
  const notice = "// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.\n\n";
  return new Map([
    ["openapi.json", `${JSON.stringify(document, null, 2)}\n`],
    ["openapi.ts", notice + astToString(types)],
    ["operations.ts", notice + renderOperations(full, fault)],
  ]);
}

/** The files of `generated/` whose text is not what the description yields. */
async function stale(files: Map<string, string>): Promise<string[]> {
  const names: string[] = [];
  for (const [name, text] of files) {
    const present = await readFile(join(target, name), "utf8").catch(() => undefined);
    if (present !== text) names.push(name);
  }
  return names;
}

async function write(files: Map<string, string>): Promise<void> {
  const names = await stale(files);
  await mkdir(target, { recursive: true });
  // Everything is written beside its place first, so that a full disk leaves the old files whole.
  for (const name of names) await writeFile(join(target, `.${name}.new`), files.get(name) ?? "");
  for (const name of names) {
    await rename(join(target, `.${name}.new`), join(target, name));
    console.log(`wrote ${relative(root, join(target, name))}`);
  }
  if (names.length === 0) console.log("generated/ is up to date");
}

async function check(files: Map<string, string>): Promise<void> {
  const names = await stale(files);
  if (names.length === 0) return console.log("generated/ is up to date");
  for (const name of names) console.error(`stale: generated/${name}`);
  throw new DescriptionError("The description has changed since. Run `npm run generate` and commit what it writes.");
}

/** Runs `action`, tells a fault of the description in plain words, and returns whether it went well. */
async function attempt(action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof DescriptionError)) throw error;
    console.error(error.message);
    return false;
  }
}

const { values } = parseArgs({ options: { check: { type: "boolean" }, watch: { type: "boolean" } } });
if (values.watch) {
  // A save is several events, and more may come during a run; however many they are, they ask for one more run.
  let asked = true;
  let wake = () => {};
  watch(source, { recursive: true }, () => {
    asked = true;
    wake();
  });
  console.log("watching openapi/ (Ctrl-C ends it)");
  for (;;) {
    while (asked) {
      asked = false;
      await attempt(async () => write(await render()));
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
} else {
  const ok = await attempt(async () => (values.check ? check(await render()) : write(await render())));
  process.exitCode = ok ? 0 : 1;
}
