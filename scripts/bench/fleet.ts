import { join } from "node:path";
import { run } from "./child.ts";
import type { Figure } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

/** Measures a plan against the API's limit, by the trial `npm run trial -- plans`. Once, since that takes minutes. */
export function measureFleet(workspace: Workspace): Figure[] {
  const trial = join(workspace.root, "test/trials/plans/run.ts");
  // Its own Node, which can strip types.
  const { stdout } = run(process.execPath, [trial, "500", "--json"], workspace.root);
  const figures: Record<string, number | undefined> = JSON.parse(stdout);
  const one = (title: string, unit: string, name: string): Figure => ({
    title: `plan of ${figures.clients} clients, 2 % faults: ${title}`,
    unit,
    values: { "this package": figures[name] ?? Number.NaN },
  });
  return [
    one("requests to the API for each, rotate", "", "rotateRequests"),
    one("the same, finish", "", "finishRequests"),
    one("rotate, time ÷ what 1,080 requests in five minutes ask", "", "bound"),
    one("the same, until the last client begins", "", "began"),
    one("finish, time ÷ what 1,080 requests in five minutes ask", "", "finishBound"),
    one("the same, until the last client begins", "", "finishBegan"),
    one("heap at the end", "MB", "heap"),
  ];
}
