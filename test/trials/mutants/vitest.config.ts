import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The tests that hold what is mutated. */
const include = ["test/rotation/*.test.ts", "test/client/*.test.ts"];
/** Too slow to be run for each mutant: a second look at what the others hold; or about another room. */
const exclude = ["rules.test.ts", "file-journal.test.ts", "journal-conformance.test.ts"];

export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  test: {
    include,
    exclude: exclude.map((name) => `test/rotation/${name}`),
    globalSetup: ["test/prism.setup.ts"],
    setupFiles: ["test/undo.setup.ts"],
    pool: "threads",
    // Two runners share the machine.
    testTimeout: 20_000,
  },
});
