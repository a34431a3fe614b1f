import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/** Prints a shell's completion script, or answers what that script asks. */
export async function complete(program: Command, argv: readonly string[]): Promise<void> {
  // It adds its own command of that name.
  const commands = program.commands as Command[];
  commands.splice(
    commands.findIndex((command) => command.name() === "completion"),
    1,
  );
  tab(program, { completionCommandName: "completion" });
  await program.parseAsync(argv, { from: "user" });
}
