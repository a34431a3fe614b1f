import { CommanderError } from "commander";
import type { Execution } from "./execution.ts";
import { createProgram, fill } from "./program.ts";

/**
 * Runs a command line.
 *
 * @returns The exit code.
 */
export async function main(argv: readonly string[]): Promise<number> {
  let unwritten: NodeJS.ErrnoException | undefined;
  // A reader that has gone away has seen what it wanted; where it matters, the sink that writes there tells.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") unwritten ??= error;
  });
  process.stderr.on("error", () => {});
  const exitCode = await run(argv);
  // The error of a write comes a moment after it.
  await new Promise(setImmediate);
  if (unwritten === undefined || exitCode !== 0) return exitCode;
  process.stderr.write(
    `error: Everything was done, but the result could not be written to stdout: ${unwritten.message}\n`,
  );
  return 1;
}

async function run(argv: readonly string[]): Promise<number> {
  let begun: Execution | undefined;
  const execution = async (): Promise<Execution> => {
    begun ??= new (await import("./execution.ts")).Execution(argv);
    return begun;
  };
  let exitCode = 0;
  const program = createProgram({
    open: async (command, options) => (await execution()).open(command, options),
    exit(code) {
      exitCode = code;
    },
  });
  try {
    // What a completion script asks.
    if (argv[0] === "complete") {
      // Of the others nothing is asked.
      await Promise.all(program.commands.filter((command) => argv.includes(command.name())).map(fill));
      await (await import("./commands/completion.ts")).complete(program, argv);
    } else await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    // The parser throws for help and version, too.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return (await execution()).fail(error);
  }
}
