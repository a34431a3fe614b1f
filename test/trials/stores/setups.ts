/** What each recipe needs around it: files, an environment, a server. The words in capitals are the names at the store, too. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { path } from "./install.ts";
import type { Internet } from "./internet.ts";
import type { PostgreSQL, Redis } from "./servers.ts";
import type { Held } from "./services.ts";

/** Where the recipes run. */
export interface World {
  readonly folder: string;
  readonly internet: Internet;
  readonly held: Held;
  readonly postgres: PostgreSQL | undefined;
  readonly redis: Redis | undefined;
}

export interface Setup {
  /** What was behind the program. */
  readonly against: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the store holds, read otherwise than by the recipe. */
  stored(): Buffer | undefined;
  /** Environments and files with which the program fails; each is undone by the function that it returns. */
  readonly failures: Readonly<Record<string, () => Failing>>;
}

/** An environment in which the program fails. */
export interface Failing {
  readonly environment?: Readonly<Record<string, string>>;
  undo?(): void;
}

const unused = 9;
const text = (program: string, words: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) =>
  execFileSync(program, [...words], {
    cwd,
    env: { PATH: path, HOME: cwd, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });

/** A service of the stand-in internet. */
function online(sink: string, { internet, held }: World, environment: Readonly<Record<string, string>> = {}): Setup {
  const faulty = (fault: "denied" | "cut") => (): Failing => {
    internet.fault = fault;
    return {
      undo: () => {
        internet.fault = "none";
      },
    };
  };
  return {
    against: "stand-in",
    environment: { ...internet.environment(), ...environment },
    stored: () => held.get(sink),
    failures: {
      "403": faulty("denied"),
      unreachable: () => ({ environment: internet.environment(unused) }),
      "cut off": faulty("cut"),
    },
  };
}

/** A file, which cannot be written where its folder's name is taken by a file. */
function local(folder: string, blocked: string, stored: () => Buffer): Setup {
  const file = join(folder, blocked);
  const failures = {
    "not writable": (): Failing => {
      rmSync(file, { recursive: true, force: true });
      mkdirSync(join(file, "in-the-way"), { recursive: true });
      return { undo: () => rmSync(file, { recursive: true }) };
    },
  };
  return { against: "itself", stored, failures };
}

const cloudflare = {
  CLOUDFLARE_API_TOKEN: "token",
  CLOUDFLARE_ACCOUNT_ID: "023e105f4ecef8ad9ca31a8372d0c353",
  WRANGLER_SEND_METRICS: "false",
  CI: "true",
};
const github = { GH_TOKEN: "token", GH_NO_UPDATE_NOTIFIER: "1" };
const aws = {
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "key",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_MAX_ATTEMPTS: "2",
  AWS_EC2_METADATA_DISABLED: "true",
};
const vercel = {
  VERCEL_TOKEN: "token",
  VERCEL_ORG_ID: "team_x",
  VERCEL_PROJECT_ID: "prj_x",
  VERCEL_TELEMETRY_DISABLED: "1",
  CI: "1",
  NO_UPDATE_NOTIFIER: "1",
};

function headers(folder: string, line: string): void {
  writeFileSync(join(folder, "headers"), `${line}\n`, { mode: 0o600 });
}

const cluster = (port: number) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "u", user: {} }],
  });

function kubernetes(world: World): Setup {
  const { folder, internet } = world;
  const [config, nowhere] = [join(folder, "kubeconfig"), join(folder, "kubeconfig-nowhere")];
  writeFileSync(config, cluster(internet.port), { mode: 0o600 });
  writeFileSync(nowhere, cluster(unused), { mode: 0o600 });
  const setup = online("kubernetes", world, { KUBECONFIG: config });
  return { ...setup, failures: { ...setup.failures, unreachable: () => ({ environment: { KUBECONFIG: nowhere } }) } };
}

function docker(world: World): Setup {
  const setup = online("docker", world, { DOCKER_HOST: `tcp://127.0.0.1:${world.internet.port}` });
  return {
    ...setup,
    failures: { ...setup.failures, unreachable: () => ({ environment: { DOCKER_HOST: `tcp://127.0.0.1:${unused}` } }) },
  };
}

function age({ folder }: World): Setup {
  const identity = text("age-keygen", [], folder).toString();
  writeFileSync(join(folder, "IDENTITY"), identity, { mode: 0o600 });
  writeFileSync(join(folder, "RECIPIENTS"), `${/age1\w+/.exec(identity)?.[0]}\n`);
  return local(folder, "FILE.new", () => text("age", ["--decrypt", "--identity", "IDENTITY", "FILE"], folder));
}

function pass({ folder }: World): Setup {
  mkdirSync(join(folder, "gnupg"), { mode: 0o700 });
  const environment = { GNUPGHOME: join(folder, "gnupg"), PASSWORD_STORE_DIR: join(folder, "store") };
  const unattended = [
    "--batch",
    "--passphrase",
    "",
    "--quick-generate-key",
    "stores@example.com",
    "future-default",
    "default",
    "never",
  ];
  text("gpg", unattended, folder, environment);
  text("pass", ["init", "stores@example.com"], folder, environment);
  const setup = local(folder, "store/NAME.gpg", () =>
    text("gpg", ["-q", "--decrypt", "store/NAME.gpg"], folder, environment),
  );
  return { ...setup, environment };
}

function systemd({ folder }: World): Setup {
  return local(folder, "FILE.new", () => text("systemd-creds", ["decrypt", "--name=NAME", "FILE", "-"], folder));
}

function postgres({ folder, postgres }: World): Setup | undefined {
  if (!postgres) return undefined;
  const query = "SELECT encode(convert_to(value, 'UTF8'), 'hex') FROM secrets WHERE name = 'KEY'";
  return {
    against: "its own server",
    environment: postgres.environment,
    stored: () =>
      Buffer.from(text("psql", ["-X", "-At", "-c", query], folder, postgres.environment).toString().trim(), "hex"),
    failures: {
      "403": () => ({ environment: { PGPASSWORD: "wrong" } }),
      unreachable: () => ({ environment: { PGPORT: String(unused) } }),
      "cut off": () => ({ environment: { PGPORT: String(postgres.cut) } }),
      "no table": () => ({ environment: { PGDATABASE: "template1" } }),
    },
  };
}

function redis({ folder, redis }: World): Setup | undefined {
  if (!redis) return undefined;
  const words = ["--raw", "-h", "127.0.0.1", "-p", String(redis.port), "GET", "KEY"];
  return {
    against: "its own server",
    environment: redis.environment,
    stored: () => text("redis-cli", words, folder, redis.environment).subarray(0, -1),
    failures: {
      "403": () => ({ environment: { REDISCLI_AUTH: "wrong" } }),
      unreachable: () => ({ environment: { JOURNAL_PORT: String(unused) } }),
      "cut off": () => ({ environment: { JOURNAL_PORT: String(redis.cut) } }),
    },
  };
}

/** Makes a recipe's setup, by its sink; none: documented only. */
export const setups: Readonly<Record<string, (world: World) => Setup | undefined>> = {
  worker: (world) => online("worker", world, cloudflare),
  version: (world) => online("version", world, cloudflare),
  pages: (world) => online("pages", world, cloudflare),
  "secrets-store": (world) => online("secrets-store", world, cloudflare),
  repository: (world) => online("repository", world, github),
  environment: (world) => online("environment", world, github),
  organisation: (world) => online("organisation", world, github),
  gitlab: (world) => {
    headers(world.folder, "PRIVATE-TOKEN: token");
    return online("gitlab", world);
  },
  aws: (world) => online("aws", world, aws),
  "aws-key": (world) => online("aws-key", world, aws),
  ssm: (world) => online("ssm", world, aws),
  kubernetes,
  docker,
  vercel: (world) => online("vercel", world, vercel),
  supabase: bearer("supabase"),
  heroku: bearer("heroku"),
  netlify: bearer("netlify"),
  age,
  pass,
  systemd,
  postgres,
  redis,
};

function bearer(sink: string): (world: World) => Setup {
  return (world) => {
    headers(world.folder, "Authorization: Bearer token");
    return online(sink, world);
  };
}
