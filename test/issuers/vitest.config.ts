import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  test: {
    // Not *.test.ts, since the project's own run must not pick them up: they need this folder's packages.
    include: ["*.issuer.ts"],
    setupFiles: ["faster.setup.ts"],
    testTimeout: 60_000,
    // They mostly wait.
    maxConcurrency: 100,
    // The servers warn that they are not set up for production.
    silent: "passed-only",
  },
});
