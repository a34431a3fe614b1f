import { runs as client } from "./client.ts";
import { runs as command } from "./command.ts";
import { runs as node } from "./node.ts";
import { runs as readme } from "./readme.ts";
import { runs as rotation } from "./rotation.ts";
import type { Run } from "./run.ts";
import { runs as running } from "./running.ts";
import { runs as sandbox } from "./sandbox.ts";
import { runs as workers } from "./workers.ts";

/** How the blocks of each guide are run. */
export const runs: Readonly<Record<string, readonly Run[]>> = {
  "README.md": readme,
  "src/cli/README.md": command,
  "src/client/README.md": client,
  "src/node/README.md": node,
  "src/rotation/README.md": rotation,
  "src/running/README.md": running,
  "src/sandbox/README.md": sandbox,
  "src/workers/README.md": workers,
};
