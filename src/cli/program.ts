import { type Command, createCommand } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { CommandDefinition } from "./commands/definition.ts";
import type { GlobalOptions, Session } from "./session/session.ts";
import { UsageError } from "./terminal/command-error.ts";
import { formatHelp } from "./terminal/help.ts";

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
const commands: Readonly<Record<string, readonly [usage: string, description: string, load: Load][]>> = {
  "Rotate a secret": [
    ["create", "create a client and deliver its first secret", () => import("./commands/create.ts")],
    ["rotate [client-id]", "create a new secret, deliver it, verify it", () => import("./commands/rotate.ts")],
    ["finish [client-id]", "delete the old secret, once the new one is deployed", () => import("./commands/finish.ts")],
    ["status [client-id]", "show where a rotation is, and the next command", () => import("./commands/status.ts")],
  ],
  "When something went wrong": [
    ["resume <client-id>", "continue an interrupted rotation", () => import("./commands/resume.ts")],
    ["adopt <client-id>", "continue a rotation whose journal is lost", () => import("./commands/adopt.ts")],
    [
      "recover <client-id>",
      "create a usable secret when the new one is lost (may cause downtime)",
      () => import("./commands/recover.ts"),
    ],
  ],
  "Look around": [
    ["list", "list your OAuth clients and their rotations", () => import("./commands/list.ts")],
    ["verify <client-id>", "check whether the secret on stdin is accepted", () => import("./commands/verify.ts")],
    ["scopes", "list the scopes that an OAuth client can request", () => import("./commands/scopes.ts")],
  ],
  "Many clients, CI and journals": [
    ["record <client-id>", "tell the journal when a secret was created", () => import("./commands/record.ts")],
    ["plan-schema", "print the JSON Schema of a plan, for editors", () => import("./commands/plan-schema.ts")],
    ["keygen", "print an encryption key for a journal", () => import("./commands/keygen.ts")],
    [
      "journal-recipe <store>",
      "print a script that keeps the journal in your store",
      () => import("./commands/journal-recipe.ts"),
    ],
  ],
  "Test and set up": [
    ["sandbox", "serve a simulated account over HTTP", () => import("./commands/sandbox.ts")],
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
  ],
};

/** What stands below the options in the program's help. */
export const help = `Try it without an account
  $ cf-oauth list --sandbox
  $ ID=a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
  $ cf-oauth rotate $ID --sandbox --to file:secret.txt
  $ cf-oauth finish $ID --sandbox

Credentials: CF_OAUTH_API_TOKEN; else CLOUDFLARE_API_TOKEN; else
CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY.

Exit codes
  0  done, or stopped where you asked    4  refused: another rotation, a change,
  1  journal, network or API failed         an overlap, or nothing to rotate
  2  wrong usage                         5  outcome unknown, or secret missing
  3  credentials or permission           6  a sink failed
  129, 130, 143  after a signal          7  not verified, or not deployed`;

/** The command line: the options of every command, and the commands. */
export function createProgram(host: Host): Command {
  const program = createCommand("cf-oauth")
    .description(
      "Rotate the secret of a Cloudflare OAuth client without losing it, leaking it or locking your service out.",
    )
    .usage("<command> [options]")
    .helpCommand(false)
    .optionsGroup("Account")
    .option("--account-id <id>", "account (default: CLOUDFLARE_ACCOUNT_ID)")
    .option("--sandbox", "use a simulated account; needs no credentials")
    .option("--base-url <url>", "API (default: CLOUDFLARE_BASE_URL, or Cloudflare)")
    .option("--issuer <url>", "issuer (default: CLOUDFLARE_OAUTH_ISSUER, or Cloudflare)")
    .option("--timeout <duration>", "time limit of each API request (default: 60s)")
    .optionsGroup("Journal")
    .option(
      "--state-dir <path>",
      "directory of the journal (default: CF_OAUTH_STATE_DIR, or the state directory of your platform)",
    )
    .option("--trust-state-dir", "use that directory although other users can change it, such as a cluster's volume")
    .option(
      "--journal <exec:command>",
      "keep the journal in another store, encrypted (default: CF_OAUTH_JOURNAL, or files)",
    )
    .optionsGroup("Output")
    .option("--json", "print one JSON object on stdout")
    .option("-q, --quiet", "hide progress")
    .version(packageJson.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .configureHelp({ formatHelp: (command, helper) => formatHelp(command, helper, definitions.get(command)) })
    .showSuggestionAfterError()
    .exitOverride()
    .hook("preSubcommand", async (_, command) => void (await fill(command)))
    .hook("preAction", (_, command) => refuseEmpty(command.optsWithGlobals()))
    .showHelpAfterError(false);
  definitions.set(program, { help });
  for (const [group, usage, description, load] of inGroups()) {
    const command = program.command(usage).description(description).helpGroup(group);
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
    .description("show help for a command; `help sinks` lists recipes")
    .helpGroup("Test and set up")
    // The option --help does the work: for a mistyped command the parser suggests the right one.
    .action(async (name?: string) => {
      if (name === "sinks") return console.log((await import("./commands/sinks.ts")).sinksHelp.trim());
      const isKnown = name === undefined || program.commands.some((command) => command.name() === name);
      const words = name === undefined ? [] : [name];
      await program.parseAsync(isKnown ? [...words, "--help"] : words, { from: "user" });
    });
  return program;
}

function inGroups(): [group: string, usage: string, description: string, load: Load][] {
  return Object.entries(commands).flatMap(([group, rows]) =>
    rows.map(([usage, description, load]): [string, string, string, Load] => [group, usage, description, load]),
  );
}

const loaders = new WeakMap<Command, Load>();
const definitions = new WeakMap<Command, CommandDefinition>();

/** Gives a command what its file says: options, values of its argument, and help. */
export async function fill(command: Command): Promise<CommandDefinition> {
  const known = definitions.get(command);
  if (known) return known;
  const definition = (await loaders.get(command)?.())?.command ?? {};
  definitions.set(command, definition);
  const { options = [], choices } = definition;
  for (const option of options) command.addOption(option);
  if (choices) command.registeredArguments[0]?.choices(choices);
  return definition;
}

/** An empty value is most likely a variable that is not set; it must not pass for an option that is not given. */
function refuseEmpty(options: Readonly<Record<string, unknown>>): void {
  const [name] = Object.entries(options).find(([, value]) => value === "") ?? [];
  if (name === undefined) return;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} is empty. Nothing was sent.`);
}
