import { expect } from "vitest";
import { file } from "../folder.ts";
import type { Run } from "./run.ts";

/** The trial `workers` takes the block out of the guide and runs it in workerd, whose packages are not here. */
function heldByTrial(): void {
  expect(file("test/trials/workers/guide.trial.ts")).toContain("findBlock");
}

export const runs: readonly Run[] = [
  ["ts", "cloudflare:workers", heldByTrial],
  ["json", "durable_objects", heldByTrial],
  [
    "sh",
    "wrangler deploy",
    async (code, folder) => {
      folder.addProgram("wrangler", 'echo "$*" >> calls\n[ "$3" != JOURNAL_KEY ] || cat > key');
      expect(await folder.shell(code)).toMatchObject({ code: 0 });
      expect(folder.read("calls").trim().split("\n")).toEqual([
        "secret put JOURNAL_KEY",
        "secret put CLOUDFLARE_API_TOKEN",
        "deploy",
        "tail",
      ]);
      expect(Buffer.from(folder.read("key"), "base64")).toHaveLength(32);
    },
  ],
];
