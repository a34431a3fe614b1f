import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exitCodes } from "../src/cli/terminal/exit-code.ts";
import { table } from "./docs/markdown.ts";

/** An error code, as the docstring in the union type of the codes explains it; each part in Markdown. */
export interface ErrorCode {
  readonly code: string;
  /** Of the command. */
  readonly exitCode: number;
  /** Whether a `RotationError` has it; otherwise only the command does. */
  readonly isOfRotation: boolean;
  readonly happened: string;
  readonly now: string;
  readonly todo: string;
  /** What the command printed with this code in a test: the command line, and its last lines. */
  readonly printed: string;
}

/**
 * Every code of an error of the rotation or of the command, in alphabetical order.
 *
 * @throws {Error} If the docstring of a code is missing or has not three paragraphs, or if no test has recorded its message.
 */
export function errorCodes(): ErrorCode[] {
  const rotation = docstringsOf("src/rotation/error.ts", "RotationErrorCode");
  const command = docstringsOf("src/cli/terminal/command-error.ts", "CommandErrorCode");
  return Object.entries(exitCodes)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([code, exitCode]) => {
      const isOfRotation = rotation.has(code);
      const paragraphs = (rotation.get(code) ?? command.get(code) ?? "").split(/\n\s*\n/);
      const [happened, now, todo] = paragraphs.map((paragraph) => paragraph.replaceAll(/\s+/g, " ").trim());
      if (!happened || !now || !todo || paragraphs.length > 3)
        throw new Error(`The docstring of "${code}" must say what happened, what is true now, and what to do.`);
      return { code, exitCode, isOfRotation, happened, now, todo, printed: readFileSync(fileOfMessage(code), "utf8") };
    });
}

/** The file with the output of the command for a code. The tests compare it with the real output, and `vitest -u` writes it. */
export function fileOfMessage(code: string): string {
  return fileURLToPath(new URL(`../test/cli/terminal/messages/${code}.txt`, import.meta.url));
}

/** The docstrings in a union of literals, by literal. */
function docstringsOf(path: string, type: string): Map<string, string> {
  const source = readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
  const [, union = ""] = new RegExp(`export type ${type} =\n(.*?);\n\n`, "s").exec(source) ?? [];
  const members = union.matchAll(/\/\*\*(.*?)\*\/\s*\| "([a-z-]+)"/gs);
  return new Map([...members].map(([, text = "", code = ""]) => [code, text.replaceAll(/^\s*\* ?/gm, "")]));
}

/** The codes of the rotation as a table in Markdown. */
export function renderErrorCodes(): string {
  const rows = errorCodes().filter(({ isOfRotation }) => isOfRotation);
  return table(
    ["code", "what happened", "what to do"],
    rows.map(({ code, happened, todo }) => [`\`${code}\``, happened, todo]),
  );
}
