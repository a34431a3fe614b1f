/**
 * `npm run trial -- drift`: drift on documents of the vendor's size, in OpenAPI 3.0 and 3.1. Each seeded difference is reported
 * once, none is reported that is not there, and the command's time and memory are printed.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readAccepted, withoutAccepted } from "../../../scripts/drift/accepted.ts";
import { compareDescriptions } from "../../../scripts/drift/compare-descriptions.ts";
import { ApiDocument, type Fields, parse, readDocument } from "../../../scripts/drift/document.ts";
import { renderReport } from "../../../scripts/drift/report.ts";
import { breaking, harmless, type Seeded, told } from "../../scripts/drift/seeded.ts";
import { runNode } from "../../support/run-node.ts";
import { amid, asOpenAPI31, type Others, others, rewritten } from "./vendor-sized.ts";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const vendorLike = readFileSync(join(project, "test/scripts/drift/vendor-like.yaml"), "utf8");
const accepted = await readAccepted();
const ours = await readDocument(join(project, "generated/openapi.json"));
const folder = mkdtempSync(join(tmpdir(), "drift-"));
try {
  const small = parse(vendorLike) as Fields;
  const around = others(small);
  await examine("3.0", (text) => amid(parse(text) as Fields, around));
  const around31 = rewritten(around) as Others;
  await examine("3.1", (text) => amid(asOpenAPI31(parse(text) as Fields), around31));
} finally {
  rmSync(folder, { recursive: true });
}

async function examine(version: string, document: (text: string) => Fields): Promise<void> {
  await measure(version, document(vendorLike));
  const all = [...breaking, ...harmless];
  for (const seeded of all) judge(version, seeded, document);
  console.log(`${version}: each of ${all.length} seeded differences is reported once, and nothing else`);
}

/** Runs the command as a person would, which must find nothing. */
async function measure(version: string, document: Fields): Promise<void> {
  const path = join(folder, `${version}.json`);
  const text = JSON.stringify(document);
  writeFileSync(path, text);
  const start = performance.now();
  const { exit, stdout, stderr } = await runNode("scripts/drift.ts", [path], project);
  const seconds = (performance.now() - start) / 1000;
  assert.deepEqual({ exit, stderr }, { exit: 0, stderr: "" }, stdout);
  console.log(`${version}: ${(text.length / 1024 / 1024).toFixed(1)} MiB in ${seconds.toFixed(2)} s, nothing reported`);
}

function judge(version: string, { what, from, to, told: expected }: Seeded, document: (text: string) => Fields): void {
  const text = vendorLike.replace(from, () => to);
  assert.notEqual(text, vendorLike, what);
  const differences = compareDescriptions(ours, new ApiDocument(document(text)), accepted.recorded);
  const report = renderReport(withoutAccepted(differences, accepted.differences), 8);
  assert.deepEqual(told(report), expected, `${version}: ${what}`);
}
