import { mergeConfig } from "vitest/config";
import base from "../vitest.config.ts";

/** The tests that hold what is mutated. */
const include = ["test/rotation/*.test.ts", "test/client/*.test.ts"];
/** Too slow to be run for each mutant: a second look at what the others hold; or about another room. */
const exclude = ["model.test.ts", "rules.test.ts", "file-journal.test.ts", "journal-conformance.test.ts"];

const config: object = mergeConfig(base, { test: { exclude: exclude.map((name) => `test/rotation/${name}`) } });
export default { ...config, test: { ...(config as { test: object }).test, include } };
