import { expect, test } from "vitest";
import { errorCodes } from "../../scripts/error-codes.ts";
import { exitCodes } from "../../src/cli/terminal/exit-code.ts";

test("every code has a docstring that says what happened, what is true now, and what to do", () => {
  const codes = errorCodes();
  expect(codes.map(({ code }) => code).sort()).toEqual(Object.keys(exitCodes).sort());
  expect(new Set(codes.map(({ happened }) => happened))).toHaveLength(codes.length);
  for (const { happened, now, todo } of codes)
    for (const part of [happened, now, todo]) expect(part).toMatch(/^[A-Z].*\.$/);
});
