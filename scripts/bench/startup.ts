import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./child.ts";
import { contenders } from "./contenders.ts";
import { type Figure, figure, interleave } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

const seconds = 50;

/** How long a process takes that imports a client and makes one: without a call, and with one. */
export function measureStartup(workspace: Workspace, url: string): Figure[] {
  const empty = join(workspace.folder, "empty.mjs");
  writeFileSync(empty, "");
  const files = new Map([["empty Node", [empty]]]);
  for (const contender of contenders) {
    files.set(contender.name, [
      workspace.write(contender, "construct", `connect(process.argv[2]);`),
      workspace.write(contender, "call", `await connect(process.argv[2])();`),
    ]);
  }
  const samples = interleave([...files.keys()], seconds, (name) =>
    (files.get(name) ?? []).map((file) => run(workspace.node, [file, url]).ms),
  );
  const { "empty Node": _, ...calling } = samples;
  return [
    figure("process: import + construct", "ms", samples, 0, "empty Node"),
    figure("process: the same + 1 loopback call", "ms", calling, 1, "raw fetch"),
  ];
}
