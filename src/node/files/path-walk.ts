import { lstatSync, readlinkSync, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, parse, sep } from "node:path";

/** A folder, link or file on the way of a path. */
export interface Step {
  readonly at: string;
  readonly stats: Stats;
  /** The folder that it is in. */
  readonly folder: Stats;
}

/** Everything that an absolute path leads through, links and their targets included, as far as it exists. */
export function* walkPath(path: string): Generator<Step> {
  const { root } = parse(path);
  let at = root;
  const rest = path.slice(root.length).split(sep);
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (!stats) return;
    yield { at: next, stats, folder: statSync(at) };
    if (stats.isSymbolicLink()) {
      const link = readlinkSync(next);
      if (isAbsolute(link)) at = root;
      rest.unshift(...link.split(sep));
    } else at = next;
  }
}
