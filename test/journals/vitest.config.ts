import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    // Not *.test.ts, since `npm test` must not pick them up: they start thousands of processes.
    include: ["test/journals/*.conformance.ts"],
    testTimeout: 120_000,
  },
});
