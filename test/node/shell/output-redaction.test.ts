import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutputRedaction } from "../../../src/node/shell/redact-output.ts";

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
  hex: bytes.toString("hex"),
  "hex in upper case": bytes.toString("hex").toUpperCase(),
  "hex, as od groups it": bytes.toString("hex").replace(/..(?=.)/g, "$& "),
  "hex, as openssl groups it": bytes
    .toString("hex")
    .toUpperCase()
    .replace(/..(?=.)/g, "$&:"),
  "hex in lines, as xxd -p prints it": bytes.toString("hex").replace(/.{20}(?=.)/g, "$&\n"),
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

  test("even one of a single character", () => {
    expect(shown(["x"], "axbx", "xc")).toBe("a[secret]b[secret][secret]c");
  });

  test("of several secrets, each, and once where they overlap", () => {
    expect(shown(["first", "second"], "second, fi", "rst")).toBe("[secret], [secret]");
    expect(shown(["abc", "bcd", "cde"], "xabcdex")).toBe("x[secret]x");
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

test("in groups or in quotes, a secret of six characters is cut out, but not one of five", () => {
  expect(shown(["abc123"], "ab:c1 23, 'abc'123")).toBe("[secret], '[secret]");
  expect(shown(["abc12"], "ab:c1 2, 'abc'12")).toBe("ab:c1 2, 'abc'12");
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

const quoted = `it's "a" \\ $HOME secret`;

/** As shells were seen to write it: `printf %q` and `set -x` of bash, `set -x` of dash, and bash's `declare -p`. */
const quotings: Readonly<Record<string, string>> = {
  "printf %q": 'it\\\'s\\ \\"a\\"\\ \\\\\\ \\$HOME\\ secret',
  "set -x of bash": `'it'\\''s "a" \\ $HOME secret'`,
  "set -x of dash": `'it'"'"'s "a" \\ $HOME secret'`,
  "ANSI-C": `$'it\\'s "a" \\\\ $HOME secret'`,
};

test.each(Object.entries(quotings))(
  "the secret is cut out as %s quotes it, at every division into two chunks",
  (_, form) => {
    const text = `+ echo ${form} end`;
    for (let at = 0; at <= text.length; at++) {
      const result = shown([quoted], text.slice(0, at), text.slice(at));
      expect(result).toMatch(/^\+ echo \W{0,2}\[secret\]'? end$/);
    }
  },
);

test("characters that cannot be printed are found as shells escape them", () => {
  expect(shown(["tab\tand\u001b[é"], "$'tab\\tand\\E[\\303\\251'")).toBe("$'[secret]'");
});

test.each([...Object.values(encodings), ...Object.values(quotings)])(
  "%j is cut out at every division into three chunks",
  (form) => {
    const secrets = [awkward, quoted];
    const text = `<${form}>`;
    const whole = shown(secrets, text);
    for (let first = 0; first <= text.length; first++)
      for (let second = first; second <= text.length; second += 7)
        expect(shown(secrets, text.slice(0, first), text.slice(first, second), text.slice(second))).toBe(whole);
  },
);

test("a long text that is made of almost the secret is shown as it is", () => {
  // By trying each form at each place, this takes minutes.
  const almost = "a".repeat(300_000);
  expect(shown([`${"a".repeat(20_000)}b`], almost)).toBe(almost);
});

test("a long secret is cut out", () => {
  const secret = "0123456789abcdef".repeat(2 ** 13);
  expect(shown([secret], "before ", secret.slice(0, 1000), secret.slice(1000), " after")).toBe("before [secret] after");
});
