import { expect, test } from "vitest";
import { renderRules, rules } from "./rules.ts";

test("there are seventeen rules, each with tests; that they passed is seen by rules.reporter.ts", () => {
  expect(rules.map(({ name }) => name)).toEqual(Array.from({ length: 17 }, (_, index) => `R${index + 1}`));
  for (const { name, heldBy } of rules) expect(Object.values(heldBy).flat(), name).not.toEqual([]);
});

test("the table has a row for each rule, with links to the files", () => {
  const table = renderRules();
  expect(table.trim().split("\n")).toHaveLength(2 + rules.length);
  for (const { name, says, heldBy } of rules) {
    expect(table).toContain(`| ${name} | ${says} | `);
    for (const file of Object.keys(heldBy)) expect(table).toContain(`[${file}](test/rotation/${file})`);
  }
});
