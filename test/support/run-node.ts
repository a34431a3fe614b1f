import { execFile } from "node:child_process";

export interface Finished {
  /** The exit code, or the name of the signal that ended the process. */
  readonly exit: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Output without colours, so that tests can match it, and no question to a registry about newer versions. */
export const plainEnvironment = {
  ...process.env,
  FORCE_COLOR: undefined,
  NO_COLOR: "1",
  REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
};

/** Runs a script by the Node that runs the tests, and resolves however it ends. */
export function runNode(script: string, args: readonly string[], cwd: string): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { cwd, env: plainEnvironment, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) =>
      resolve({ exit: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    );
  });
}
