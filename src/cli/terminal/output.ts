import type { WriteStream } from "node:tty";
import { stripVTControlCharacters, styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Where a command's words go: results to stdout, everything else to stderr. */
export class Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** Warnings so far; they are part of a result in JSON. */
  readonly warnings: string[] = [];
  /** Whether stdout belongs to a sink, so that nothing else may go there. */
  isStdoutTaken = false;
  /** Ends a live display before anything else is written to the same terminal. */
  settle: () => void = () => {};

  constructor({ json = false, quiet = false }: { json?: boolean | undefined; quiet?: boolean | undefined }) {
    this.isJson = json;
    this.isQuiet = quiet;
  }

  /** The result, for a person. */
  result(text: string): void {
    if (this.isJson) return;
    this.#write(this.isStdoutTaken ? process.stderr : process.stdout, `${text}\n`);
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
  note(text: string): void {
    if (!this.isQuiet) this.#write(process.stderr, `${text}\n`);
  }

  warn(text: string): void {
    this.warnings.push(text);
    this.#write(process.stderr, `${wrap(`${this.paint("yellow", "warning:")} ${text}`)}\n`);
  }

  fail(text: string): void {
    this.#write(process.stderr, `${wrap(`${this.paint("red", "error:")} ${text}`)}\n`);
  }

  /** The command that leads on. */
  next(command: string): void {
    this.#write(process.stderr, `${this.paint("bold", "next:")} ${command}\n`);
  }

  /** Colour, where stderr is a terminal that has it and NO_COLOR does not forbid it. */
  paint(format: Format, text: string): string {
    return paint(process.stderr, format, text);
  }

  #write(stream: NodeJS.WriteStream, text: string): void {
    this.settle();
    stream.write(text);
  }
}

/** JSON in which nothing moves the cursor or turns the writing round, should it be printed on a terminal. */
function escaped(json: string): string {
  const unprintable = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  return json.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Breaks a long message between words, on a terminal; elsewhere a message is one line, for whoever searches a log. */
function wrap(text: string): string {
  const { isTTY } = process.stderr;
  // Some terminals say 0.
  const columns = process.stderr.columns || 80;
  if (!isTTY) return text;
  let line = 0;
  return text.replaceAll(/\S+ ?/g, (word) => {
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
