import { expect, test } from "vitest";
import { fillGuides, fillParts } from "../../scripts/guides.ts";

const guide = "src/client/README.md";
const text = "# A guide\n\n<!-- rules -->\n\nold\n\n<!-- /rules -->\n\nthe rest\n";

test("a part gets what is rendered, and all else stays", () => {
  expect(fillParts(guide, text, () => "new\n")).toBe(text.replace("old", "new"));
});

test("a part that is as it should be, or is only recorded, stays as it is", () => {
  const close = text.replace("\n\nold\n\n", "\nold\n");
  expect(fillParts(guide, close, () => "old")).toBe(close);
  expect(fillParts(guide, close, () => undefined)).toBe(close);
});

test("links of a part lead where they led from the project's folder", () => {
  const render = () => "[a](test/a.test.ts), [b](src/rotation/README.md#b), [c](https://example.com/), [d](#d)";
  expect(fillParts(guide, text, render)).toContain(
    "[a](../../test/a.test.ts), [b](../rotation/README.md#b), [c](https://example.com/), [d](#d)",
  );
  expect(fillParts("README.md", text, render)).toContain(render());
});

test.each([
  ["without its end", "<!-- rules -->\n"],
  ["without its start", "<!-- /rules -->\n"],
  ["inside another part", "<!-- rules -->\n<!-- outcomes -->\n<!-- /outcomes -->\n<!-- /rules -->\n"],
  ["that another one ends", "<!-- rules -->\n<!-- /outcomes -->\n"],
])("a marker %s is an error that names the guide", (_, broken) => {
  expect(() => fillParts(guide, broken, () => "")).toThrow(guide);
});

test("a part may stand in several guides", () => {
  const filled = fillGuides({ "README.md": text, [guide]: text }, { rules: () => "[a](a)" });
  expect(Object.values(filled).map((one) => /\[a\]\(\S+\)/.exec(one)?.[0])).toEqual(["[a](a)", "[a](../../a)"]);
});

test("a part that nothing makes, and one that is in no guide, are errors", () => {
  expect(() => fillGuides({ [guide]: text }, {})).toThrow("<!-- rules -->");
  expect(() => fillGuides({ [guide]: text }, { rules: () => "", outcomes: () => "" })).toThrow("outcomes");
});
