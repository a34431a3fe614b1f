import { expect, it } from "vitest";
import { acceptedFile, parseAccepted, readAccepted, withoutAccepted } from "../../../scripts/drift/accepted.ts";

const one = { operation: "a", breaks: true, text: "404 errors[].code: minimum was none, is 1000" };
const other = { ...one, operation: "b" };

function left(operations: "all" | readonly string[], difference: string) {
  return withoutAccepted([one, other], [{ operations, difference, reason: "known" }]);
}

it.each([
  { what: "of all operations", operations: "all" as const, difference: one.text, expected: [] },
  { what: "of every response", operations: "all" as const, difference: one.text.slice(4), expected: [] },
  { what: "of one operation only", operations: ["a"], difference: one.text, expected: [other] },
])("an accepted difference $what is not reported", ({ operations, difference, expected }) => {
  expect(left(operations, difference)).toEqual(expected);
});

it("an accepted difference that no longer occurs is reported beside those that nobody has accepted", () => {
  const gone = { operation: acceptedFile, breaks: false, text: "no longer occurs, so remove it: 200 errors: new" };
  expect(left("all", "200 errors: new")).toEqual([one, other, gone]);
});

it.each(["operations: all, reason: known", "operations: all, difference: x", "difference: x, reason: known"])(
  "a difference that is accepted with nothing but { %s } is refused",
  (text) => {
    expect(() => parseAccepted(`differences: [{ ${text} }]`)).toThrow("needs `operations`, `difference` and `reason`");
  },
);

it("the words of every operation are recorded", async () => {
  const { recorded } = await readAccepted();
  expect(Object.keys(recorded)).toHaveLength(8);
  for (const words of Object.values(recorded))
    expect(words).toMatchObject({
      summary: expect.stringMatching(/./),
      description: expect.stringMatching(/./),
    });
});
