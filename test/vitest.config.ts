import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { rulesReporter } from "./rules.reporter.ts";
import { skippedReporter } from "./skipped.reporter.ts";

type Test = NonNullable<TestProjectInlineConfiguration["test"]>;

/** Cheaper to start than processes, which trials need: what they have started ends with them. */
const pool = "threads";
const exclude = [...configDefaults.exclude, "**/*.{process,isolated}.test.ts"];

/** The kinds of tests, by name: `npm test` runs the first two. */
const projects: Readonly<Record<string, Test>> = {
  // Most tests. A world for each of a hundred files would take half as long again as the tests.
  shared: {
    include: ["test/**/*.test.ts"],
    exclude,
    pool,
    isolate: false,
    testTimeout: 20_000,
    globalSetup: ["test/prism.setup.ts"],
  },
  // Tests that put something in the place of a module, or of what is global, and so need a world of their own.
  isolated: { include: ["test/**/*.isolated.test.ts"], pool, testTimeout: 20_000 },
  // Tests that wait for processes, locks or whole builds.
  processes: {
    include: ["test/**/*.process.test.ts"],
    pool,
    testTimeout: 30_000,
    globalSetup: ["test/prism.setup.ts"],
  },
  // Trials; what they need is not installed elsewhere. Most of the time they wait for other processes.
  examples: { include: ["test/trials/examples/*.trial.ts"], testTimeout: 60_000, maxConcurrency: 6 },
  issuers: {
    include: ["test/trials/issuers/*.trial.ts"],
    setupFiles: ["test/trials/issuers/faster.setup.ts"],
    testTimeout: 60_000,
    maxConcurrency: 100,
  },
  // Each of their processes waits for the next, so that two files at once for each core keep it busy.
  journals: { include: ["test/trials/journals/*.trial.ts"], testTimeout: 120_000, maxWorkers: 2 },
  "journal-servers": {
    include: ["test/trials/journals/servers/*.trial.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ["test/trials/journals/servers/install.setup.ts"],
    maxWorkers: 4,
  },
  workers: { include: ["test/trials/workers/*.trial.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
};

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    reporters: [...configDefaults.reporters, skippedReporter, rulesReporter],
    projects: Object.entries(projects).map(([name, { setupFiles = [], ...test }]) => ({
      root: fileURLToPath(new URL("..", import.meta.url)),
      test: {
        name,
        ...test,
        setupFiles: ["test/undo.setup.ts", ...setupFiles],
      },
    })),
  },
});
