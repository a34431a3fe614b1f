import { Argument, type Command, createCommand, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { Store } from "./commands/journal-recipes.ts";
import { examples, recipes } from "./help.ts";
import type { GlobalOptions, Session } from "./session/session.ts";
import { UsageError } from "./terminal/usage-error.ts";

/** Opens the session of a command, once its options are known. */
export type Open = (options: GlobalOptions) => Promise<Session>;

/** Told the exit code of the command that was run. */
export type Exit = (code: number) => void;

/**
 * The command line: its commands, their options and help. What a command does is loaded only when it is run, so that
 * `--help` and `--version` start fast.
 */
export function createProgram(open: Open, exit: Exit): Command {
  const program = createCommand("cf-oauth")
    .description("Rotates OAuth client secrets at Cloudflare: without downtime, and without losing or leaking one.")
    .version(packageJson.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help; for one command: cf-oauth help <command>")
    .helpCommand("help [command]", "show help for a command")
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
    .hook("preAction", (_, command) => refuseEmpty(command.optsWithGlobals()))
    .addHelpText("after", examples.program);

  /** Adds a command; `load` gives what it does. */
  const add = <Arguments extends unknown[]>(
    usage: string,
    description: string,
    load: () => Promise<(session: Session, ...given: Arguments) => Promise<number>>,
  ): Command =>
    program
      .command(usage)
      .description(description)
      .action(async (...given: unknown[]) => {
        const command = given.pop() as Command;
        const run = await load();
        exit(await run(await open(command.optsWithGlobals()), ...(given as Arguments)));
      });

  add(
    "list",
    "show the account's OAuth clients, and where the rotation of each stands",
    async () => (await import("./commands/list.ts")).list,
  );
  add(
    "status [client-id]",
    "show where a rotation stands, and which command is next; without an id, all that this machine's journal knows",
    async () => (await import("./commands/status.ts")).status,
  )
    .addOption(plan("show the clients of this plan, and how old their secrets are"))
    .option(
      "--older-than <duration>",
      "only those with a secret that works and is older, or of unknown age; exit 4 if any",
    );
  const rotations = () => import("./attempt/attempt.ts");

  const rotate = add(
    "rotate [client-id]",
    "create a new secret, deliver it, prove it; the old one goes on working",
    async () => (await rotations()).rotate,
  );
  rotate
    .addOption(to())
    .addOption(overlap())
    .option("--finish", "delete the old secret in the same run, once the new one is proved to be deployed")
    .addOption(plan("rotate what is due of this plan, in place of one client"))
    .option("--dry-run", "make every check that changes nothing")
    .option("-y, --yes", "do not ask");
  withProofs(rotate).addHelpText("after", `${examples.rotate}\n${recipes}`);

  const resume = add("resume <client-id>", "continue an interrupted rotation", async () => (await rotations()).resume);
  withProofs(resume)
    .addOption(
      new Option(
        "--replace-sink <name>=<sink>",
        "deliver to this sink in place of the one of that name, or to the same one again",
      ).argParser(collect),
    )
    .option("--accept-change <updated_at>", "deliver although the client was changed then, as client-changed said")
    .addHelpText("after", examples.resume);

  const finish = add(
    "finish [client-id]",
    "delete the old secret, if the new one is proved to be deployed",
    async () => (await rotations()).finish,
  );
  withProofs(finish)
    .addOption(plan("finish what has waited long enough of this plan, in place of one client"))
    .option("--accept-change <updated_at>", "delete although the client was changed then, as client-changed said")
    .addHelpText("after", examples.finish);

  const recover = add(
    "recover <client-id>",
    "create a usable secret when the new one is lost (may cause downtime)",
    async () => (await rotations()).recover,
  );
  recover
    .addOption(to())
    .addOption(overlap())
    .option("--finish", "delete older secrets in the same run")
    .option("--accept-downtime", "accept that for a while no deployed secret may work")
    .option("-y, --yes", "do not ask");
  withProofs(recover).addHelpText("after", examples.recover);

  const adopt = add(
    "adopt <client-id>",
    "continue a rotation whose journal is lost, with the secret that a sink still has",
    async () => (await import("./commands/adopt.ts")).adopt,
  );
  adopt
    .option("--secret-from <source>", "where the new secret is: exec:<command>, file:<path> or dotenv:<path>#<KEY>")
    .option("--digest <sha256>", "the new secret's SHA-256, as --json and the job summary had it")
    .option("--without-digest", "assert instead that it is the newest secret")
    .addOption(to())
    .addOption(overlap());
  withProofs(adopt).addHelpText("after", examples.adopt);

  add(
    "verify <client-id>",
    "tell whether the secret on stdin authenticates",
    async () => (await import("./commands/verify.ts")).verify,
  )
    .addOption(
      new Option("--auth-method <method>", "how the client authenticates (default: asked of the API)").choices([
        "client_secret_basic",
        "client_secret_post",
      ]),
    )
    .addHelpText("after", examples.verify);
  add(
    "scopes",
    "show the scopes that an OAuth client may ask for",
    async () => (await import("./commands/scopes.ts")).scopes,
  );
  add(
    "sandbox",
    "serve the stand-in for the account over HTTP",
    async () => (await import("./commands/sandbox.ts")).sandbox,
  )
    .option("--port <number>", "where to listen on 127.0.0.1 (default: a free port)")
    .addOption(
      new Option("--on-second-rotation <behaviour>", "what a rotation does while an old secret waits").choices([
        "keep",
        "refuse",
        "replace",
      ]),
    )
    .option("--read-lag <duration>", "reads show the state of so long ago")
    .option("--latency <duration>", "how long each answer takes");
  add(
    "record <client-id>",
    "tell the journal when a secret was made that it does not know of",
    async () => (await import("./commands/record.ts")).record,
  ).option("--rotated-at <date>", "when, such as 2026-08-01 or 2026-08-01T12:00Z; must be given");
  // Without a session: whoever asks for these may have named the journal already, which does not work yet.
  program
    .command("plan-schema")
    .description("print the JSON Schema of plans, for editors")
    .action(async () => exit((await import("./commands/plan-schema.ts")).planSchema()));
  program
    .command("keygen")
    .description("print a key for a journal that leaves this machine")
    .action(async (_: object, command: Command) => {
      exit((await import("./commands/keygen.ts")).keygen(command.optsWithGlobals()));
    });
  program
    .command("journal-recipe")
    .description("print a script that keeps a journal in a store of yours")
    .addArgument(new Argument("<store>", "where").choices(["s3", "r2", "parameter-store", "vault"] satisfies Store[]))
    .action(async (store: Store, _: object, command: Command) => {
      exit((await import("./commands/journal-recipe.ts")).journalRecipe(store, command.optsWithGlobals()));
    })
    .addHelpText("after", examples.journalRecipe);
  add(
    "selftest",
    "try what the documentation leaves open, on a throw-away client of your account",
    async () => (await import("./commands/selftest.ts")).selftest,
  )
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples.selftest);
  program.command("completion <shell>").description("print a completion script for bash, zsh, fish or powershell");
  return program;
}

/** An empty value is most likely a variable that is not set; it must not pass for an option that is not given. */
function refuseEmpty(options: Readonly<Record<string, unknown>>): void {
  const [name] = Object.entries(options).find(([, value]) => value === "") ?? [];
  if (name === undefined) return;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} is empty. Nothing was sent.`);
}

/** Of two options that contradict each other the last one would win. */
function refuseBoth(command: Command, name: string): void {
  const given = new Set<string>();
  for (const option of [name, `no-${name}`])
    command.on(`option:${option}`, () => {
      if (given.add(option).size > 1)
        throw new UsageError(`--${name} and --no-${name} exclude each other. Nothing was sent.`);
    });
}

function withProofs(command: Command): Command {
  refuseBoth(command, "check");
  return command
    .addOption(
      new Option("--read-back <sink>=<command>", "prints what the sink holds, which must be the new secret").argParser(
        collect,
      ),
    )
    .option("--check <command>", "succeeds if the secret deployed has the SHA-256 in CF_OAUTH_SECRET_SHA256")
    .option("--no-check", "decline any proof of deployment")
    .option("--verify-with <command>", "takes the secret on stdin; exit 0: accepted, 1: refused, 2: cannot tell")
    .option("--no-verify", "decline the proof that the new secret authenticates")
    .option("--command-timeout <duration>", "the longest that any of these commands may take (default: 5m)")
    .option("--add-mask", "have the runner of GitHub Actions hide the secret in its log");
}

function to(): Option {
  return new Option(
    "--to <sink>",
    "where the secret goes, repeatable: [name=]exec:<command> | file:<path> | dotenv:<path>#<KEY> | stdout",
  ).argParser(collect);
}

function plan(description: string): Option {
  return new Option("--plan <file>", description);
}

function overlap(): Option {
  return new Option("--overlap <duration>", "keep the old secret for so long after the proof (default: 0)");
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
