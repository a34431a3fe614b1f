import { readFileSync } from "node:fs";
import type { Command } from "commander";
import ts from "typescript";
import schema from "../../../src/cli/plan/plan.schema.json" with { type: "json" };
import { createProgram, fill, help } from "../../../src/cli/program.ts";
import { parse, print } from "./declarations.ts";

/** The words that the command takes, what its exit codes mean, what `--json` prints, and what a plan may say. */
export async function readCommand(): Promise<Record<string, string>> {
  const notRun = () => Promise.reject(new Error("No command is run here."));
  const program = createProgram({ open: notRun, exit: () => undefined });
  await Promise.all(program.commands.map(fill));
  return {
    ...wordsOf(program, program.name()),
    "cf-oauth exit codes": exitCodes(),
    "cf-oauth report": report(),
    "cf-oauth plan": JSON.stringify(schema, withoutDescriptions, 2),
  };
}

function wordsOf(command: Command, name: string): Record<string, string> {
  const given = command.registeredArguments.map(
    (argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`) + choices(argument.argChoices),
  );
  return {
    [name]: [name, ...given].join(" "),
    ...Object.fromEntries(
      command.options.map(({ long, flags, argChoices }) => [`${name} ${long}`, flags + choices(argChoices)]),
    ),
    ...Object.assign({}, ...command.commands.map((one) => wordsOf(one, `${name} ${one.name()}`))),
  };
}

function choices(values: readonly string[] | undefined): string {
  return values ? ` (${values.join(", ")})` : "";
}

function exitCodes(): string {
  const text = /^Exit codes\n.*$/ms.exec(help)?.[0];
  if (text === undefined) throw new Error("The help says nothing of exit codes.");
  return text;
}

function report(): string {
  const source = parse(
    "report.ts",
    readFileSync(new URL("../../../src/cli/attempt/report.ts", import.meta.url), "utf8"),
  );
  const found = source.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === "Report");
  if (!found) throw new Error("There is no Report.");
  return print(found, source);
}

function withoutDescriptions(key: string, value: unknown): unknown {
  return key === "description" && typeof value === "string" ? undefined : value;
}
