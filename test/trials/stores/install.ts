/** Installs the programs of the recipes, from Debian and from npm; what is there already stays as it is. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Debian's package of a program. Docker's is used where a machine has it. */
const debian: Readonly<Record<string, string>> = {
  age: "age",
  aws: "awscli",
  bash: "bash",
  curl: "curl",
  gh: "gh",
  jq: "jq",
  kubectl: "kubernetes-client",
  openssl: "openssl",
  pass: "pass",
  podman: "podman",
  psql: "postgresql-client",
  "redis-cli": "redis-tools",
  "redis-server": "redis-server",
  "systemd-creds": "systemd",
  zsh: "zsh",
};
/** How a program tells its version, if not by --version. */
const versionWords: Readonly<Record<string, readonly string[]>> = { kubectl: ["version", "--client"] };

/** Where the programs are searched: Debian's before what else a machine may have. */
export const path: string = [
  join(here, "node_modules/.bin"),
  join(here, "../../../node_modules/.bin"),
  "/usr/bin",
  "/bin",
  "/usr/sbin",
  "/usr/local/bin",
].join(delimiter);

/** Whether a program is found. */
export function isInstalled(program: string): boolean {
  return path.split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** The folder of PostgreSQL's server, whose programs are not in PATH on Debian. */
export function postgresFolder(): string | undefined {
  const versions = ["17", "16", "15", "14"].map((version) => `/usr/lib/postgresql/${version}/bin`);
  return versions.find((folder) => existsSync(join(folder, "initdb")));
}

/** Installs what is missing of Debian's. A package that cannot be had in ten minutes is left out. */
export function installDebian(programs: readonly string[] = Object.keys(debian)): void {
  const packages = programs.filter((program) => !isInstalled(program)).map((program) => debian[program] ?? program);
  if (postgresFolder() === undefined) packages.push("postgresql");
  if (packages.length > 0) run("apt-get", ["update", "-q"]);
  for (const name of packages) run("apt-get", ["install", "-q", "-y", "--no-install-recommends", name]);
}

/** Installs all of them, those of npm among them. */
export function install(): void {
  installDebian();
  if (!existsSync(join(here, "node_modules"))) run("npm", ["ci", "--ignore-scripts"]);
}

/** The first line of what a program says of its version; undefined: it is not installed. */
export function versionOf(program: string): string | undefined {
  if (!isInstalled(program)) return undefined;
  const { stdout, stderr } = spawnSync(program, [...(versionWords[program] ?? ["--version"])], {
    encoding: "utf8",
    env: { ...process.env, PATH: path, NO_COLOR: "1", WRANGLER_SEND_METRICS: "false" },
  });
  return /\d+(\.\d+)*[^\s,+]*/.exec(`${stdout}${stderr}`.replace(/^.*?pass/s, "pass"))?.[0];
}

function run(program: string, words: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync(program, [...words], {
    cwd: here,
    env,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 600_000,
  });
  if (status !== 0) console.error(`${program} ${words.join(" ")} ended with ${status}: what needs it is left out`);
}
