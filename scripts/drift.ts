/**
 * Compares the description with the one that the vendor publishes:
 *
 *     npm run drift -- <file, or https address, of the vendor's OpenAPI document>
 *
 * Prints each difference by operation and field. Exits 1 if any could break a caller, 2 if the document cannot be read.
 */
import { fileURLToPath } from "node:url";
import { compareDescriptions, operationsOf } from "./drift/compare-descriptions.ts";
import { DocumentError, readDocument } from "./drift/document.ts";
import { renderReport } from "./drift/report.ts";

const [source, ...more] = process.argv.slice(2);
if (source === undefined || more.length > 0) {
  console.error("Usage: npm run drift -- <file, or https address, of the vendor's OpenAPI document>");
  process.exit(2);
}
try {
  const ours = await readDocument(fileURLToPath(new URL("../generated/openapi.json", import.meta.url)));
  const differences = compareDescriptions(ours, await readDocument(source));
  console.log(renderReport(differences, operationsOf(ours).length));
  process.exitCode = differences.some(({ breaks }) => breaks) ? 1 : 0;
} catch (error) {
  if (!(error instanceof DocumentError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
