import type { Assignment } from "./dotenv-lines.ts";

/** A program, or a family of programs, that reads dotenv files. */
export type DotenvReader = "node" | "dotenv" | "next" | "shell" | "compose" | "docker" | "systemd";

/** The quotes around a value; empty for none. */
export type Quote = "" | "'" | '"';

interface ReaderFacts {
  readonly name: string;
  /** Whether it reads this value unchanged between single quotes. */
  readonly single: (value: string) => boolean;
  /** Whether it reads this value unchanged between double quotes. */
  readonly double: (value: string) => boolean;
  /** It reads `export` or a comment after the value as part of the name or the value. */
  readonly isBareLine?: true;
}

const bom = "\uFEFF";
const never = () => false;
const isSingle = (value: string) => !value.includes("'") && !value.endsWith("\\");
const isDouble = (value: string) => !/["$`]|\\(?:[nr\\]|$)/.test(value);
const isText = (value: string) => !/[^\t\P{Cc}]|\p{Noncharacter_Code_Point}/u.test(value);

/**
 * Which quoted values each reader reads unchanged. Without quotes all of them agree on `plain`.
 *
 * @see https://nodejs.org/api/environment_variables.html#env-files
 * @see https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#EnvironmentFile=
 */
const readers: Readonly<Record<DotenvReader, ReaderFacts>> = {
  node: { name: "Node", single: isSingle, double: isDouble },
  dotenv: { name: "dotenv", single: isSingle, double: isDouble },
  // It expands variables in any quotes, and removes a backslash before $.
  next: {
    name: "Next.js",
    single: (value) => isSingle(value) && !value.includes("$"),
    double: (value) => isDouble(value) && !value.includes("$"),
  },
  shell: { name: "a shell", single: isSingle, double: isDouble },
  // Between double quotes it replaces \a, \t, \0 and others.
  compose: {
    name: "Docker Compose",
    single: isSingle,
    double: (value) => isDouble(value) && !value.includes("\\"),
  },
  docker: { name: "docker run --env-file", single: never, double: never, isBareLine: true },
  // It drops values with control characters or noncharacters.
  systemd: {
    name: "systemd",
    single: (value) => isSingle(value) && isText(value),
    double: (value) => isDouble(value) && isText(value),
    isBareLine: true,
  },
};

/** What every reader reads unchanged without quotes. */
const plain = /^[A-Za-z0-9_./:@%+=,-]+$/;

/**
 * Returns the reader of that name.
 *
 * @throws {Error} if the name is unknown; the message lists the known ones.
 */
export function requireReader(name: string): DotenvReader {
  const found = (Object.keys(readers) as DotenvReader[]).find((one) => one === name);
  if (found) return found;
  throw new Error(
    `unknown reader of dotenv files ${JSON.stringify(name)}. Use one of ${Object.keys(readers).join(", ")}`,
  );
}

/**
 * Returns the readers that must read the variable's exact value: the given one, or else all that can read its line.
 * `docker run --env-file` does not remove quotes, so it counts only if it is given.
 */
export function heldReaders(
  only: DotenvReader | undefined,
  text: string,
  found: Assignment | undefined,
): DotenvReader[] {
  if (only !== undefined) return [only];
  const all = (Object.keys(readers) as DotenvReader[]).filter((one) => one !== "docker");
  const isForAll = !found || (isBare(text, found) && !text.startsWith(bom));
  return isForAll ? all : all.filter((one) => !readers[one].isBareLine);
}

/**
 * Checks that the reader takes the same part of the line for the value as other readers do.
 *
 * @throws {Error} if it does not; the message says what to remove.
 */
export function requireLine(only: DotenvReader | undefined, text: string, found: Assignment | undefined): void {
  if (only === undefined || !found) return;
  const { name, isBareLine } = readers[only];
  // systemd would read the first line as a variable even if it is a comment, and go on to the end of a quote in it.
  if ((only === "shell" || only === "systemd") && text.startsWith(bom))
    throw new Error(`the file starts with a byte order mark, which ${name} reads as part of a name. Remove it`);
  if (isBareLine && !isBare(text, found))
    throw new Error(
      `line ${found.line} has more than ${found.key} and its value, and ${name} reads that as part of them. Remove \`export\`, and any comment on this line or ending in \\ on the line before`,
    );
  const other = only === "docker" ? lineInValue(text, found) : undefined;
  if (other !== undefined)
    throw new Error(
      `line ${other} starts like a line that sets ${found.key}, and ${name} reads it as one, although it is part of another value. Change that value`,
    );
  if (only === "shell" && /^[^\n]*\r\n/.test(text.slice(found.to)))
    throw new Error(`the file has Windows line ends, which ${name} reads as part of a value. Change them to \\n`);
}

/** Finds another line of the text that sets the variable, if each line is read for itself. */
function lineInValue(text: string, { key, line }: Assignment): number | undefined {
  const lines = text.split("\n").map((one, index) => ({ number: index + 1, name: one.trimStart().split("=")[0] }));
  return lines.find(({ number, name }) => name === key && number !== line)?.number;
}

/** Whether a line has only the name, `=` and the value, apart from a BOM, and systemd does not read it as part of the line before. */
function isBare(text: string, { from, to }: Assignment): boolean {
  const start = text.lastIndexOf("\n", text.lastIndexOf("=", from)) + 1;
  const end = text.indexOf("\n", to);
  const before = text.slice(0, start).split("\n").at(-2) ?? "";
  return (
    // A write removes spaces around the `=`.
    /^\uFEFF?[ \t]*[A-Za-z_]\w*[ \t]*=[ \t]*$/.test(text.slice(start, from)) &&
    /^\r?$/.test(text.slice(to, end === -1 ? undefined : end)) &&
    // systemd joins such a line with the next one. Since version 254 it does not join a line that starts as a comment.
    !/\\\r?$/.test(before)
  );
}

/**
 * Returns the readers that would read another value between these quotes.
 *
 * @param rest what follows the value in the text.
 */
export function differing(value: string, quote: Quote, held: readonly DotenvReader[], rest: string): DotenvReader[] {
  if (quote !== "") return held.filter((one) => !readers[one][quote === "'" ? "single" : "double"](value));
  if (!plain.test(value)) return [...held];
  // Without quotes, a comment starts for Docker Compose only after a space.
  return /^[ \t]*\t#/.test(rest) ? held.filter((one) => one === "compose") : [];
}

export function readerNames(some: readonly DotenvReader[]): string {
  return some.map((one) => readers[one].name).join(", ");
}
