import { run } from "./child.ts";
import { contenders } from "./contenders.ts";
import { type Figure, figure, interleave } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

const seconds = 30;

/** What a call costs with a `fetch` that answers from memory. */
export function measureCalls(workspace: Workspace): Figure[] {
  const files = new Map(contenders.map((contender) => [contender.name, workspace.write(contender, "calls")]));
  const heapFlags = ["--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64"];
  const samples = interleave([...files.keys()], seconds, (name) => {
    const file = files.get(name) ?? "";
    return [
      Number(run(workspace.node, [workspace.program("time"), file]).stdout),
      Number(run(workspace.node, [...heapFlags, workspace.program("heap"), file]).stdout) / 1000,
    ];
  });
  return [
    figure("processor time a call, fetch in memory", "µs", samples, 0, "raw fetch"),
    figure("heap a call, fetch in memory", "kB", samples, 1),
  ];
}
