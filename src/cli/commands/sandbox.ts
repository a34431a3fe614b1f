import { once } from "node:events";
import { join } from "node:path";
import { Option } from "commander";
import type { SandboxOptions } from "../../sandbox/index.ts";
import { openSandbox } from "../session/sandbox-account.ts";
import { type ServedSandbox, serveSandbox } from "../session/sandbox-server.ts";
import type { Session } from "../session/session.ts";
import { UsageError } from "../terminal/command-error.ts";
import { parseDuration } from "../terminal/duration.ts";
import type { CommandDefinition } from "./definition.ts";

interface SandboxCommandOptions {
  readonly port?: string;
  readonly onSecondRotation?: string;
  readonly readLag?: string;
  readonly latency?: string;
}

/** `sandbox`: serves the stand-in for the account over HTTP, until a signal ends it. */
export const command: CommandDefinition<[options: SandboxCommandOptions]> = {
  about:
    "Serve the simulated account over HTTP, for other programs, until you press Ctrl-C. It prints the variables that lead there.",
  examples: `$ cf-oauth sandbox --port 8787`,
  options: [
    new Option("--port <number>", "port on 127.0.0.1 (default: a free one)"),
    new Option("--on-second-rotation <behaviour>", "what another rotation does while there are two secrets").choices([
      "keep",
      "refuse",
      "replace",
    ]),
    new Option("--read-lag <duration>", "reads show the state as it was this long ago"),
    new Option("--latency <duration>", "time that each response takes; from 2s on, no rotation can begin"),
  ],
  run: serve,
};

async function serve(session: Session, options: SandboxCommandOptions): Promise<number> {
  const { output, signal } = session;
  const port = Number(options.port ?? 0);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) throw new UsageError("--port must be from 0 to 65535.");
  const duration = (value: string | undefined, option: string) =>
    value === undefined ? 0 : parseDuration(value, option);
  const behaviour: SandboxOptions = {
    onSecondRotation: (options.onSecondRotation as SandboxOptions["onSecondRotation"] & string) ?? "refuse",
    readLag: duration(options.readLag, "--read-lag"),
    latency: duration(options.latency, "--latency"),
  };
  const directory = session.options.sandbox ? session.directory : join(session.directory, "sandbox");
  const served = await serveSandbox(
    (url) => openSandbox(directory, session.options.trustStateDir === true, { ...behaviour, issuer: { url } }),
    port,
  );
  await requireReachable(served);
  const { accountId, apiToken } = served.sandbox;
  output.json({ command: "sandbox", baseURL: served.apiURL, issuer: served.issuer, accountId, apiToken });
  output.result(
    `The sandbox is at ${served.issuer}, until Ctrl-C. To use it from another shell:`,
    "",
    `  export CLOUDFLARE_BASE_URL=${served.apiURL}`,
    `  export CLOUDFLARE_OAUTH_ISSUER=${served.issuer}`,
    `  export CLOUDFLARE_ACCOUNT_ID=${accountId}`,
    `  export CF_OAUTH_API_TOKEN=${apiToken} CLOUDFLARE_API_TOKEN=${apiToken}`,
    "  cf-oauth list",
  );
  if (!signal.aborted) await once(signal, "abort");
  await served.close();
  return 0;
}

/** Browsers, Node and Workers fetch nothing from the ports of some old services, and only they know from which. */
async function requireReachable({ issuer, close }: ServedSandbox): Promise<void> {
  try {
    await fetch(issuer);
  } catch {
    await close();
    throw new UsageError(
      `fetch refuses to use port ${new URL(issuer).port}, so the sandbox could not be reached. Choose another --port.`,
    );
  }
}
