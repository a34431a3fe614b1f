/** All that is known of an option of a rotation. */
export interface OptionFacts {
  /** As the parser takes it, and as the help shows it. */
  readonly flags: string;
  readonly help: string;
  /** The heading that the help shows it under. */
  readonly group: string;
  /** It may be given several times. */
  readonly isRepeatable?: true;
  /** The key in the journal's memo under which a rotation under way remembers it. */
  readonly remembered?: string;
  /** It may be given with `--plan`, which says the others for each client. */
  readonly isForPlans?: true;
  /** The next command has it too if the rotation has not begun, since no journal has it then. */
  readonly isRepeated?: true;
  /** Options with which it cannot be given. */
  readonly excludes?: readonly string[];
}

/** The headings of the options in a command's help. */
const groups = {
  client: "The new client",
  to: "Where the secret goes",
  confirm: "How to confirm it (resume and finish remember these)",
  old: "The old secret",
  decide: "What you decide",
  run: "Run",
} as const;

/** The options of the commands that create or rotate a secret: what each command takes, its file says. */
const table = {
  name: {
    flags: "--name <name>",
    help: "required: its name, which no other client of the account has",
    group: groups.client,
  },
  redirectUri: {
    flags: "--redirect-uri <uri>",
    help: "required: where users may be sent back to; repeat for more",
    group: groups.client,
    isRepeatable: true,
  },
  scope: {
    flags: "--scope <scope>",
    help: "required: a scope that it may request, which `cf-oauth scopes` lists; repeat for more",
    group: groups.client,
    isRepeatable: true,
  },
  grantType: {
    flags: "--grant-type <type>",
    help: "how it gets tokens: authorization_code (default) or refresh_token; repeat for both",
    group: groups.client,
    isRepeatable: true,
  },
  authMethod: {
    flags: "--auth-method <method>",
    help: "how it sends its secret: client_secret_basic (default) or client_secret_post",
    group: groups.client,
  },
  to: {
    flags: "--to <sink>",
    help: "a place to store it; repeat for more: exec:<command> (its stdin), dotenv:<path>#<KEY> (one variable of a file), file:<path> (a whole file) or stdout. Put name= in front to name the sink.",
    group: groups.to,
    isRepeatable: true,
    isRepeated: true,
  },
  readBack: {
    flags: "--read-back <sink>=<command>",
    help: "command that prints what the sink holds; repeat for more",
    group: groups.confirm,
    isRepeatable: true,
    // Followed by the name of the sink.
    remembered: "read-back ",
    isRepeated: true,
  },
  readBy: {
    flags: "--read-by <sink>=<reader>",
    help: "the one program that reads this dotenv file: node, dotenv, next, shell, compose, docker or systemd",
    group: groups.to,
    isRepeatable: true,
    // Followed by the name of the sink.
    remembered: "read-by ",
    isRepeated: true,
  },
  inPlace: {
    flags: "--in-place",
    help: "write to the files themselves, for a container into which a single file is mounted",
    group: groups.to,
    remembered: "in-place",
    isRepeated: true,
  },
  activate: {
    flags: "--activate <command>",
    help: "make what uses the secret take the new one, for example by a restart; runs after the delivery, before the checks",
    group: groups.to,
    remembered: "activate",
    isRepeated: true,
  },
  check: {
    flags: "--check <command>",
    help: "exit 0 if your service has the secret whose SHA-256 is in CF_OAUTH_SECRET_SHA256. Given later, --check and --running replace all remembered checks.",
    group: groups.confirm,
    remembered: "check",
    isRepeated: true,
    excludes: ["noCheck"],
  },
  running: {
    flags: "--running <url>",
    help: "ask the running service itself, which answers there with runningSecret; repeat for more. It waits until every replica uses the new secret.",
    group: groups.confirm,
    isRepeatable: true,
    remembered: "running",
    isRepeated: true,
    excludes: ["noCheck"],
  },
  replicas: {
    flags: "--replicas <n>",
    help: "how many replicas must answer, 1 to 1000 (default: one for each --running)",
    group: groups.confirm,
    remembered: "replicas",
    isRepeated: true,
    excludes: ["noCheck"],
  },
  checkRuns: {
    flags: "--check-runs <n>",
    help: "how often in a row the check must succeed, 1 to 100 (default: 3)",
    group: groups.confirm,
    remembered: "check-runs",
    isRepeated: true,
    excludes: ["noCheck"],
  },
  checkInterval: {
    flags: "--check-interval <duration>",
    help: "time between two runs of the check (default: 1s)",
    group: groups.confirm,
    remembered: "check-interval",
    isRepeated: true,
    excludes: ["noCheck"],
  },
  checkTimeout: {
    flags: "--check-timeout <duration>",
    help: "how long to repeat a check that fails, since a rollout takes its time (default: 0, with --running 5m). A run that has begun may take longer; --command-timeout limits it.",
    group: groups.confirm,
    remembered: "check-timeout",
    isRepeated: true,
    excludes: ["noCheck"],
  },
  noCheck: { flags: "--no-check", help: "allow deletion without confirming the deployment", group: groups.confirm },
  verifyWith: {
    flags: "--verify-with <command>",
    help: "verify the secret on stdin: exit 0 accepted, 1 refused, anything else cannot tell",
    group: groups.confirm,
    remembered: "verify-with",
    isRepeated: true,
    excludes: ["noVerify"],
  },
  noVerify: {
    flags: "--no-verify",
    help: "do not verify that the issuer accepts the new secret",
    group: groups.confirm,
  },
  commandTimeout: {
    flags: "--command-timeout <duration>",
    help: "time limit of each of these commands, and of exec: sinks (default: 5m)",
    group: groups.confirm,
    remembered: "command-timeout",
    isRepeated: true,
  },
  overlap: {
    flags: "--overlap <duration>",
    help: "keep it for at least this long after the checks, such as 30m, 1h or 7d (default: 0)",
    group: groups.old,
    isRepeated: true,
  },
  finish: {
    flags: "--finish",
    help: "delete it in the same run, once the deployment of the new one is confirmed",
    group: groups.old,
    isRepeated: true,
  },
  now: { flags: "--now", help: "do not wait for the end of the overlap: the old secret has leaked", group: groups.old },
  addMask: {
    flags: "--add-mask",
    help: "hide the new secret in the log of GitHub Actions",
    group: groups.run,
    remembered: "add-mask",
    isForPlans: true,
    isRepeated: true,
  },
  plan: {
    flags: "--plan <file>",
    help: "rotate the clients of a plan that are due",
    group: groups.run,
    isForPlans: true,
  },
  dryRun: {
    flags: "--dry-run",
    help: "make every check that changes nothing",
    group: groups.run,
    isForPlans: true,
  },
  yes: { flags: "-y, --yes", help: "do not ask", group: groups.run, isForPlans: true },
  replaceSink: {
    flags: "--replace-sink <name>=<sink>",
    help: "deliver to this sink instead of the one of that name",
    group: groups.to,
    isRepeatable: true,
  },
  deliverAgain: {
    flags: "--deliver-again <name>",
    help: "deliver again to the sink of that name, which holds another secret by now",
    group: groups.to,
    isRepeatable: true,
  },
  acceptChange: {
    flags: "--accept-change <time>",
    help: "continue although the client was changed at this time; the error client-changed shows it",
    group: groups.decide,
  },
  acceptDowntime: {
    flags: "--accept-downtime",
    help: "accept that deployed secrets may fail for a while",
    group: groups.decide,
  },
} as const satisfies Readonly<Record<string, OptionFacts>>;

export type OptionName = keyof typeof table;

type Given<Facts extends OptionFacts> = Facts extends { isRepeatable: true }
  ? readonly string[]
  : Facts["flags"] extends `${string}<${string}`
    ? string
    : boolean;

/** What was given of these options: texts, lists of them, or whether a flag was there. */
export type GivenOptions = {
  readonly [Name in Exclude<OptionName, "inPlace">]?: Given<(typeof table)[Name]> | undefined;
} & {
  /** For all sinks; or for those of these names, as a plan says. */
  readonly inPlace?: boolean | readonly string[] | undefined;
};

export const facts: Readonly<Record<OptionName, OptionFacts>> = table;
export const names: readonly OptionName[] = Object.keys(table) as OptionName[];

/** The names in the journal's memo. */
export const remembered = {
  readBack: table.readBack.remembered,
  readBy: table.readBy.remembered,
  inPlace: table.inPlace.remembered,
  activate: table.activate.remembered,
  check: table.check.remembered,
  running: table.running.remembered,
  replicas: table.replicas.remembered,
  checkRuns: table.checkRuns.remembered,
  checkInterval: table.checkInterval.remembered,
  checkTimeout: table.checkTimeout.remembered,
  verifyWith: table.verifyWith.remembered,
  commandTimeout: table.commandTimeout.remembered,
  addMask: table.addMask.remembered,
} as const;

/** The settings of a client that is created; no other command has them. */
export const settings = [
  "name",
  "redirectUri",
  "scope",
  "grantType",
  "authMethod",
] as const satisfies readonly OptionName[];

/** The options that show that the new secret is accepted and deployed, or decline that; and how files are written and read. */
export const verifyAndConfirm = [
  "readBack",
  "readBy",
  "inPlace",
  "activate",
  "check",
  "running",
  "replicas",
  "checkRuns",
  "checkInterval",
  "checkTimeout",
  "noCheck",
  "verifyWith",
  "noVerify",
  "commandTimeout",
  "addMask",
] as const satisfies readonly OptionName[];
