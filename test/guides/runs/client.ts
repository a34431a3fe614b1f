import { join } from "node:path";
import { expect } from "vitest";
import { startMockServer } from "../../../scripts/mock-server.ts";
import { type Folder, file, root } from "../folder.ts";
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

/** Ended as soon as Prism says where it listens. */
export async function runPrism(code: string, folder: Folder): Promise<void> {
  const prism = join(root, "node_modules/@stoplight/prism-cli/dist/index.js");
  folder.addProgram("npx", `[ "$1" = @stoplight/prism-cli ] && shift && exec '${process.execPath}' '${prism}' "$@"`);
  const served = await folder.shell(
    `${code.replace(/ --port \d+$/m, " --port 0").trimEnd()} > printed &\nserver=$!\nuntil grep -q 'Prism is listening' printed || ! kill -0 $server; do sleep 0.2; done\nkill $server\nwait $server || true\n`,
  );
  expect(served.code).toBe(0);
  expect(folder.read("printed")).toMatch(/POST .*\/oauth_clients\/[\s\S]*Prism is listening/);
}

export const runs: readonly Run[] = [
  ["diff", "-import Cloudflare", runMigration],
  [
    "js",
    "require(",
    async (code, folder) => {
      folder.write("package.json", '{ "type": "commonjs" }');
      expect((await folder.program(code)).printed).toMatch(/^true \d+$/);
    },
  ],
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
  ["ts", "reset-applied", async (code, folder) => expect(await folder.run(code)).toMatch(/^. pass 1$/m)],
  // The trial `fetches` runs it, since MSW is not installed here.
  ["ts", "msw/node", () => expect(file("test/trials/fetches/guide.ts")).toContain("findBlock")],
  ["sh", "prism-cli", runPrism],
  [
    "ts",
    "Prefer",
    async (code, folder) => {
      const mock = await startMockServer();
      try {
        const printed = await folder.run(code.replace("http://127.0.0.1:4010", mock.url));
        expect(printed).toBe("ConflictError not-applied\n");
      } finally {
        await mock.close();
      }
    },
  ],
  ["ts", "client.api.GET", async (code, folder) => expect((await folder.program(code)).printed).toBe("1 0")],
];
