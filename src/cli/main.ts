import { CommanderError } from "commander";
import type { Execution } from "./execution.ts";
import { createProgram } from "./program.ts";

/**
 * Runs a command line.
 *
 * @returns The exit code.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader that has gone away is told by the write that fails, where it matters: in the sink that writes there.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  let begun: Execution | undefined;
  const execution = async (): Promise<Execution> => {
    begun ??= new (await import("./execution.ts")).Execution(argv);
    return begun;
  };
  let exitCode = 0;
  const program = createProgram(
    async (options) => (await execution()).open(options),
    (code) => {
      exitCode = code;
    },
  );
  try {
    if (argv[0] === "complete" || argv[0] === "completion")
      await (await import("./completion.ts")).complete(program, argv);
    else await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    // Help and version are shown by what the parser throws, too.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return (await execution()).fail(error);
  }
}
