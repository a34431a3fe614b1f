import { run } from "./child.ts";
import { type Figure, figure, interleave } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

const seconds = 15;

/** What a rotation costs in addition to its requests, and what these are. */
export function measureRotation(workspace: Workspace): Figure[] {
  let list: string[] = [];
  const samples = interleave(["both"], seconds, () => {
    const measured = JSON.parse(run(workspace.node, [workspace.program("rotation")]).stdout);
    list = measured.list;
    return [measured.requests, measured.rotation];
  });
  console.error(
    `A rotation, and its finish, make ${list.length} requests:\n${list.map((line) => `  ${line}`).join("\n")}`,
  );
  const column = (index: number) => (samples.both ?? []).map((values) => [values[index] ?? Number.NaN]);
  return [
    figure(
      `processor time of a rotation and its finish (${list.length} requests, all in memory)`,
      "µs",
      { "raw fetch": column(0), "this package": column(1) },
      0,
      "raw fetch",
    ),
  ];
}
