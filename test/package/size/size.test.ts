import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { operations } from "../../../generated/operations.ts";
import { bundleSize } from "../../../scripts/bench/size.ts";

/** Bytes, minified and gzipped, openapi-fetch included. Raise it only for what users get for it, as for an operation. */
const budget: number = 9_400 + 50 * Object.keys(operations).length;

test("the bundle of one call stays within its budget", async () => {
  const { gzip } = await bundleSize(fileURLToPath(new URL("one-call.ts", import.meta.url)));
  console.log(`bundle of one rotateSecret call: ${gzip} B gzipped, of ${budget}`);
  expect(gzip).toBeLessThanOrEqual(budget);
});
