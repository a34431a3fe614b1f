import { run } from "./child.ts";
import { contenders } from "./contenders.ts";
import { type Figure, figure, interleave } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

const seconds = 45;

/** How many calls a second one process makes to a loopback server in another. */
export function measureThroughput(workspace: Workspace, url: string): Figure[] {
  const files = new Map(contenders.map((contender) => [contender.name, workspace.write(contender, "throughput")]));
  const samples = interleave([...files.keys()], seconds, (name) =>
    JSON.parse(run(workspace.node, [workspace.program("throughput"), files.get(name) ?? "", url]).stdout),
  );
  return [
    figure("loopback calls, 1 at a time", "/s", samples, 0, "raw fetch"),
    figure("loopback calls, 16 at a time", "/s", samples, 1, "raw fetch"),
  ];
}
