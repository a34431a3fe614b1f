import { type Command, createCommand } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { CommandDefinition } from "./commands/definition.ts";
import type { GlobalOptions, Session } from "./session/session.ts";
import { UsageError } from "./terminal/command-error.ts";

/** What commands are run by. */
export interface Host {
  /** Opens the session of a command, once its options are known. */
  open(command: string, options: GlobalOptions): Promise<Session>;
  /** Takes the exit code of the command that was run. */
  exit(code: number): void;
}

type Load = () => Promise<{ readonly command: CommandDefinition }>;

/**
 * Every command: its name and arguments, its line in the help, and the file with the rest. That file is loaded when the
 * command is run, or its help is shown.
 */
const commands: readonly [usage: string, description: string, load: Load][] = [
  [
    "list",
    "show the account's OAuth clients, and where the rotation of each stands",
    () => import("./commands/list.ts"),
  ],
  [
    "status [client-id]",
    "show where a rotation stands, and which command is next; without an id, all that this machine's journal knows",
    () => import("./commands/status.ts"),
  ],
  [
    "rotate [client-id]",
    "create a new secret, deliver it, prove it; the old one goes on working",
    () => import("./commands/rotate.ts"),
  ],
  ["resume <client-id>", "continue an interrupted rotation", () => import("./commands/resume.ts")],
  [
    "finish [client-id]",
    "delete the old secret, if the new one is proved to be deployed",
    () => import("./commands/finish.ts"),
  ],
  [
    "recover <client-id>",
    "create a usable secret when the new one is lost (may cause downtime)",
    () => import("./commands/recover.ts"),
  ],
  [
    "adopt <client-id>",
    "continue a rotation whose journal is lost, with the secret that a sink still has",
    () => import("./commands/adopt.ts"),
  ],
  ["verify <client-id>", "tell whether the secret on stdin authenticates", () => import("./commands/verify.ts")],
  ["scopes", "show the scopes that an OAuth client may ask for", () => import("./commands/scopes.ts")],
  ["sandbox", "serve the stand-in for the account over HTTP", () => import("./commands/sandbox.ts")],
  [
    "record <client-id>",
    "tell the journal when a secret was made that it does not know of",
    () => import("./commands/record.ts"),
  ],
  ["plan-schema", "print the JSON Schema of plans, for editors", () => import("./commands/plan-schema.ts")],
  ["keygen", "print a key for a journal that leaves this machine", () => import("./commands/keygen.ts")],
  [
    "journal-recipe <store>",
    "print a script that keeps a journal in a store of yours",
    () => import("./commands/journal-recipe.ts"),
  ],
  [
    "selftest",
    "test undocumented API behaviour on a temporary client in your account",
    () => import("./commands/selftest.ts"),
  ],
  [
    "completion <shell>",
    "print a completion script for bash, zsh, fish or powershell",
    () => import("./commands/completion.ts"),
  ],
];

/** What stands below the options in the program's help. */
export const help = `Try it, with no account:
  cf-oauth list --sandbox
  cf-oauth rotate a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4 --sandbox --to file:secret.txt
  cf-oauth finish a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4 --sandbox

Credentials: CF_OAUTH_API_TOKEN, else CLOUDFLARE_API_TOKEN, else CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY.

Exit codes: 0 done, or at rest; 1 journal, network or API failed; 2 usage; 3 credentials or permission; 4 refused; 5
outcome unknown or secret missing; 6 a sink failed; 7 not verified, or not deployed; 129, 130, 143 after a signal. The
message says what was changed.`;

/** The command line: the options of every command, and the commands. */
export function createProgram(host: Host): Command {
  const program = createCommand("cf-oauth")
    .description("Rotates OAuth client secrets at Cloudflare: without downtime, and without losing or leaking one.")
    .version(packageJson.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help; for one command: cf-oauth help <command>")
    .helpCommand(false)
    .option("--account-id <id>", "the account (default: CLOUDFLARE_ACCOUNT_ID)")
    .option("--state-dir <path>", "where journals are kept (default: CF_OAUTH_STATE_DIR, or the platform's place)")
    .option("--journal <exec:command>", "keep the journal by a command, sealed (default: CF_OAUTH_JOURNAL, or files)")
    .option("--sandbox", "use a stand-in for the account, which lasts in the state directory; no account is needed")
    .option("--base-url <url>", "the API (default: CLOUDFLARE_BASE_URL, or Cloudflare's)")
    .option("--issuer <url>", "the authorization server (default: CLOUDFLARE_OAUTH_ISSUER, or Cloudflare's)")
    .option("--timeout <duration>", "the longest that a request to the API may take (default: 60s)")
    .option("--json", "print one JSON object on stdout")
    .option("-q, --quiet", "print no progress")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError()
    .exitOverride()
    .hook("preSubcommand", async (_, command) => void (await fill(command)))
    .hook("preAction", (_, command) => refuseEmpty(command.optsWithGlobals()))
    .addHelpText("after", `\n${help}`);
  for (const [usage, description, load] of commands) {
    const command = program.command(usage).description(description);
    loaders.set(command, load);
    command.action(async (...given: unknown[]) => {
      given.pop();
      const definition = await fill(command);
      const options = command.optsWithGlobals();
      if (definition.print) definition.print(new (await import("./terminal/output.ts")).Output(options), ...given);
      host.exit((await definition.run?.(await host.open(command.name(), options), ...given)) ?? 0);
    });
  }
  program
    .command("help [command]")
    .description("show help for a command")
    // The option --help does the work: for a mistyped command the parser suggests the right one.
    .action(async (name?: string) => {
      const isKnown = name === undefined || program.commands.some((command) => command.name() === name);
      const words = name === undefined ? [] : [name];
      await program.parseAsync(isKnown ? [...words, "--help"] : words, { from: "user" });
    });
  return program;
}

const loaders = new WeakMap<Command, Load>();
const definitions = new WeakMap<Command, CommandDefinition>();

/** Gives a command what its file says: options, values of its argument, and help. */
export async function fill(command: Command): Promise<CommandDefinition> {
  const known = definitions.get(command);
  if (known) return known;
  const definition = (await loaders.get(command)?.())?.command ?? {};
  definitions.set(command, definition);
  const { options = [], choices, help } = definition;
  for (const option of options) command.addOption(option);
  if (choices) command.registeredArguments[0]?.choices(choices);
  if (help !== undefined) command.addHelpText("after", `\n${help}`);
  return definition;
}

/** An empty value is most likely a variable that is not set; it must not pass for an option that is not given. */
function refuseEmpty(options: Readonly<Record<string, unknown>>): void {
  const [name] = Object.entries(options).find(([, value]) => value === "") ?? [];
  if (name === undefined) return;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} is empty. Nothing was sent.`);
}
