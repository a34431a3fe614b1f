import type { Assignment } from "./dotenv-lines.ts";

/** A program, or a family of programs, that reads dotenv files. */
export type DotenvReader = "node" | "dotenv" | "next" | "shell" | "compose" | "docker" | "systemd";

/** How a value is written: bare, or between such quotes. */
export type Quote = "" | "'" | '"';

interface ReaderFacts {
  readonly name: string;
  /** Whether it reads a value as it was meant between single quotes; never one with a single quote in it. */
  readonly single: (value: string) => boolean;
  /** The same for double quotes. */
  readonly double: (value: string) => boolean;
  /** It takes `export`, a BOM or a comment behind the value for a part of name or value. */
  readonly isBareLine?: true;
}

const never = () => false;
const isSingle = (value: string) => !value.includes("'") && !value.endsWith("\\");
const isDouble = (value: string) => !/["$`]|\\(?:[nr\\]|$)/.test(value);

/**
 * Which quotes each reader takes off, and leaves what is between as it is. Without quotes they all agree on `plain`.
 *
 * @see https://nodejs.org/api/environment_variables.html#env-files
 * @see https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#EnvironmentFile=
 */
const readers: Readonly<Record<DotenvReader, ReaderFacts>> = {
  node: { name: "Node", single: isSingle, double: isDouble },
  dotenv: { name: "dotenv", single: isSingle, double: isDouble },
  // It expands variables whatever the quotes, and takes a backslash before $ away.
  next: {
    name: "Next.js",
    single: (value) => isSingle(value) && !value.includes("$"),
    double: (value) => isDouble(value) && !value.includes("$"),
  },
  shell: { name: "a shell", single: isSingle, double: isDouble },
  // It knows \a, \t, \0 and others.
  compose: {
    name: "Docker Compose",
    single: isSingle,
    double: (value) => isDouble(value) && !value.includes("\\"),
  },
  docker: { name: "docker run --env-file", single: never, double: never, isBareLine: true },
  systemd: { name: "systemd", single: isSingle, double: isDouble, isBareLine: true },
};

/** What every reader takes as it is, without quotes. */
const plain = /^[A-Za-z0-9_./:@%+=,-]+$/;

/** @throws {Error} if it is none; the message names them. */
export function requireReader(name: string): DotenvReader {
  const found = (Object.keys(readers) as DotenvReader[]).find((one) => one === name);
  if (found) return found;
  throw new Error(`${JSON.stringify(name)} is no reader of dotenv files: they are ${Object.keys(readers).join(", ")}`);
}

/**
 * Who must read a variable as it is written: one reader if it is known to be the only one, else all that can read its line.
 * `docker run --env-file` takes no quotes at all, so that it must be named.
 */
export function heldReaders(
  only: DotenvReader | undefined,
  text: string,
  found: Assignment | undefined,
): DotenvReader[] {
  if (only !== undefined) return [only];
  const all = (Object.keys(readers) as DotenvReader[]).filter((one) => one !== "docker");
  return found && isBare(text, found) ? all : all.filter((one) => !found || !readers[one].isBareLine);
}

/** @throws {Error} if that reader takes more of the line for the name or the value than others do. */
export function requireLine(only: DotenvReader | undefined, text: string, found: Assignment | undefined): void {
  if (only === undefined || !found) return;
  const { name, isBareLine } = readers[only];
  if (isBareLine && !isBare(text, found))
    throw new Error(
      `line ${found.line} has more than ${found.key} and its value, which ${name} reads as a part of them: take off \`export\`, the comment behind it or before it, or the BOM`,
    );
  if (only === "shell" && (text.startsWith("\uFEFF") || /^[^\n]*\r(?:\n|$)/.test(text.slice(found.to))))
    throw new Error(`the file has a BOM or line ends of Windows, which ${name} takes for a part of a name or value`);
}

/** Whether a line is nothing but the name, `=`, and the value, and begins after one that is whole to systemd. */
function isBare(text: string, { from, to, line }: Assignment): boolean {
  const start = text.lastIndexOf("\n", text.lastIndexOf("=", from)) + 1;
  const end = text.indexOf("\n", to);
  const before = text.slice(0, start).split("\n").at(-2) ?? "";
  return (
    /^[ \t]*[A-Za-z_]\w*=$/.test(text.slice(start, from)) &&
    /^\r?$/.test(text.slice(to, end === -1 ? undefined : end)) &&
    !(line === 1 && text.startsWith("\uFEFF")) &&
    // Before version 254 it takes the line after such a comment for a part of the comment.
    !/^[ \t]*[#;].*\\\r?$/.test(before)
  );
}

/** The readers that would read a value differently between such quotes. */
export function differing(value: string, quote: Quote, held: readonly DotenvReader[]): DotenvReader[] {
  if (quote === "") return plain.test(value) ? [] : [...held];
  return held.filter((one) => !readers[one][quote === "'" ? "single" : "double"](value));
}

export function readerNames(some: readonly DotenvReader[]): string {
  return some.map((one) => readers[one].name).join(", ");
}
