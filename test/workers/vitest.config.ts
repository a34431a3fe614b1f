import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    // Not *.test.ts, since `npm test` must not pick them up: miniflare is not installed there.
    include: ["test/workers/*.conformance.ts"],
    testTimeout: 60_000,
  },
});
