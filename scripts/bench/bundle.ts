import { contenders } from "./contenders.ts";
import type { Figure } from "./rounds.ts";
import { bundleSize } from "./size.ts";
import type { Workspace } from "./workspace.ts";

/** What a browser loads to make the call. */
export async function measureBundle(workspace: Workspace): Promise<Figure[]> {
  const min: Record<string, number> = {};
  const gzip: Record<string, number> = {};
  for (const contender of contenders) {
    const size = await bundleSize(workspace.write(contender, "bundle"));
    min[contender.name] = size.min;
    gzip[contender.name] = size.gzip;
  }
  return [
    { title: "bundle, minified", unit: "B", values: min },
    { title: "bundle, minified and gzipped", unit: "B", values: gzip },
  ];
}
