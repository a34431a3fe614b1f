/** Stand-ins for the services that keep secrets: each takes what its program sends, undoes the encryption, and keeps the bytes. */
import { createRequire } from "node:module";
import type { Answered, Asked, Service } from "./internet.ts";

interface Sodium {
  readonly ready: Promise<void>;
  crypto_box_keypair(): { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array };
  crypto_box_seal_open(sealed: Uint8Array, publicKey: Uint8Array, privateKey: Uint8Array): Uint8Array;
}

/** What the services hold, by the recipe's sink. */
export type Held = Map<string, Buffer>;

const ok = (json: unknown = {}): Answered => ({ status: 200, json });
const parsed = ({ body }: Asked) => JSON.parse(body.toString() || "{}");

/** Cloudflare's envelope. */
const result = (value: unknown, more: object = {}): Answered =>
  ok({ success: true, errors: [], messages: [], result: value, ...more });

function cloudflare(held: Held): Service {
  const keep = (sink: string, text: string) => held.set(sink, Buffer.from(text));
  return (asked) => {
    const path = asked.path.replace(/\?.*/, "").replace(/^\/client\/v4\/accounts\/[^/]+/, "");
    const json = () => parsed(asked);
    if (asked.method === "PUT" && path === "/workers/scripts/WORKER/secrets") {
      keep("worker", json().text);
      return result({ name: json().name, type: "secret_text" });
    }
    if (asked.method === "PATCH" && path === "/workers/workers/WORKER/versions/latest") {
      keep("version", json().env.KEY.text);
      return result({ id: "11111111-1111-4111-8111-111111111111", number: 2 });
    }
    if (path === "/pages/projects/PROJECT" && asked.method === "PATCH") {
      keep("pages", json().deployment_configs.production.env_vars.KEY.value);
      return result({ name: "PROJECT" });
    }
    if (path === "/pages/projects/PROJECT")
      return result({
        name: "PROJECT",
        deployment_configs: { production: { env_vars: {} }, preview: { env_vars: {} } },
      });
    if (path === "/secrets_store/stores/STORE_ID/secrets/SECRET_ID") {
      if (asked.method === "PATCH") keep("secrets-store", json().value);
      return result({
        id: "SECRET_ID",
        store_id: "STORE_ID",
        name: "KEY",
        scopes: ["workers"],
        comment: "",
        status: "active",
        created: "2026-01-01T00:00:00Z",
        modified: "2026-01-01T00:00:00Z",
      });
    }
    return undefined;
  };
}

async function github(held: Held): Promise<Service> {
  const sodium: Sodium = createRequire(import.meta.url)("libsodium-wrappers");
  await sodium.ready;
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  const sinks: Readonly<Record<string, string>> = {
    "/repos/OWNER/REPO/actions/secrets": "repository",
    "/repos/OWNER/REPO/environments/ENVIRONMENT/secrets": "environment",
    "/repositories/1/environments/ENVIRONMENT/secrets": "environment",
    "/orgs/ORG/actions/secrets": "organisation",
  };
  return (asked) => {
    const [, above = "", name] = /^(.*)\/([^/]+)$/.exec(asked.path.replace(/\?.*/, "")) ?? [];
    const sink = sinks[above];
    if (asked.path === "/graphql")
      return ok({ data: { repository: { id: "1", databaseId: 1, name: "REPO", owner: { login: "OWNER" } } } });
    if (asked.path === "/repos/OWNER/REPO") return ok({ id: 1, name: "REPO", full_name: "OWNER/REPO" });
    if (sink === undefined) return undefined;
    if (name === "public-key") return ok({ key_id: "1", key: Buffer.from(publicKey).toString("base64") });
    const sealed = Buffer.from(parsed(asked).encrypted_value, "base64");
    held.set(sink, Buffer.from(sodium.crypto_box_seal_open(sealed, publicKey, privateKey)));
    return { status: 201, json: {} };
  };
}

function secretsManager(held: Held): Service {
  let isJSON = false;
  return (asked) => {
    const { SecretString } = parsed(asked);
    const action = String(asked.headers["x-amz-target"]).split(".")[1];
    const about = {
      ARN: "arn:aws:secretsmanager:us-east-1:1:secret:SECRET_ID",
      Name: "SECRET_ID",
      VersionId: "11111111-1111-4111-8111-111111111111",
    };
    if (action === "GetSecretValue")
      return ok({ ...about, SecretString: (held.get("aws") ?? Buffer.from('{"OTHER":"kept"}')).toString() });
    if (action !== "PutSecretValue") return undefined;
    held.set("aws", Buffer.from(SecretString));
    isJSON = /^\{[\s\S]*"OTHER"/.test(SecretString);
    if (isJSON && JSON.parse(SecretString).OTHER === "kept")
      held.set("aws-key", Buffer.from(JSON.parse(SecretString).KEY));
    return ok({ ...about, VersionStages: ["AWSCURRENT"] });
  };
}

function parameterStore(held: Held): Service {
  return (asked) => {
    const action = String(asked.headers["x-amz-target"]).split(".")[1];
    if (action === "GetParameter")
      return ok({
        Parameter: { Name: "/NAME", Type: "SecureString", Value: (held.get("ssm") ?? "").toString(), Version: 1 },
      });
    if (action !== "PutParameter") return undefined;
    held.set("ssm", Buffer.from(parsed(asked).Value));
    return ok({ Version: 2, Tier: "Standard" });
  };
}

function gitlab(held: Held): Service {
  return (asked) => {
    if (asked.path !== "/api/v4/projects/PROJECT_ID/variables/KEY" || asked.headers["private-token"] !== "token")
      return undefined;
    if (asked.method === "PUT")
      held.set("gitlab", Buffer.from(new URLSearchParams(asked.body.toString()).get("value") ?? ""));
    return ok({ key: "KEY", value: held.get("gitlab")?.toString() });
  };
}

/** The services that take JSON from curl; each tells whether a request is its own, and where the secret stands in it. */
function byToken(sink: string, held: Held, path: string, method: string, secretIn: (json: never) => string): Service {
  return (asked) => {
    if (asked.path !== path || asked.headers.authorization !== "Bearer token") return undefined;
    if (asked.method === method) held.set(sink, Buffer.from(secretIn(parsed(asked) as never)));
    return ok({ KEY: held.get(sink)?.toString() });
  };
}

function vercel(held: Held): Service {
  return (asked) => {
    const path = asked.path.replace(/\?.*/, "");
    const variable = { id: "env1", key: "KEY", target: ["production"], type: "encrypted", configurationId: null };
    if (path === "/v2/user")
      return ok({
        user: {
          id: "user",
          uid: "user",
          username: "user",
          email: "user@example.com",
          defaultTeamId: "team_x",
          version: "northstar",
        },
      });
    if (/^\/(v\d+)\/teams?\/team_x$/.test(path) || path === "/teams/team_x")
      return ok({ id: "team_x", slug: "team", name: "team" });
    if (/^\/v\d+\/teams$/.test(path))
      return ok({ teams: [{ id: "team_x", slug: "team", name: "team" }], pagination: { count: 1 } });
    if (/^\/v\d+\/projects\/prj_x\/env\/env1$/.test(path)) {
      if (asked.method === "PATCH") held.set("vercel", Buffer.from(parsed(asked).value));
      return ok(variable);
    }
    if (/^\/v\d+\/projects\/prj_x\/env$/.test(path)) return ok({ envs: [variable], pagination: {} });
    if (/^\/v\d+\/projects\/prj_x$/.test(path))
      return ok({ id: "prj_x", name: "project", accountId: "team_x", link: undefined });
    if (path.includes("/custom-environments")) return ok({ environments: [] });
    return undefined;
  };
}

/** An API server of Kubernetes, as far as a server-side apply of a Secret asks. */
function kubernetes(held: Held): Service {
  const resource = {
    name: "secrets",
    singularName: "secret",
    namespaced: true,
    kind: "Secret",
    verbs: ["create", "get", "list", "patch", "update"],
  };
  const secret = () => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "NAME", namespace: "default", resourceVersion: "1" },
    data: { KEY: held.get("kubernetes")?.toString("base64") },
  });
  const patch = {
    parameters: ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) => ({
      name,
      in: "query",
      schema: { type: "string" },
    })),
    "x-kubernetes-group-version-kind": { group: "", version: "v1", kind: "Secret" },
    "x-kubernetes-action": "patch",
    responses: { 200: { description: "OK" } },
  };
  return (asked) => {
    const path = asked.path.replace(/\?.*/, "");
    if (path === "/version") return ok({ major: "1", minor: "32", gitVersion: "v1.32.0" });
    if (path === "/api") return ok({ kind: "APIVersions", versions: ["v1"] });
    if (path === "/apis") return ok({ kind: "APIGroupList", apiVersion: "v1", groups: [] });
    if (path === "/api/v1") return ok({ kind: "APIResourceList", groupVersion: "v1", resources: [resource] });
    if (path === "/openapi/v3") return ok({ paths: { "api/v1": { serverRelativeURL: "/openapi/v3/api/v1" } } });
    if (path === "/openapi/v3/api/v1")
      return ok({
        openapi: "3.0.0",
        info: { title: "Kubernetes", version: "v1" },
        paths: { "/api/v1/namespaces/{namespace}/secrets/{name}": { patch } },
        components: {},
      });
    if (path !== "/api/v1/namespaces/default/secrets/NAME") return undefined;
    if (asked.method === "PATCH") {
      const [, base64 = ""] =
        /^\s*"?KEY"?: ?"?([A-Za-z0-9+/=]*)"?,?\s*$/m.exec(asked.body.toString()) ??
        /"KEY":"([^"]*)"/.exec(asked.body.toString()) ??
        [];
      held.set("kubernetes", Buffer.from(base64, "base64"));
    }
    return ok(secret());
  };
}

/** A Docker engine in a swarm. */
function docker(held: Held): Service {
  return (asked) => {
    if (asked.path.endsWith("/_ping")) return { status: 200, headers: { "api-version": "1.41", ostype: "linux" } };
    if (!asked.path.endsWith("/secrets/create")) return undefined;
    held.set("docker", Buffer.from(parsed(asked).Data, "base64"));
    return { status: 201, json: { ID: "x" } };
  };
}

/** All of them, by host name; `127.0.0.1` is the cluster and the engine. */
export async function services(held: Held): Promise<Readonly<Record<string, Service>>> {
  const [cluster, engine] = [kubernetes(held), docker(held)];
  return {
    "api.cloudflare.com": cloudflare(held),
    "api.github.com": await github(held),
    "secretsmanager.us-east-1.amazonaws.com": secretsManager(held),
    "ssm.us-east-1.amazonaws.com": parameterStore(held),
    "gitlab.com": gitlab(held),
    "api.vercel.com": vercel(held),
    "api.supabase.com": byToken(
      "supabase",
      held,
      "/v1/projects/PROJECT_REF/secrets",
      "POST",
      ([{ value }]: [{ value: string }]) => value,
    ),
    "api.heroku.com": byToken("heroku", held, "/apps/APP/config-vars", "PATCH", ({ KEY }: { KEY: string }) => KEY),
    "api.netlify.com": byToken(
      "netlify",
      held,
      "/api/v1/accounts/ACCOUNT_ID/env/KEY?site_id=SITE_ID",
      "PATCH",
      ({ value }: { value: string }) => value,
    ),
    "127.0.0.1": (asked) => cluster(asked) ?? engine(asked),
  };
}

/** Whether a request changes something, at any of them. */
export function isChange({ method, path, headers }: Asked): boolean {
  if (headers["x-amz-target"]) return /\.Put/.test(String(headers["x-amz-target"]));
  return method !== "GET" && method !== "HEAD" && path !== "/graphql";
}
