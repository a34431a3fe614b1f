import { describe, expect, test } from "vitest";
import { readPublicApi } from "./public-api.ts";
import { changedNames, readSnapshot, unsaidWords } from "./snapshot.ts";

test("is as it was recorded; if not, name what has changed in CHANGELOG.md, then `npm run api`", async () => {
  expect(await readPublicApi()).toEqual(readSnapshot().api);
});

describe("a change of it", () => {
  const before = { "declaration Sink": "interface Sink {}", "internal declaration Path": "type Path = 1;" };
  const recorded = ["- `Sink`: where a secret goes."];

  test("is what is new, gone or different", () => {
    const now = { "declaration Sink": "interface Sink { a: 1 }", "cf-oauth rotate --to": "--to <sink>" };
    expect(changedNames(before, now)).toEqual([
      "declaration Sink",
      "internal declaration Path",
      "cf-oauth rotate --to",
    ]);
  });

  test.each([
    ["nothing is added", [], ["anything new"]],
    ["what is added says something else", ["- `Sinker`: new."], ["Sink", "--to"]],
    ["only one is named", ["- `Sink` takes a name."], ["--to"]],
    ["both are named", ["- `Sink` takes a name,", "  and so does `--to`."], []],
  ])("is unsaid in the CHANGELOG where %s", (_, added, unsaid) => {
    expect(unsaidWords(["declaration Sink", "cf-oauth rotate --to"], [...recorded, ...added], recorded)).toEqual(
      unsaid,
    );
  });

  test("needs any new line where nobody can name what has changed", () => {
    const names = ["internal declaration Path"];
    expect(unsaidWords(names, recorded, recorded)).toEqual(["anything new"]);
    expect(unsaidWords(names, [...recorded, "- Ids may be longer."], recorded)).toEqual([]);
  });
});
