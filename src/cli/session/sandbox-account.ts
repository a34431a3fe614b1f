import { closeSync, constants, openSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noLink, readTextSync } from "../../node/files/without-links.ts";
import { exampleClient } from "../../sandbox/account.ts";
import { createSandbox, type Sandbox, type SandboxClient, type SandboxOptions } from "../../sandbox/index.ts";
import { UsageError } from "../terminal/command-error.ts";
import { makeFolder } from "./state-directory.ts";

/**
 * A sandbox whose account lasts in a directory, so that separate commands see the same one.
 *
 * @param directory made when something is first changed.
 * @param isTrusted whether others who can change the directory are trusted.
 */
export function openSandbox(directory: string, isTrusted: boolean, options: SandboxOptions = {}): Sandbox {
  const file = join(directory, "account.json");
  const sandbox = createSandbox({ ...options, clients: load(file) ?? clients });
  let saved = JSON.stringify(sandbox.clients());
  return {
    ...sandbox,
    fetch: async (input, init) => {
      try {
        return await sandbox.fetch(input, init);
      } finally {
        const now = JSON.stringify(sandbox.clients());
        if (now !== saved) {
          await makeFolder(directory, isTrusted);
          save(file, now);
        }
        saved = now;
      }
    },
  };
}

/** What a newcomer finds: two clients that a plan can rotate, and one that has no secret. */
const clients: readonly SandboxClient[] = [
  { ...exampleClient, created_at: "2026-02-03T09:12:00.000Z" },
  {
    ...exampleClient,
    client_id: "b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5",
    client_name: "My Second App",
    created_at: "2026-08-14T16:05:00.000Z",
  },
  {
    client_id: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    client_name: "Phone app (public, has no secret)",
    created_at: "2026-05-20T14:40:00.000Z",
    token_endpoint_auth_method: "none",
    redirect_uris: ["com.example.phone:/callback"],
    grant_types: ["authorization_code"],
    response_types: ["code"],
    scopes: ["account.read"],
  },
];

function load(file: string): SandboxClient[] | undefined {
  let text: string;
  try {
    text = readTextSync(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // As useless as any other text that is not a list.
  }
  throw new UsageError(`The sandbox's account in ${file} cannot be read. Remove it to begin with a new one.`);
}

function save(file: string, text: string): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | noLink;
  const beside = openSync(`${file}.tmp`, flags, 0o600);
  try {
    writeFileSync(beside, text);
  } finally {
    closeSync(beside);
  }
  renameSync(`${file}.tmp`, file);
}
