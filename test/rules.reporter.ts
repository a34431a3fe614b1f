import type { Reporter, TestCase, TestModule } from "vitest/node";
import { rules } from "./rotation/rules.ts";

/** Fails a run in which a test that holds a rule of the rotation did not pass; files that were not run do not count. */
export const rulesReporter: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const { name, heldBy } of rules)
      for (const [file, titles] of Object.entries(heldBy)) {
        const module = modules.find(({ relativeModuleId }) => relativeModuleId === `test/rotation/${file}`);
        for (const title of module ? titles.filter((title) => !hasPassed(module, title)) : []) {
          console.error(
            `${name} is held by no test: ${file} has none that passed and is called, or in a group called, "${title}".`,
          );
          process.exitCode = 1;
        }
      }
  },
};

function hasPassed(module: TestModule, title: string): boolean {
  // Where a row of a table makes the title, it has something else in these places.
  const parts = title.split(/%[a-z]|\$[\w.]+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${parts.join(".*")}$`, "s");
  // Or the group that it is in.
  const isMeant = ({ fullName }: TestCase) => fullName.split(" > ").some((name) => pattern.test(name));
  return [...module.children.allTests()].some((one) => isMeant(one) && one.result().state === "passed");
}
