// Stands in for Vault's command: the calls of its recipe, answered as a KV mount of version 2 does.
import { readFileSync } from "node:fs";
import { Failure, type Faults, standIn } from "./stand-in.ts";
import type { Store } from "./store.ts";

/** Of a value, in bytes: as Vault's own storage has it. */
const longestValue = 2 ** 20;

interface Place {
  readonly isVersion2: boolean;
  readonly path: string;
}

/** Mounts: `secret` is of version 2, `old` of version 1. */
function place(path: string): Place {
  const mount = path.split("/", 1)[0] ?? "";
  if (mount !== "secret" && mount !== "old")
    throw failure(`GET https://vault.example/v1/sys/internal/ui/mounts/${path}`, 403, "permission denied");
  return { isVersion2: mount === "secret", path };
}

/** Where it is in the API. */
function full({ isVersion2, path }: Place, kind: "data" | "metadata"): string {
  return isVersion2 ? path.replace("/", `/${kind}/`) : path;
}

function failure(request: string, code: number, message: string): Failure {
  return new Failure(2, `Error making API request.\n\nURL: ${request}\nCode: ${code}. Errors:\n\n* ${message}`);
}

/** As it prints one field: bare only as a table. */
function field(value: string): string {
  return process.env.VAULT_FORMAT === "table" ? value : `${JSON.stringify(value)}\n`;
}

function list(path: string, store: Store): string {
  const where = place(path);
  const names = store.list(path);
  if (names.length === 0) throw new Failure(2, `No value found at ${full(where, "metadata")}`);
  return `Keys\n----\n${names.join("\n")}\n`;
}

function get(path: string, store: Store): string {
  const where = place(path);
  const value = store.read(path);
  if (!value) throw new Failure(2, `No value found at ${full(where, "data")}`);
  return field(value.toString());
}

function put(path: string, store: Store): string {
  const where = place(path);
  const value = readFileSync(0);
  const request = `PUT https://vault.example/v1/${full(where, "data")}`;
  if (value.length > longestValue) throw failure(request, 500, "put failed due to value being too large");
  if (!where.isVersion2) {
    store.overwrite(path, value);
    return `Success! Data written to: ${path}\n`;
  }
  if (!store.create(path, value))
    throw failure(request, 400, "check-and-set parameter did not match the current version");
  return field("1");
}

function perform(words: readonly string[], store: Store): string {
  const [path = ""] = words.filter((word) => word.includes("/"));
  switch (words.map((word) => (word === path ? "PATH" : word)).join(" ")) {
    case "kv list PATH":
      return list(path, store);
    case "kv get -field=entry PATH":
      return get(path, store);
    case "kv put -cas=0 -field=version PATH entry=-":
      return put(path, store);
    case "kv metadata delete PATH":
      store.remove(place(path).path);
      return `Success! Data deleted (if it existed) at: ${full(place(path), "metadata")}\n`;
    default:
      throw new Failure(1, `the stand-in knows no vault ${words.join(" ")}`);
  }
}

function describe(kind: Faults["kind"]): Failure {
  const request = `GET https://vault.example/v1/${process.argv.join("/")}`;
  if (kind === "gone") return new Failure(2, "No value found at secret/data/cf-oauth");
  if (kind === "denied") return failure(request, 403, "permission denied");
  return new Failure(2, `${request}: dial tcp 127.0.0.1:8200: connect: connection refused`);
}

standIn("vault", perform, describe);
