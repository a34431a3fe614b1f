import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutputRedaction } from "../../src/node/redact-output.ts";

/** What is shown of a text that comes in these chunks. */
function shown(secrets: readonly string[], ...chunks: readonly string[]): string {
  const redaction = new OutputRedaction(secrets);
  return chunks.map((chunk) => redaction.push(chunk)).join("") + redaction.end();
}

const awkward = `a"b\\c/d é<&>+?~ ~~~~ 'x'=`;
const bytes = Buffer.from(awkward);

/** The secret, as programs print it. */
const encodings: Readonly<Record<string, string>> = {
  plain: awkward,
  base64: bytes.toString("base64"),
  "base64 without padding": bytes.toString("base64").replace(/=+$/, ""),
  "url-safe base64": bytes.toString("base64url"),
  "url-safe base64 with padding": bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_"),
  "percent-encoding": encodeURIComponent(awkward),
  "percent-encoding in lower case": encodeURIComponent(awkward).replace(/%../g, (code) => code.toLowerCase()),
  "a form": new URLSearchParams([["", awkward]]).toString().slice(1),
  JSON: JSON.stringify(awkward).slice(1, -1),
  "JSON with escaped slashes": JSON.stringify(awkward).slice(1, -1).replaceAll("/", "\\/"),
  "JSON in ASCII": JSON.stringify(awkward).slice(1, -1).replace("é", "\\u00e9"),
};

describe("what a command prints is shown without the secret", () => {
  test.each(Object.entries(encodings))("as %s, in one chunk or in many", (_, form) => {
    expect(shown([awkward], `<${form}>`)).toBe("<[secret]>");
    expect(shown([awkward], "<", ...form, ">")).toBe("<[secret]>");
  });

  test.each(["", "a", "id:", "id:x", "a longer user name:"])("as base64, after %j and before more", (before) => {
    const encoded = Buffer.from(`${before}${awkward} and more`).toString("base64");
    const result = shown([awkward], encoded);
    expect(result).toContain("[secret]");
    // A character at either end belongs to what is beside the secret as well.
    const [left = "", right = ""] = result.split("[secret]");
    expect(Buffer.from(left, "base64").toString()).not.toContain(awkward.slice(0, 2));
    expect(Buffer.from(right, "base64").toString("latin1")).not.toContain(awkward.slice(-2));
  });

  test("as base64 in lines of 76 characters", () => {
    const long = "0123456789".repeat(12);
    const lines = Buffer.from(long).toString("base64").replace(/.{76}/g, "$&\n");
    expect(shown([long], lines)).toBe("[secret]");
  });

  test("twice in a row, and overlapping with its own beginning", () => {
    expect(shown(["abab1"], "abab1abab1")).toBe("[secret][secret]");
    expect(shown(["aab"], "a", "a", "a", "b")).toBe("a[secret]");
  });

  test("of several secrets, each", () => {
    expect(shown(["first", "second"], "second, fi", "rst")).toBe("[secret], [secret]");
  });
});

test("what is no secret is shown as it is, and what cannot be the beginning of one at once", () => {
  const redaction = new OutputRedaction(["s3cret"]);
  expect(redaction.push("steps: s")).toBe("steps: ");
  expect(redaction.push("3")).toBe("");
  expect(redaction.push("x")).toBe("s3x");
  expect(redaction.push("s3cre")).toBe("");
  expect(redaction.end()).toBe("s3cre");
  expect(shown([""], "an empty secret", " is none")).toBe("an empty secret is none");
});

test("however a text is divided into chunks, the same is shown, and no secret", () => {
  const letters = fc.constantFrom("a", "b", "A");
  fc.assert(
    fc.property(
      fc.string({ unit: letters, minLength: 2, maxLength: 5 }),
      fc.array(fc.string({ unit: letters, maxLength: 6 })),
      (secret, chunks) => {
        const result = shown([secret], ...chunks);
        expect(result).toBe(shown([secret], chunks.join("")));
        for (const part of result.split("[secret]")) expect(part).not.toContain(secret);
        if (!chunks.join("").includes(secret) && secret.length < 4) expect(result).toBe(chunks.join(""));
      },
    ),
  );
});

test("a secret of 1 MiB does not make it slow", () => {
  const secret = "0123456789abcdef".repeat(2 ** 16);
  const started = performance.now();
  expect(shown([secret], "before ", secret.slice(0, 1000), secret.slice(1000), " after")).toBe("before [secret] after");
  expect(performance.now() - started).toBeLessThan(5000);
});
