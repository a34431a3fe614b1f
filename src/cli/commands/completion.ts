import scripts from "@bomb.sh/tab";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import type { CommandDefinition } from "./definition.ts";

/**
 * For bash. The library's own script gives the line to `eval`, which runs what a user has only typed, and needs functions
 * that not every bash has.
 */
const bash = `_cf_oauth() {
  local cur=\${COMP_WORDS[COMP_CWORD]} line
  COMPREPLY=()
  # The words as they were typed: nothing of them is evaluated.
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    [[ $line != :* && $line == "$cur"* ]] && COMPREPLY+=("$line")
  done < <(cf-oauth complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _cf_oauth cf-oauth`;

/** The response that makes a shell offer the names of files. */
const files = ":0";

const program = "cf-oauth";

/** `completion`: prints a shell's completion script. */
export const command: CommandDefinition<[shell: string]> = {
  about: "Print a script that lets your shell complete commands and options.",
  examples: `$ cf-oauth completion bash >> ~/.bashrc
$ cf-oauth completion zsh > ~/.zfunc/_cf-oauth`,
  choices: ["bash", "zsh", "fish", "powershell"],
  print(_, shell) {
    if (shell === "bash") console.log(bash);
    else scripts.setup(program, program, shell);
  },
};

/**
 * Answers what a completion script asks.
 *
 * @param program with the options of the commands in the line.
 */
export async function complete(program: Command, argv: readonly string[]): Promise<void> {
  if (takesAnything(program, argv)) return console.log(files);
  const commands = program.commands as Command[];
  // It adds its own command of that name, and offers only the options of a command itself.
  commands.splice(
    commands.findIndex((command) => command.name() === "completion"),
    1,
  );
  for (const command of commands) for (const option of program.options) command.addOption(option);
  tab(program, { completionCommandName: "completion" });
  await program.parseAsync(argv, { from: "user" });
}

/** Whether the word to complete is the value of an option for which there are no choices. */
function takesAnything(program: Command, argv: readonly string[]): boolean {
  const before = argv.at(-2);
  return [program, ...program.commands]
    .flatMap(({ options }) => options)
    .some((option) => option.long === before && option.required && !option.argChoices);
}
