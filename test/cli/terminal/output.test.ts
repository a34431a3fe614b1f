import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { shellQuote } from "../../../src/cli/session/command-line.ts";
import { Output } from "../../../src/cli/terminal/output.ts";
import { rememberSecret } from "../../../src/client/known-secrets.ts";
import { places } from "./places.ts";

let written = "";
beforeEach(() => {
  written = "";
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => {
      written += text;
      return true;
    });
});
afterEach(() => vi.restoreAllMocks());

const harmful: readonly [string, string][] = [
  ["an escape sequence", "\u001b[31mred\u001b]0;title\u0007"],
  ["one of C1", "\u009b31m\u009d0;title\u009c"],
  ["a line break and a workflow command", "fine\n::error::not so\r\n  ::add-mask::x"],
  ["a workflow command at once", "::stop-commands::x"],
  ["one of the older form", "see ##[error]here ##vso[task.setvariable]"],
  ["text that turns round", "a\u202egnirts\u202c\u2066\u2069"],
  ["invisible characters", "a\u200b\u2060\ufeff\u00ad\u{e0041}b"],
  ["half a surrogate pair", "a\ud800b"],
  ["a bell, a backspace and a NUL", "a\u0007\b\0"],
];

describe.each(Object.entries(places))("%s", (_, print) => {
  test.each(harmful)("shows %s without what it does", async (__, text) => {
    await print(text);
    expect(written).not.toMatch(/(?![\n\t\u200d])[\p{Cc}\p{Cf}\p{Cs}]/u);
    expect(written).not.toMatch(/^\s*::|##(?:\[|vso\[)/m);
    expect(written.trim()).not.toBe("");
  });
});

// A command's output is searched for secrets where it is read, in whatever pieces it comes.
describe.each(Object.entries(places).filter(([name]) => !name.includes("by character")))("%s", (_, print) => {
  test("does not show a secret that this process knows, in any form", async () => {
    const secret = "s3cret+of/the client";
    rememberSecret(secret);
    for (const form of [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)]) {
      written = "";
      await print(`before ${form} after`);
      expect(written).not.toContain(form);
    }
  });
});

test("a letter keeps at most four marks", () => {
  new Output({}).note(`e${"\u0301".repeat(1000)}x`);
  expect(written).toBe(`e${"\u0301".repeat(4)}x\n`);
});

test("emoji that are joined stay so", () => {
  new Output({}).note("👩‍🚀");
  expect(written).toBe("👩‍🚀\n");
});

test("what is longer than 16,384 characters is cut", () => {
  new Output({}).note("x".repeat(2 ** 20));
  expect(written).toBe(`${"x".repeat(16_384)}…\n`);
});

test("in JSON a program finds the text as it was", () => {
  for (const [, text] of harmful) {
    written = "";
    new Output({ json: true }).json({ message: text });
    expect(JSON.parse(written)).toEqual({ message: text });
  }
});

test("what a command prints keeps its lines and tabs, and loses its colours", () => {
  new Output({}).passOn("\u001b[32m✓\u001b[0m stored\tv2\r\n10 %\r20 %\n");
  expect(written).toBe("✓ stored\tv2\n10 %\n20 %\n");
});

test("a command that is printed is one line that a shell reads as the word that was meant", () => {
  expect(shellQuote("it's\na\tb\u001b\\ü")).toBe(String.raw`$'it\'s\na\011b\033\\ü'`);
  expect(shellQuote("it's")).toBe(String.raw`'it'\''s'`);
});
