import { commentStart } from "./shell-line.ts";

/**
 * What programs print after a value: `added`, a line end of their own; `kept`, nothing but what is stored.
 *
 * The trial of the stores measured them, except where it says otherwise.
 */
const programs: Readonly<Record<string, "added" | "kept">> = {
  aws: "added",
  psql: "added",
  "redis-cli": "added",
  // By their documentation.
  az: "added",
  doppler: "added",
  op: "added",
  age: "kept",
  base64: "kept",
  cat: "kept",
  curl: "kept",
  gcloud: "kept",
  kubectl: "kept",
  pass: "kept",
  "systemd-creds": "kept",
  // By its documentation, where stdout is no terminal.
  vault: "kept",
};

/**
 * Removes the line end that a read-back's program is known to add to the stored value.
 *
 * A program of which nothing is known may have added it, or the store may hold it: then `warn` says so.
 *
 * @returns What is stored.
 */
export function withoutAddedLineEnd(output: string, command: string, warn: (message: string) => void): string {
  const value = output.replace(/\r?\n$/, "");
  if (value === output) return output;
  const program = lastProgram(command);
  const knows = program === undefined ? undefined : programs[program];
  if (knows === "kept") return output;
  if (knows === undefined)
    warn(
      `The read-back printed a line end after the secret. It was taken for one that ${program ?? "the command"} adds. If the store holds it, the service sends a wrong secret: let the read-back print exactly what is stored`,
    );
  return value;
}

/** The program that prints what a command prints, if the command is a plain pipeline of one line. */
function lastProgram(command: string): string | undefined {
  const line = command.trim();
  const end = line.includes("\n") ? undefined : commentStart(line);
  if (end === undefined) return undefined;
  const unquoted = line.slice(0, end).replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"/g, "'");
  if (/[;&()`{}]|\|\|/.test(unquoted)) return undefined;
  const last = unquoted.split("|").at(-1)?.trim() ?? "";
  const [, program] = /^(?:\w+=\S*\s+)*([\w./-]+)(?=\s|$)/.exec(last) ?? [];
  return program?.split("/").at(-1);
}
