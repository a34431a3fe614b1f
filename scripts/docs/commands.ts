import type { Command, Option } from "commander";
import type { CommandDefinition } from "../../src/cli/commands/definition.ts";
import { sinksHelp } from "../../src/cli/commands/sinks.ts";
import { createProgram, fill, help } from "../../src/cli/program.ts";
import { inGroups } from "../../src/cli/terminal/help.ts";
import { definitions, fenced, plain, table } from "./markdown.ts";
import type { Page } from "./pages.ts";

/** The reference of the command: what `--help` prints, from the same definitions. */
export async function commandPages(): Promise<Page> {
  const program = createProgram({
    open: () => Promise.reject(new Error("No command is run here.")),
    exit: () => {},
  });
  const commands = program.commands.filter((command) => command.name() !== "help");
  const pages: Page[] = [];
  for (const command of commands) pages.push(commandPage(program, command, await fill(command)));
  const groups = inGroups(commands, (command) => command.helpGroup()).map(([group, ones]) => {
    const rows = ones.map((one) => [`[\`${one.name()}\`](site:${pathOf(one)}.html)`, plain(one.description())]);
    return `## ${group}\n\n${table(["command", "what it does"], rows)}`;
  });
  const recipes = {
    path: "commands/sinks",
    title: "help sinks",
    text: `# cf-oauth help sinks\n\n${fenced("text", sinksHelp)}`,
  };
  return {
    path: "commands",
    title: "Commands",
    text: [
      `# ${program.name()}`,
      plain(program.description()),
      fenced("text", `${program.name()} ${program.usage()}`),
      ...groups,
      "`cf-oauth help sinks` prints [recipes for known stores](site:commands/sinks.html).",
      "## Options of every command",
      ...optionLists(program.options, "###"),
      "## Credentials, exit codes and a first try",
      fenced("text", help),
      "Each [error code](site:errors.html) has a page that says what to do.",
    ].join("\n\n"),
    pages: [...pages, recipes],
  };
}

function pathOf(command: Command): string {
  return `commands/${command.name()}`;
}

function commandPage(program: Command, command: Command, { about, usage, examples, help }: CommandDefinition): Page {
  const name = `${program.name()} ${command.name()}`;
  const usages = usage ?? [command.usage()];
  return {
    path: pathOf(command),
    title: command.name(),
    text: [
      `# ${name}`,
      plain(about ?? command.description()),
      fenced("text", usages.map((line) => `${name} ${line}`).join("\n")),
      ...(examples === undefined ? [] : ["## Examples", fenced("sh", examples.replaceAll(/^\$ /gm, ""))]),
      ...optionLists(command.options, "##"),
      ...(help === undefined ? [] : ["## Good to know", proseOrText(help)]),
      "[Options of every command](site:commands.html#options-of-every-command): `--account-id`, `--journal`, `--json` and others.",
    ].join("\n\n"),
  };
}

/** What help shows as lines: paragraphs, or a text whose lines mean something. */
function proseOrText(text: string): string {
  return /^ /m.test(text) ? fenced("text", text) : plain(text);
}

function optionLists(options: readonly Option[], heading: string): string[] {
  return inGroups(options, (option) => option.helpGroupHeading).flatMap(([group, ones]) => [
    `${heading} ${group}`,
    definitions(
      "option",
      ones.map(({ flags, description, argChoices }) => ({
        name: flags,
        text: [sentence(description), argChoices && `One of: ${argChoices.join(", ")}.`].filter(Boolean).join(" "),
      })),
    ),
  ]);
}

/** A line of the help as a sentence. */
function sentence(line: string): string {
  const text = plain(line);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}
