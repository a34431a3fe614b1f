import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    // Not *.test.ts, since `npm test` must not pick them up: what they need is not installed there.
    include: ["test/examples/*.check.ts"],
    // Most of the time they wait, for other processes.
    maxConcurrency: 6,
    testTimeout: 60_000,
  },
});
