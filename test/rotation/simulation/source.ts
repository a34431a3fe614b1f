import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The code under test. */
export interface Source {
  readonly rotation: typeof import("../../../src/rotation/index.ts");
  readonly client: typeof import("../../../src/client/index.ts");
}

/**
 * Loads the code under test.
 *
 * @param folder another copy of `src`, with `generated` beside it and `node_modules` above it: one with a planted fault, say.
 *   Default: the folder that the environment variable `SIMULATE_SRC` names, else this tree's own.
 */
export async function loadSource(folder: string | undefined = process.env.SIMULATE_SRC): Promise<Source> {
  if (!folder)
    return {
      rotation: await import("../../../src/rotation/index.ts"),
      client: await import("../../../src/client/index.ts"),
    };
  const load = (path: string) => import(pathToFileURL(resolve(folder, path)).href);
  return { rotation: await load("rotation/index.ts"), client: await load("client/index.ts") };
}
