// Compares this package with its peers: `npm run bench -- [--only bundle,tsc] [--json] [--node <path>]`. The Node
// that is measured is the one that runs this, unless a path is given. See contenders.ts for who the peers are, and the
// file of each measure, which says what it does.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureBundle } from "./bundle.ts";
import { measureCalls } from "./calls.ts";
import { run, startServer } from "./child.ts";
import { measureClone } from "./clone.ts";
import { measureCommand } from "./command.ts";
import { contenders } from "./contenders.ts";
import { measureFleet } from "./fleet.ts";
import { measureInstalled } from "./installed.ts";
import { measureJourneys } from "./journeys.ts";
import { measureRotation } from "./rotation.ts";
import type { Figure } from "./rounds.ts";
import { measureStartup } from "./startup.ts";
import { formatTable } from "./table.ts";
import { measureThroughput } from "./throughput.ts";
import { measureTsc } from "./tsc.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

const measures: Record<string, (workspace: Workspace, url: string) => Figure[] | Promise<Figure[]>> = {
  bundle: measureBundle,
  startup: measureStartup,
  calls: measureCalls,
  throughput: measureThroughput,
  rotation: measureRotation,
  command: measureCommand,
  journeys: measureJourneys,
  fleet: measureFleet,
  installed: measureInstalled,
  tsc: measureTsc,
  clone: measureClone,
};

const { only, json, node } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(measures).join(",") },
    json: { type: "boolean", default: false },
    node: { type: "string", default: process.execPath },
  },
}).values;
const chosen = only.split(",").map((name) => {
  const measure = measures[name];
  if (!measure) throw new Error(`There is no measure "${name}". There are: ${Object.keys(measures).join(", ")}.`);
  return { name, measure };
});

async function measureAll(workspace: Workspace): Promise<Figure[]> {
  const server = await startServer(node, [workspace.program("server")]);
  try {
    const figures: Figure[] = [];
    for (const { name, measure } of chosen) {
      console.error(`Measuring: ${name} …`);
      figures.push(...(await measure(workspace, server.url)));
    }
    return figures;
  } finally {
    server.close();
  }
}

console.error("Installing the contenders …");
const workspace = await createWorkspace(node);
const figures = await measureAll(workspace).finally(workspace.remove);

const machine = {
  date: new Date().toISOString().slice(0, 10),
  node: run(node, ["--version"]).stdout.trim(),
  cores: cpus().length,
  cpu: cpus()[0]?.model ?? "unknown processor",
};
if (json) console.log(JSON.stringify({ ...machine, figures }, null, 2));
else {
  console.log(
    `${machine.date}, Node ${machine.node}, ${machine.cores} × ${machine.cpu}. Medians of interleaved rounds.\n`,
  );
  console.log(
    formatTable(
      figures,
      contenders.map(({ name }) => name),
    ),
  );
}
