import { describe, expect, test } from "vitest";
import { formatTable } from "../../../src/cli/terminal/table.ts";

const id = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const head = ["ID", "NAME", "METHOD", "ROTATION", "SECRET'S AGE"];
const rows = [
  head,
  [id, "Checkout of the whole shop", "client_secret_basic", "begun elsewhere", "at most 299 days"],
  [id, "Phone", "none", "has no secret", "unknown"],
];
const format = (width: number) => formatTable(rows, { spare: ["METHOD", "SECRET'S AGE"], cut: "NAME" }, width);

describe("a table that is wider than the terminal", () => {
  test("is whole where there is room", async () => {
    expect((await format(Infinity))[1]).toBe(
      `${id}  Checkout of the whole shop  client_secret_basic  begun elsewhere  at most 299 days`,
    );
  });

  test.each([
    [100, ["ID", "NAME", "ROTATION", "SECRET'S AGE"], "Checkout of the whole shop"],
    [80, ["ID", "NAME", "ROTATION"], "Checkout of the whole shop"],
    [60, ["ID", "NAME", "ROTATION"], "Checkout…"],
  ])("at %d columns loses columns, and then the end of a name", async (width, headings, name) => {
    const lines = await format(width);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines[0]?.split(/ {2,}/)).toEqual(headings);
    expect(lines[1]).toContain(`  ${name}  `);
    // The words that count are whole.
    expect(lines[1]).toContain("begun elsewhere");
    expect(lines[1]?.startsWith(id)).toBe(true);
  });

  test("cuts whichever column is widest where none is named, and leaves five characters", async () => {
    const cells = [
      ["A", "B", "C"],
      ["first", "0123456789", "01234567"],
    ];
    expect((await formatTable(cells, { spare: [] }, 20))[1]).toBe("first  0123…  01234…");
    expect((await formatTable(cells, { spare: [] }, 3))[1]).toBe("first  0123…  0123…");
  });
});
