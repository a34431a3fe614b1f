import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";

/** Set by `run.ts` to mutate a folder below `src/node`, and unset for the rotation and the client. */
const { MUTATED_FOLDER: folder, MUTATED_PASS: pass } = process.env;
const exclude = [...configDefaults.exclude, "**/*.{process,isolated}.test.ts"];

const room = folder?.replace("src", "test");

/** The tests that hold what is mutated. A configuration of its own, since Stryker runs no project of another one. */
const test: ViteUserConfig["test"] = folder
  ? {
      // The fast tests of the sinks call nearly everything in `src/node`.
      include: [`${room}/*.test.ts`, "test/node/sinks/!(*.process).test.ts"],
      exclude: pass === "fast" ? exclude : configDefaults.exclude,
      setupFiles: ["test/undo.setup.ts", "test/trials/mutants/children.setup.ts"],
      // Some process tests replace `node:fs`.
      isolate: pass !== "fast",
    }
  : {
      include: ["test/rotation/*.test.ts", "test/client/**/*.test.ts"],
      // `rules.test.ts` takes the titles of tests for what they show.
      exclude: [...exclude, "test/rotation/rules.test.ts"],
      globalSetup: ["test/prism.setup.ts"],
      setupFiles: ["test/undo.setup.ts"],
      // A world for each file would take most of the time.
      isolate: false,
    };

export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  // Two runners share the machine.
  test: { pool: "threads", testTimeout: 20_000, ...test },
});
