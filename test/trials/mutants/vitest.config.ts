import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

/** The tests that hold what is mutated. A configuration of its own, since Stryker runs no project of another one. */
export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  test: {
    include: ["test/rotation/*.test.ts", "test/client/**/*.test.ts"],
    // `rules.test.ts` takes the titles of tests for what they show.
    exclude: [...configDefaults.exclude, "**/*.{process,isolated}.test.ts", "test/rotation/rules.test.ts"],
    globalSetup: ["test/prism.setup.ts"],
    setupFiles: ["test/undo.setup.ts"],
    pool: "threads",
    // A world for each file would take most of the time.
    isolate: false,
    // Two runners share the machine.
    testTimeout: 20_000,
  },
});
