import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

/** Tests that start a process for each thing they look at, which takes a minute in all: `npm run test:processes`. */
const processes = [
  "test/cli/!(exit-codes).test.ts",
  "test/node/shell-command.test.ts",
  "test/rotation/file-journal.test.ts",
];

export default defineConfig(({ mode }) => ({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    ...(mode === "processes"
      ? { include: processes, testTimeout: 30_000 }
      : { include: ["test/**/*.test.ts"], exclude: [...configDefaults.exclude, ...processes] }),
    globalSetup: ["test/prism.setup.ts"],
    // Cheaper to start than processes, and each file still has a world of its own.
    pool: "threads",
  },
}));
