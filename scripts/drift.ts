/**
 * Compares the description with the one that the vendor publishes:
 *
 *     npm run drift -- <file, or https address, of the vendor's OpenAPI document>
 *
 * Prints each difference by operation and field, but for those in openapi/accepted-drift.yaml. Exits 1 if it prints any, 2 if
 * a document cannot be read.
 */
import { fileURLToPath } from "node:url";
import { acceptedFile, readAccepted, withoutAccepted } from "./drift/accepted.ts";
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
  const accepted = await readAccepted();
  const differences = withoutAccepted(
    compareDescriptions(ours, await readDocument(source), accepted.recorded),
    accepted.differences,
  );
  console.log(renderReport(differences, operationsOf(ours).length));
  if (differences.length > 0) console.log(`To accept a difference, list it in ${acceptedFile} with your reason.`);
  process.exitCode = differences.length > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof DocumentError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
