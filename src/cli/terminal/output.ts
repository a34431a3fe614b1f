import type { WriteStream } from "node:tty";
import { stripVTControlCharacters, styleText } from "node:util";
import { knownSecrets } from "../../client/known-secrets.ts";
import { OutputRedaction } from "../../node/shell/redact-output.ts";
import { ForeignOutput, plain, withoutWorkflowCommands } from "./text.ts";

type Format = Parameters<typeof styleText>[0];

/** A line, with an optional mark of success or failure in front. */
export type Line = string | { readonly mark: "good" | "note" | "unclear" | "bad"; readonly text: string };

const marks = { good: ["green", "✓"], note: ["yellow", "!"], unclear: ["yellow", "✗"], bad: ["red", "✗"] } as const;

/**
 * Where a command's words go: results to stdout, everything else to stderr.
 *
 * Others may have written any part of it: the API, an issuer, the person who named a client or a file. So each line is made
 * {@link plain} here, and nowhere else.
 */
export class Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** Warnings so far; they are part of a result in JSON. */
  readonly warnings: string[] = [];
  /** Whether stdout belongs to a sink, so that nothing else may go there. */
  isStdoutTaken = false;
  /** Ends a live display before anything else is written to the same terminal. */
  settle: () => void = () => {};
  readonly #foreign = new ForeignOutput();

  constructor({ json = false, quiet = false }: { json?: boolean | undefined; quiet?: boolean | undefined }) {
    this.isJson = json;
    this.isQuiet = quiet;
  }

  /** The result, for a person. */
  result(...lines: readonly Line[]): void {
    if (this.isJson) return;
    const stream = this.isStdoutTaken ? process.stderr : process.stdout;
    this.#print(stream, lines.map((line) => `${shown(line, stream)}\n`).join(""));
  }

  /** A result of our own that must reach its reader byte by byte: a script, a key. */
  exact(text: string): void {
    if (!this.isJson) this.#write(process.stdout, `${text}\n`);
  }

  /** The result, for a program: one object, and nothing else on stdout. */
  json(value: object): void {
    if (this.isJson) this.#write(process.stdout, `${escaped(JSON.stringify(value, undefined, 2))}\n`);
  }

  /**
   * The result of many, for a program: one object, written as its parts come.
   *
   * @param head the first fields.
   * @param name of the list that follows; `add` writes an item of it, and `end` the fields after it.
   */
  jsonList(head: object, name: string): { add(item: object): void; end(tail: object): void } {
    if (!this.isJson) return { add() {}, end() {} };
    const write = (text: string) => this.#write(process.stdout, text);
    const fields = (value: object, indent: string) =>
      escaped(JSON.stringify(value, undefined, 2)).replaceAll("\n", `\n${indent}`);
    write(`${fields(head, "").slice(0, -2)},\n  ${JSON.stringify(name)}: [`);
    let separator = "";
    return {
      add(item) {
        write(`${separator}\n    ${fields(item, "    ")}`);
        separator = ",";
      },
      end: (tail) => write(`${separator && "\n  "}],${fields(tail, "").slice(1)}\n`),
    };
  }

  /** Progress. */
  note(line: Line): void {
    if (!this.isQuiet) this.#print(process.stderr, `${shown(line, process.stderr)}\n`);
  }

  warn(text: string): void {
    this.warnings.push(text);
    this.#print(process.stderr, `${wrap(`${paint(process.stderr, "yellow", "warning:")} ${plain(text)}`)}\n`);
  }

  fail(text: string): void {
    this.#print(process.stderr, `${wrap(`${paint(process.stderr, "red", "error:")} ${plain(text)}`)}\n`);
  }

  /** A line of a log that was asked for, also where only the result is wanted. */
  log(text: string): void {
    this.#print(process.stderr, `${plain(text)}\n`);
  }

  /** What a command of the user prints. */
  readonly passOn = (text: string): void => this.#write(process.stderr, this.#foreign.push(text));

  /**
   * Prints the next command.
   *
   * @param from when it will work; undefined: now.
   */
  next(command: string, from?: Date): void {
    const label = from === undefined ? "next:" : `next, from ${from.toISOString()}:`;
    this.#print(process.stderr, `${paint(process.stderr, "bold", label)} ${plain(command)}\n`);
  }

  /** A line of a terminal that the next one takes the place of. */
  live(text: string): void {
    const line = plain(text).slice(0, (process.stderr.columns || 80) - 1);
    process.stderr.write(paint(process.stderr, "dim", withoutWorkflowCommands(withoutSecrets(line))));
  }

  #print(stream: NodeJS.WriteStream, text: string): void {
    this.#write(stream, withoutWorkflowCommands(text));
  }

  #write(stream: NodeJS.WriteStream, text: string): void {
    this.settle();
    stream.write(withoutSecrets(text));
  }
}

/** Text without the secrets that this process knows: a server, an issuer or a program may repeat them. */
function withoutSecrets(text: string): string {
  const secrets = knownSecrets();
  if (secrets.length === 0) return text;
  const redaction = new OutputRedaction(secrets);
  return redaction.push(text) + redaction.end();
}

function shown(line: Line, stream: NodeJS.WriteStream): string {
  if (typeof line === "string") return plain(line);
  const [format, mark] = marks[line.mark];
  return `${paint(stream, format, mark)} ${plain(line.text)}`;
}

/** JSON in which nothing moves the cursor, turns the writing round or is a command to a CI runner, wherever it is printed. */
function escaped(json: string): string {
  return json.replace(/[\u007f-\u009f\u2028\u2029]|\p{Cf}|#(?=#(?:\[|vso\[))/gu, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** Breaks a long message between words on a terminal, but no command in backticks. Elsewhere a message is one line, which is easier to find in a log. */
function wrap(text: string): string {
  const { isTTY } = process.stderr;
  // Some terminals say 0.
  const columns = process.stderr.columns || 80;
  if (!isTTY) return text;
  let line = 0;
  return text.replaceAll(/[^\s`]*`[^`\n]*`\S* ?|\S+ ?/g, (word) => {
    const { length } = stripVTControlCharacters(word).trimEnd();
    const isTooLong = line > 0 && line + length > columns;
    line = (isTooLong ? 0 : line) + length + 1;
    return isTooLong ? `\n${word}` : word;
  });
}

/** Text in colour if a stream is a terminal that shows it; `hasColors` knows NO_COLOR, FORCE_COLOR and TERM. */
export function paint(stream: Partial<WriteStream>, format: Format, text: string): string {
  return stream.isTTY && stream.hasColors?.() ? styleText(format, text, { validateStream: false }) : text;
}
