import { expect } from "vitest";
import type { Folder } from "../folder.ts";
import type { Run } from "./run.ts";

/** The vendor's import becomes this package's. */
export async function runMigration(code: string, folder: Folder): Promise<void> {
  const [removed, added] = code.trim().split("\n");
  expect(removed).toBe('-import Cloudflare from "cloudflare";');
  expect(added).toBe('+import Cloudflare from "cloudflare-oauth-clients";');
  const { changes } = await folder.program(`${added?.slice(1)}\nnew Cloudflare().iam.oauthClients.list;`);
  expect(changes).toEqual([]);
}

/** A second secret is created, and the old one is deleted. */
export async function runTwoRequests(code: string, folder: Folder): Promise<void> {
  const { secrets, changes } = await folder.program(code);
  expect(changes).toEqual(["POST", "DELETE"]);
  expect(secrets).toEqual([[expect.stringMatching(/^sandbox-secret-/)]]);
}

export const runs: readonly Run[] = [
  ["diff", "-import Cloudflare", runMigration],
  ["ts", "deleteRotatedSecret", runTwoRequests],
  [
    "ts",
    "has_rotated_secret",
    async (code, folder) => {
      const faults = [{ operation: "oauth-clients-rotate-secret", kind: "error-applied" } as const];
      const { printed, changes } = await folder.program(code, { faults });
      expect(printed).toBe("InternalServerError: the response was lost. Two secrets exist: true");
      expect(changes).toEqual(["POST"]);
    },
  ],
  [
    "ts",
    "withOptions",
    async (code, folder) => {
      const { printed } = await folder.program(code);
      expect(printed).toBe("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4 My OAuth App\n10000 60000");
    },
  ],
  [
    "ts",
    "logLevel",
    async (code, folder) => {
      const { printed, apiToken } = await folder.program(code);
      expect(printed).toContain("GET https://api.cloudflare.com/client/v4/oauth/scopes: 200 after");
      expect(printed).not.toContain(apiToken);
    },
  ],
  [
    "ts",
    "ProxyAgent",
    // `test/client/custom-fetch.isolated.test.ts` sends requests through a dispatcher.
    async (code, folder) => {
      expect((await folder.program(code)).printed).toBe("https://api.cloudflare.com/client/v4");
    },
  ],
  [
    "ts",
    "fetch: async (url, init)",
    async (code, folder) => {
      expect((await folder.program(code)).printed).toBe("GET /client/v4/oauth/scopes 200");
    },
  ],
  ["ts", "client.api.GET", async (code, folder) => expect((await folder.program(code)).printed).toBe("1 0")],
];
