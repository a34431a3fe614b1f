import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { runningCheck } from "../../../src/rotation/index.ts";
import { clientId, faster, oldSecret } from "../../support/command.ts";
import { Fleet } from "../../support/fleet.ts";
import type { Run } from "./run.ts";

const sha256 = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"; // of "secret"

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether a service answers to a request target, which a `URL` might not be. */
function answersTo(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ port, path, host: "127.0.0.1" }, (response) => resolve(response.resume().statusCode === 400)).on(
      "error",
      () => resolve(false),
    );
  });
}

export const runs: readonly Run[] = [
  [
    "ts",
    "createServer",
    async (code, folder) => {
      const port = await freePort();
      folder.write("service.mjs", code);
      const environment = { ...process.env, PORT: String(port), OAUTH_CLIENT_SECRET: "secret", HOSTNAME: "pod-1" };
      const child = spawn(process.execPath, ["service.mjs"], { cwd: folder.path("."), env: environment });
      try {
        const urls = [`http://127.0.0.1:${port}/client-secret`];
        const signal = AbortSignal.timeout(20_000);
        const check = runningCheck({ clientId, urls });
        // Such a request must not end the service.
        for (let isUp = false; !isUp; ) isUp = await answersTo(port, "//[");
        for (;;) {
          const found = await check(sha256, { signal }).catch(({ message }: Error) => message);
          if (found === true) break;
          expect(found).toContain("ECONNREFUSED");
        }
      } finally {
        child.kill();
      }
    },
  ],
  [
    "sh",
    "--running",
    async (code, folder) => {
      let used = oldSecret;
      mkdirSync(folder.path("app"));
      folder.write("app/.env", `OAUTH_CLIENT_SECRET=${oldSecret}\n`);
      await using fleet = Fleet.of(3, () => used);
      const timer = setInterval(() => {
        used = /=(\S+)/.exec(folder.read("app/.env"))?.[1]?.replaceAll(/['"]/g, "") ?? used;
      }, 100);
      try {
        const url = await fleet.listen();
        const pasted = code.replace("http://127.0.0.1:8080/client-secret", url);
        expect(await folder.shell(pasted, faster)).toMatchObject({ code: 0 });
      } finally {
        clearInterval(timer);
      }
    },
  ],
  [
    "ts",
    "runningCheck",
    async (code, folder) => {
      folder.write("check.mjs", code);
      const { check } = await import(folder.path("check.mjs"));
      await expect(check(sha256, { signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow("stopped");
    },
  ],
];
