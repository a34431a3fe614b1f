import { expect } from "vitest";
import type { Folder } from "../folder.ts";
import type { Run } from "./run.ts";

export async function runRotationInMemory(code: string, folder: Folder): Promise<void> {
  expect(await folder.run(code)).toBe("verified\n");
}

export const runs: readonly Run[] = [
  ["ts", "console.log(phase); // verified", runRotationInMemory],
  ["ts", "node:test", async (code, folder) => expect(await folder.run(code)).toMatch(/^. pass 1$/m)],
  [
    "sh",
    "sandbox --port",
    async (code, folder) => {
      // Ended by a signal as soon as it has said where it is.
      const served = await folder.shell(
        `${code.replace(/ --port \d+$/m, " --port 0").trimEnd()} > printed &\nserver=$!\nuntil grep -q 'cf-oauth list' printed 2>/dev/null; do sleep 0.2; done\nkill -INT $server\nwait $server || true\n`,
      );
      expect(served.code).toBe(0);
      expect(folder.read("printed")).toMatch(/export CLOUDFLARE_BASE_URL=http:\/\/127\.0\.0\.1:\d+/);
    },
  ],
  ["ts", "reset-applied", async (code, folder) => expect(await folder.run(code)).toBe("outcome-unknown resume\n2\n")],
  ["ts", "onSecondRotation", async (code, folder) => expect(await folder.run(code)).toBe("2\nfalse\n")],
];
