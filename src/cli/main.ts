import { CommanderError } from "commander";
import { exitCodeOf } from "./exit-code.ts";
import { hintForMessage } from "./hint.ts";
import { Output } from "./output.ts";
import { createProgram } from "./program.ts";
import { exitCodeOfSignal, Signals } from "./signals.ts";

/**
 * Runs a command line.
 *
 * @returns The exit code.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader that has gone away is told by the write that fails, where it matters: in the sink that writes there.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  let output = new Output({ json: argv.includes("--json") });
  const signals = new Signals(() => output);
  let exitCode = 0;
  const program = createProgram(
    async (options) => {
      const { openSession } = await import("./session.ts");
      output = new Output(options);
      return openSession(options, output, signals);
    },
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
    if (!(error instanceof CommanderError)) return report(output, error, signals.aborted);
    // It has printed its message, or the help, itself.
    if (error.exitCode === 0) return 0;
    output.json({ ok: false, exitCode: 2, code: "usage", message: error.message, warnings: [] });
    return 2;
  }
}

function report(output: Output, error: unknown, signal: AbortSignal): number {
  const exitCode = signal.aborted ? exitCodeOfSignal(signal) : exitCodeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const message = text + hintForMessage(text);
  output.fail(message);
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
  output.json({ ok: false, exitCode, code: exitCode === 2 ? "usage" : code, message, warnings: output.warnings });
  return exitCode;
}
