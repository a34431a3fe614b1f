import type { Command, Help } from "commander";

/** What the help of a command shows in addition to its description and options; lines of at most 80 columns. */
export interface HelpTexts {
  /** What the command does, in whole sentences. Default: its line in the program's help. */
  readonly about?: string;
  /** What follows the command's name, a line for each way to use it. Default: its arguments and `[options]`. */
  readonly usage?: readonly string[];
  /** Commands to copy, the most common one first. */
  readonly examples?: string;
  /** What stands below the options. */
  readonly help?: string;
}

/** The help of the program, or of one of its commands: what people look for first comes first. */
export function formatHelp(command: Command, helper: Help, { about, usage, examples, help }: HelpTexts = {}): string {
  const name = command.parent ? `${command.parent.name()} ${command.name()}` : command.name();
  const usages = usage?.map((line) => `${name} ${line}`) ?? [helper.commandUsage(command)];
  const width = helper.padWidth(command, helper);
  const list = (heading: string, items: readonly (readonly [term: string, description: string])[]) =>
    `${heading}\n${items.map(([term, text]) => helper.formatItem(term, width, text, helper)).join("\n")}`;
  const described = helper.boxWrap(about ?? helper.commandDescription(command), helper.helpWidth ?? 80);
  const ownOptions = helper.visibleOptions(command).filter(({ long }) => !command.parent || long !== "--help");
  const commands = command.parent ? [] : helper.visibleCommands(command);
  const parts = [
    described,
    usages.map((line, index) => `${index === 0 ? "Usage:" : "      "} ${line}`).join("\n"),
    examples && `Examples\n${examples.replaceAll(/^(?=.)/gm, "  ")}`,
    ...inGroups(commands, (one) => one.helpGroup()).map(([heading, ones]) =>
      list(
        heading,
        ones.map((one) => [helper.subcommandTerm(one), helper.subcommandDescription(one)]),
      ),
    ),
    ...inGroups(ownOptions, (option) => option.helpGroupHeading).map(([heading, options]) =>
      list(
        heading,
        options.map((option) => [helper.optionTerm(option), helper.optionDescription(option)]),
      ),
    ),
    help,
    command.parent && `Options of every command (--account-id, --journal, --json, …): ${command.parent.name()} --help`,
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

/** Items by the heading of their group, in the order of their first; what has none is under `Options`. */
export function inGroups<T>(
  items: readonly T[],
  groupOf: (item: T) => string | undefined,
): [heading: string, items: T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const heading = groupOf(item) || "Options";
    groups.set(heading, [...(groups.get(heading) ?? []), item]);
  }
  return [...groups];
}
