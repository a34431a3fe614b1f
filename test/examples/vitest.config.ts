import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { skippedReporter } from "../skipped.reporter.ts";

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    reporters: [...configDefaults.reporters, skippedReporter],
    // Not *.test.ts, since `npm test` must not pick them up: what they need is not installed there.
    include: ["test/examples/*.check.ts"],
    // Most of the time they wait, for other processes.
    maxConcurrency: 6,
    testTimeout: 60_000,
  },
});
