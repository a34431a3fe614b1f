import { join } from "node:path";
import type { Fetch } from "../../client/call.ts";
import { Cloudflare, type Logger } from "../../client/index.ts";
import { isCreationLog } from "../../rotation/creation-log.ts";
import type { Target } from "../../rotation/index.ts";
import { defaultIssuer, isLoopback } from "../../rotation/issuer.ts";
import { UsageError } from "../terminal/command-error.ts";
import { parseDuration } from "../terminal/duration.ts";
import type { Output } from "../terminal/output.ts";
import { type OpenedJournal, openJournal } from "./journal.ts";
import { chooseFetch } from "./proxy.ts";
import { openSandbox } from "./sandbox-account.ts";
import type { Signals } from "./signals.ts";
import { stateDirectory } from "./state-directory.ts";

/** The options of every command. */
export interface GlobalOptions {
  readonly accountId?: string;
  readonly baseUrl?: string;
  readonly issuer?: string;
  readonly stateDir?: string;
  readonly trustStateDir?: boolean;
  readonly journal?: string;
  readonly sandbox?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly timeout?: string;
}

/** What a command works with; made once, from the options and the environment. */
export interface Session extends OpenedJournal {
  readonly options: GlobalOptions;
  readonly output: Output;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  readonly signals: Signals;
  /** Where everything that lasts is kept. */
  readonly directory: string;
  readonly client: Cloudflare;
  readonly issuer: string | undefined;
  readonly fetch: Fetch | undefined;
  /** Empty if none was given; {@link target} refuses that. */
  readonly accountId: string;
}

const vendor = { api: "https://api.cloudflare.com/client/v4", issuer: defaultIssuer };

/** @throws {UsageError} For an option that cannot be used. */
export async function openSession(options: GlobalOptions, output: Output, signals: Signals): Promise<Session> {
  const given = { options, output, signal: signals.aborted, signals };
  const logger = loggerOf(output);
  const care = { isTrusted: options.trustStateDir === true, output };
  const state = stateDirectory(options.stateDir);
  const timeout = options.timeout === undefined ? 60_000 : parseDuration(options.timeout, "--timeout");
  if (!(timeout >= 1 && timeout <= 2_147_483_647)) throw new UsageError("--timeout must be from 1ms to 24d.");
  if (options.sandbox) {
    if (options.baseUrl || options.issuer)
      throw new UsageError(
        "--sandbox has its own API and issuer, so it cannot be combined with --base-url or --issuer. Nothing was sent.",
      );
    const directory = join(state, "sandbox");
    const opened = openJournal(undefined, directory, care);
    const sandbox = openSandbox(directory, care.isTrusted);
    const { apiToken, baseURL, fetch, issuer, accountId } = sandbox;
    if (options.journal)
      throw new UsageError("--sandbox has its own journal, so it cannot be combined with --journal. Nothing was sent.");
    if (options.accountId && options.accountId !== accountId)
      throw new UsageError(`The sandbox's account is ${accountId}.`);
    const client = new Cloudflare({ apiToken, baseURL, fetch, timeout, logger });
    return { ...given, directory, ...opened, client, issuer, fetch, accountId };
  }

  const { CF_OAUTH_JOURNAL, CF_OAUTH_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_BASE_URL, CLOUDFLARE_OAUTH_ISSUER } =
    process.env;
  const issuer = secureAddress(
    "--issuer",
    options.issuer ?? (CLOUDFLARE_OAUTH_ISSUER || undefined),
    vendor.issuer,
    output,
  );
  const baseURL = secureAddress(
    "--base-url",
    options.baseUrl ?? (CLOUDFLARE_BASE_URL || undefined),
    vendor.api,
    output,
  );
  const fetch = await chooseFetch();
  const opened = openJournal(options.journal ?? (CF_OAUTH_JOURNAL || undefined), state, care);
  const client = new Cloudflare({
    ...(CF_OAUTH_API_TOKEN && { apiToken: CF_OAUTH_API_TOKEN }),
    baseURL: baseURL ?? vendor.api,
    timeout,
    fetch,
    logger,
  });
  const accountId = options.accountId ?? CLOUDFLARE_ACCOUNT_ID ?? "";
  return { ...given, directory: state, ...opened, client, issuer, fetch, accountId };
}

/** Logs to stderr at every level: stdout is for results, and `console` would print there. */
function loggerOf(output: Output): Logger {
  const log = (line: string) => output.log(line);
  return { error: log, warn: log, info: log, debug: log };
}

/** An address to which secrets go: https, but on this very machine; named where it is not the vendor's. */
function secureAddress(option: string, address: string | undefined, usual: string, output: Output): string | undefined {
  if (address === undefined || address === usual) return address;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new UsageError(`${option} must be an https address, such as ${usual}.`);
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(address)))
    throw new UsageError(`${option} must be an https address (http is for this machine only): secrets go there.`);
  if (url.username || url.password || url.search || url.hash)
    throw new UsageError(`${option} must be an address without user, query or fragment.`);
  output.note(`${option === "--issuer" ? "The issuer is" : "The API is at"} ${url.origin}, which is not Cloudflare's.`);
  let trimmed = address;
  while (trimmed.endsWith("/")) trimmed = trimmed.slice(0, -1);
  return trimmed;
}

/** Which client's secret, checked before anything is sent or written. */
export function target(session: Session, clientId: string): Target {
  if (isCreationLog(clientId))
    throw new UsageError(
      `${clientId} is not a client, but a creation that is not finished. Nothing was sent. To continue it, run \`cf-oauth create\` again, with the options that you gave it.`,
    );
  return targetOrCreation(session, clientId);
}

/** The same, where what stands for a client that does not exist yet is of use, too. */
export function targetOrCreation({ accountId }: Session, clientId: string): Target {
  return { accountId: requireAccount(accountId), clientId: requireClientId(clientId) };
}

/** The account, checked. */
export function requireAccount(accountId: string): string {
  if (accountId === "")
    throw new UsageError("No account given. Nothing was sent. Set CLOUDFLARE_ACCOUNT_ID, or add --account-id <id>.");
  if (!/^[^\s/\\?#%]{32}$/.test(accountId) || accountId.includes(".."))
    throw new UsageError("The account id must have 32 characters, such as 023e105f4ecef8ad9ca31a8372d0c353.");
  return accountId;
}

function requireClientId(clientId: string): string {
  if (!/^[^\s/\\?#%\p{Cc}]+$/u.test(clientId) || /^\.+$/.test(clientId))
    throw new UsageError("The client id must be what `cf-oauth list` shows as id: no spaces and none of / \\ ? # %.");
  return clientId;
}

/** Warns where the journal may be gone after the job: then a rotation that was interrupted cannot be resumed. */
export function warnOfTemporaryDisk({ options, output, directory }: Session): void {
  const { CI, CF_OAUTH_STATE_DIR, CF_OAUTH_JOURNAL } = process.env;
  if (!CI || options.stateDir || CF_OAUTH_STATE_DIR || options.journal || CF_OAUTH_JOURNAL || options.sandbox) return;
  output.warn(
    `The journal is on this CI runner (${directory}) and may be lost with the job. A killed job could then only be recovered (may cause downtime). Use --journal, or a --state-dir that lasts.`,
  );
}
