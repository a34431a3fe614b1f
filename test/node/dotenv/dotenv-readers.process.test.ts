import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { parse } from "dotenv";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { getVariable, setVariable } from "../../../src/node/dotenv/dotenv-quoting.ts";
import { readByCompose, readByDocker, readByDotenv, readByNext, readByNode, readBySystemd } from "./dotenv-programs.ts";

vi.setConfig({ testTimeout: 120_000 });

const bom = "\uFEFF";
/** All that the files below set; and what a shell would set where it takes an inner line for a line. */
const names = ["KEY", "A", "B", "C", "D", "E", "MYKEY", "KEY_2"];

/** A dotenv file, and where KEY stands in it. */
interface File {
  readonly text: string;
  readonly hasBom: boolean;
  readonly hasCrlf: boolean;
  /** The lines that set KEY, if nothing is odd; or that would, if they are not in another's value. */
  readonly keys: readonly string[];
}

const word = fc.string({ unit: fc.constantFrom("a", "Z", "0", "-", ".", "/", ":"), minLength: 1, maxLength: 5 });
const name = fc.constantFrom(...names.slice(1));
const blank = fc.constantFrom("", "", " ", "  ");
const note = fc.constantFrom("", "", " # note", "\t# note", " # \\", " # it's KEY=x", ' # "', "  # `$(", " #");
const quotedText = (quote: string) =>
  fc.string({ unit: fc.constantFrom("a", " ", "#", "=", "KEY=x", "é", quote === "'" ? '"' : "'"), maxLength: 6 });
const severalLines = (quote: string) =>
  fc.array(quotedText(quote), { minLength: 2, maxLength: 4 }).map((lines) => quote + lines.join("\n") + quote);

/** What every reader takes, and reads alike or not, but ends in the same place. */
const value = fc.oneof(
  word,
  quotedText("'").map((text) => `'${text}'`),
  quotedText('"').map((text) => `"${text}"`),
  severalLines("'"),
  severalLines('"'),
  fc.constantFrom('"{\\"a\\":1}"', '"$HOME"', "a'b c'd", "", "$(:)", '"$A-x"'),
);
const wellFormed = fc.oneof(
  fc.tuple(fc.constantFrom("", "", "export "), name, value, note).map(([before, key, text, after]) => {
    return `${before}${key}=${text}${after}`;
  }),
  fc.constantFrom("", "# KEY=old", "# it's", '# A="', "#", ": KEY"),
);
/** What readers may disagree about. */
const odd = fc.oneof(
  fc.tuple(name, blank, blank, value).map(([key, before, after, text]) => `${key}${before}=${after}${text}`),
  fc.string({
    unit: fc.constantFrom(...`'"\`\\$ #=aKEY\t:\n`.split(""), "KEY=", "A='", "\u00a0", "\u2028"),
    maxLength: 8,
  }),
  fc.constantFrom(
    "A=it's",
    'A="open',
    "A='a\\'",
    'A="a\\\\"',
    "A: KEY",
    "KEY:",
    "A:",
    "A= ",
    "  # A='",
    "'",
    '"',
    "=x",
    "export",
  ),
);
const keyLine = fc
  .tuple(fc.constantFrom("", "export "), value, note)
  .map(([before, text, after]) => `${before}KEY=${text}${after}`);
const oddKeyLine = fc
  .tuple(fc.constantFrom("", " ", "export ", "export  "), blank, blank, value, note)
  .map(([start, before, after, text, end]) => `${start}KEY${before}=${after}${text}${end}`);

function fileOf(line: fc.Arbitrary<string>, key: fc.Arbitrary<string>, most: number, crlf = true): fc.Arbitrary<File> {
  return fc
    .record({
      before: fc.array(line, { maxLength: 4 }),
      keys: fc.array(key, { maxLength: most }),
      between: fc.array(line, { maxLength: 2 }),
      hasBom: fc.boolean(),
      hasCrlf: crlf ? fc.boolean() : fc.constant(false),
      hasEnd: fc.boolean(),
    })
    .map(({ before, keys, between, hasBom, hasCrlf, hasEnd }) => {
      const lines = [...before, ...keys.flatMap((one) => [one, ...between])];
      const text = `${hasBom ? bom : ""}${lines.join("\n")}${hasEnd && lines.length ? "\n" : ""}`;
      return { text: hasCrlf ? text.replaceAll("\n", "\r\n") : text, hasBom, hasCrlf, keys };
    });
}

const plainSecret = fc.string({
  unit: fc.constantFrom(..."ABCXYZabcxyz0189_-".split("")),
  minLength: 1,
  maxLength: 50,
});
const anySecret = fc.oneof(
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(..."'\"$`\\#= nra!~{}*".split(""), "é", "☃"), minLength: 1, maxLength: 8 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 6 }),
  plainSecret,
);

/** What came of setting a variable; `undefined` if it was refused. */
function set(text: string, secret: string): string | undefined {
  try {
    return setVariable(text, "KEY", secret);
  } catch (error) {
    // A message may repeat a common word, but none of a secret that looks like one.
    if (secret.length > 8) expect(String(error)).not.toContain(secret);
    return undefined;
  }
}

/** As readers get it, all of which take a BOM off, or cannot read the first line at all. */
function withoutBom(text: string): string {
  return text.startsWith(bom) ? text.slice(1) : text;
}

/** Without what Node finds by mistake, such as `export A` where the text ends with `export A=`. */
function namesByNode(text: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(parseEnv(withoutBom(text))).filter(([found]) => /^[\w.-]+$/.test(found)));
}

/** Holds that a file reads as before, but for KEY, to Node and to `dotenv`. */
function requireOnlyKeyChanged(file: File, after: string, secret: string): void {
  const expected = { KEY: secret };
  expect(namesByNode(after)).toEqual({ ...namesByNode(file.text), ...expected });
  for (const fast of [false, true])
    expect(parse(withoutBom(after), { fast })).toEqual({ ...parse(withoutBom(file.text), { fast }), ...expected });
  expect(getVariable(after, "KEY")).toBe(secret);
}

/** Holds that a well-formed file is the same, but for one line. */
function requireOneLineChanged(file: File, after: string): void {
  if (file.keys.length === 0) {
    const added = after.slice(file.text.length);
    expect(after.startsWith(file.text)).toBe(true);
    const isWhole = /^\uFEFF?$|\n$/.test(file.text);
    const lineEnd = /\r\n[^\n]*$/.test(file.text) ? "\r\n" : "\n";
    expect(added.startsWith(`${isWhole ? "" : lineEnd}KEY=`)).toBe(true);
    expect(added.endsWith(lineEnd)).toBe(true);
    expect(added).not.toMatch(/\n.*\n./);
  } else {
    const [line = ""] = file.keys.map((one) => (file.hasCrlf ? one.replaceAll("\n", "\r\n") : one));
    const places = file.text.split(line).length - 1;
    const left = file.text.indexOf(line);
    if (places !== 1) return;
    const end = file.text.slice(left + line.length);
    expect(after.slice(0, left)).toBe(file.text.slice(0, left));
    expect(after.endsWith(end)).toBe(true);
    const changed = after.slice(left, after.length - end.length);
    expect(changed).toMatch(/^(export )?KEY=[^\n]*$/);
    expect(changed.startsWith("export")).toBe(line.startsWith("export"));
    const [comment = ""] = / +#[^\n]*$/.exec(line.replace(/(["']).*\1/s, "")) ?? [];
    expect(changed.endsWith(comment)).toBe(true);
  }
}

test("Node and dotenv read what was written, and all else as before; or it is refused", () => {
  let count = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.oneof(fileOf(wellFormed, keyLine, 1), fileOf(fc.oneof(wellFormed, odd), oddKeyLine, 2)),
      anySecret,
      (file, secret) => {
        const after = set(file.text, secret);
        count++;
        if (after === undefined) refused++;
        else requireOnlyKeyChanged(file, after, secret);
      },
    ),
    { numRuns: 2500 },
  );
  console.log(`Of ${count} random dotenv files with random secrets ${refused} were refused.`);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(count / 2 + count / 4);
});

test("secrets of letters, digits, _ and - are never refused on well-formed files", () => {
  fc.assert(
    fc.property(fileOf(wellFormed, keyLine, 1), plainSecret, (file, secret) => {
      const after = setVariable(file.text, "KEY", secret);
      requireOnlyKeyChanged(file, after, secret);
      requireOneLineChanged(file, after);
    }),
    { numRuns: 1500 },
  );
});

test("shells read what was written, and all else as before; or it is refused", () => {
  const seed = Date.now();
  const count = 400;
  const random = fc.oneof(
    fileOf(wellFormed, keyLine, 1, false),
    fileOf(fc.oneof({ weight: 4, arbitrary: wellFormed }, { weight: 1, arbitrary: odd }), oddKeyLine, 1, false),
  );
  const cases = fc
    .sample(fc.tuple(random, anySecret), { numRuns: count, seed })
    .map(([file, secret]) => ({ before: withoutBom(file.text), after: set(withoutBom(file.text), secret), secret }))
    .flatMap(({ after, ...rest }) => (after === undefined ? [] : [{ ...rest, after }]));
  expect(cases.length).toBeGreaterThan(100);
  console.log(`Of ${count} random dotenv files for shells ${count - cases.length} were refused.`);

  const texts = cases.flatMap(({ before, after }) => [before, after]);
  for (const shell of ["sh", "bash"]) {
    const found = readByShell(shell, texts);
    expect(found).toHaveLength(texts.length);
    for (const [index, { before, after, secret }] of cases.entries()) {
      const [was, is] = found.slice(2 * index, 2 * index + 2);
      const why = `${shell}, seed ${seed}: ${JSON.stringify({ before, after, secret })}`;
      // A file that stops a shell half-way stopped it before, too.
      if (!was?.isWhole) continue;
      expect(is, why).toEqual({ ...was, values: { ...was.values, KEY: secret } });
    }
    console.log(`${shell} stops half-way in ${found.filter(({ isWhole }) => !isWhole).length / 2} of ${cases.length}.`);
    expect(found.filter(({ isWhole }) => isWhole).length).toBeGreaterThan(found.length / 2);
  }
});

/** Whether a line gives KEY the secret and has nothing else, as systemd and `docker run --env-file` take all of it. */
function isBare(text: string, secret: string): boolean {
  const lines = text.split(/\r?\n/);
  const written = ["", "'", '"'].map((quote) => `KEY=${quote}${secret}${quote}`);
  const at = lines.findIndex((line) => written.includes(line.trimStart()));
  return at !== -1 && !(lines[at - 1] ?? "").endsWith("\\");
}

const readers = ["node", "dotenv", "next", "shell", "compose", "docker", "systemd"] as const;
type Reader = (typeof readers)[number];

/** Random files with random secrets, as they were and as they are when KEY is set; refused ones are undefined then. */
function written(count: number, seed: number, readBy?: Reader) {
  const files = fc.oneof(fileOf(wellFormed, keyLine, 1), fileOf(fc.oneof(wellFormed, odd), oddKeyLine, 2));
  return fc.sample(fc.tuple(files, anySecret), { numRuns: count, seed }).map(([{ text }, secret]) => {
    try {
      return { before: text, after: setVariable(text, "KEY", secret, readBy), secret };
    } catch {
      return { before: text, after: undefined, secret };
    }
  });
}

/** What a reader finds in KEY of each text; undefined if it cannot read the text, or cannot be had here. */
function keysBy(reader: Reader, texts: readonly string[]): ({ readonly key: string | undefined } | undefined)[] {
  const one = {
    node: readByNode,
    dotenv: readByDotenv,
    compose: readByCompose,
    docker: readByDocker,
  };
  if (reader === "shell")
    return readByShell("sh", texts).map(({ isWhole, values }) => (isWhole ? { key: values.KEY } : undefined));
  if (reader === "next") return readByNext(texts).map((found) => found && { key: found.KEY });
  const found = reader === "systemd" ? readBySystemd(texts) : texts.map(one[reader]);
  if (!found) console.log("systemd's library or python3 is not here: what systemd reads was not tried");
  return texts.map((_, index) => found?.[index] && { key: found[index]?.KEY });
}

/** Holds that a reader finds the secret in what was written, if it could read the file before; how many it has read. */
function expectRead(reader: Reader, cases: readonly { before: string; after: string; secret: string }[]): number {
  const before = keysBy(
    reader,
    cases.map((one) => one.before),
  );
  const after = keysBy(
    reader,
    cases.map((one) => one.after),
  );
  let count = 0;
  for (const [index, one] of cases.entries()) {
    if (!before[index]) continue;
    count++;
    expect(after[index]?.key, `${reader}: ${JSON.stringify(one)}`).toBe(one.secret);
  }
  return count;
}

test("all readers find exactly the secret in what was written without a reader named", () => {
  const seed = Date.now();
  const cases = written(5000, seed).flatMap(({ after, ...rest }) => (after === undefined ? [] : [{ ...rest, after }]));
  const counts = { node: 0, dotenv: 0, next: 0, compose: 0, systemd: 0 };
  for (const reader of ["node", "dotenv", "next", "compose", "systemd"] as const)
    counts[reader] = expectRead(
      reader,
      reader === "systemd"
        ? cases.filter(({ after, secret }) => !after.startsWith(bom) && isBare(after, secret))
        : cases,
    );
  console.log(
    `Of 5000 random files ${cases.length} were written (seed ${seed}), and read by: ${JSON.stringify(counts)}.`,
  );
  expect(cases.length).toBeGreaterThan(1250);
  // Not those in which a variable refers to itself.
  expect(counts.next).toBeGreaterThan(cases.length * 0.8);
  expect(counts.compose).toBeGreaterThan(cases.length / 2);
});

test.each(readers)("%s finds exactly the secret in what was written for it alone", (reader) => {
  const seed = Date.now();
  const count = reader === "shell" ? 200 : 1000;
  const cases = written(count, seed, reader).flatMap(({ after, ...rest }) =>
    after === undefined ? [] : [{ ...rest, after }],
  );
  const read = expectRead(reader, cases);
  console.log(`${reader}: of ${count} random files ${cases.length} were written (seed ${seed}), ${read} of them read.`);
  expect(cases.length).toBeGreaterThan(count / 20);
});

/** What a shell makes of dotenv files, and whether it comes to their end. All in one run, and with no commands to find. */
function readByShell(shell: string, texts: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "dotenv-readers-"));
  for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.env`), text);
  const values = names.map((one) => `"\${${one}-}"`).join(" ");
  const script = `i=0
    while [ $i -lt ${texts.length} ]; do
      ( . ./$i.env >/dev/null; trap - EXIT; printf '%s\\0' ${values} whole ) 2>/dev/null
      printf 'end\\n\\0'
      i=$((i + 1))
    done`;
  const { stdout, error } = spawnSync(shell, ["-c", `PATH=/nowhere\n${script}`], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: "/home", LC_ALL: "C.UTF-8" },
    input: "",
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  rmSync(folder, { recursive: true });
  if (error) throw error;
  return stdout
    .split("end\n\0")
    .slice(0, -1)
    .map((part) => {
      const fields = part.split("\0");
      return {
        values: Object.fromEntries(names.map((one, index) => [one, fields[index]])),
        isWhole: fields[names.length] === "whole",
      };
    });
}
