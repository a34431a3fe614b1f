import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { skippedReporter } from "./skipped.reporter.ts";

/** Tests that wait for processes, locks or whole builds, some minutes in all: `npm run test:processes`. */
const processes = [
  "test/cli/**/*.test.ts",
  "test/client/stopped.test.ts",
  "test/description/{add-operation,generate}.test.ts",
  "test/node/{dotenv-readers,exec-journal,exec-sink,replace-file,shell-command,sink-spec}.test.ts",
  "test/readme/readme.test.ts",
  "test/rotation/{file-journal,journal-conformance,journal-moments}.test.ts",
];

/** Tests that put something in a module's place, and so need a world of their own. */
const isolated = ["test/client/{custom-fetch,leaks-without-redaction}.test.ts"];

export default defineConfig(({ mode }) => ({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    globalSetup: ["test/prism.setup.ts"],
    setupFiles: ["test/undo.setup.ts"],
    reporters: [...configDefaults.reporters, skippedReporter],
    // Cheaper to start than processes.
    pool: "threads",
    ...(mode === "processes"
      ? { include: processes, testTimeout: 30_000 }
      : {
          projects: [
            {
              extends: true,
              test: {
                name: "shared",
                // A world for each of a hundred files would take half as long again as the tests.
                isolate: false,
                include: ["test/**/*.test.ts"],
                exclude: [...configDefaults.exclude, ...processes, ...isolated],
              },
            },
            { extends: true, test: { name: "isolated", include: isolated } },
          ],
        }),
  },
}));
