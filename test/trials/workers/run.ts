/**
 * `npm run trial -- workers [--kills 52] [--seed 1]`: the journal in Durable Objects, and an example Worker that rotates by
 * it, in the workerd of this folder's own packages. A rotation is lost if in the end its live secret is not what the vault
 * holds, if a secret stands anywhere but there, or if more was sent than the table of steps allows.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Account } from "../../support/account.ts";
import { installTools, root, tools } from "../../support/packed-package.ts";
import { Random } from "../../support/random.ts";
import { Deployment } from "./deployment.ts";
import { Kills } from "./kills.ts";
import { makeProject } from "./project.ts";
import { walk } from "./walk.ts";

const { values } = parseArgs({ options: { kills: { type: "string", default: "52" }, seed: { type: "string" } } });
const wanted = Number(values.kills);
// When to kill is repeatable by it; what is met there is not.
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
/** What is killed at random, side by side. */
const deployments = 4;
const clientsEach = 5;

async function killAll(folder: string): Promise<Kills> {
  const names = Array.from({ length: deployments }, (_, index) => `random-${index}`);
  const clientIds = new Map(
    [...names, "moments"].map((name) => [
      name,
      Array.from({ length: clientsEach }, () => crypto.randomUUID().replaceAll("-", "")),
    ]),
  );
  const account = await Account.open({
    clients: [...clientIds.values()].flat().map((id) => ({ client_id: id })),
    latency: 20,
  });
  const kills = new Kills(account, new Random(`${seed}`));
  const play = async (name: string, how: (deployment: Deployment) => Promise<void>) => {
    const { sandbox, apiURL, issuer } = account.served;
    await using deployment = await Deployment.start({
      folder: join(folder, name),
      clientIds: clientIds.get(name) ?? [],
      accountId: sandbox.accountId,
      apiToken: sandbox.apiToken,
      baseURL: apiURL,
      issuer,
      overlap: 0,
      latency: 300,
    });
    await how(deployment);
  };
  try {
    await Promise.all([
      ...names.map((name) => play(name, (deployment) => kills.run(deployment, Math.ceil(wanted / deployments)))),
      play("moments", (deployment) => kills.runMoments(deployment)),
    ]);
    return kills;
  } finally {
    await account.served.close();
  }
}

/** The journal suite, in a process of its own. */
async function conformance(): Promise<boolean> {
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/vitest.config.ts", "--project", "workers"];
  const [status] = await once(spawn(process.execPath, vitest, { cwd: root, stdio: "inherit" }), "exit");
  return status === 0;
}

if (process.platform !== "linux") {
  console.error("This test finds the processes to kill in /proc, which Linux alone has.");
  process.exit(1);
}
console.error("Installing workerd, and the package as its users get it …");
installTools(tools);
makeProject();
const start = performance.now();
const folder = mkdtempSync(join(tmpdir(), "workers-"));
try {
  const [isConforming, walked, kills] = await Promise.all([conformance(), walk(join(folder, "walk")), killAll(folder)]);
  const sum = (of: (id: string) => number) => [...kills.rounds.keys()].reduce((total, id) => total + of(id), 0);
  const faults = [...walked, ...kills.faults];
  const standings = [...kills.standings].sort().map(([standing, count]) => `${standing}: ${count}`);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  for (const fault of faults) console.error(`✗ ${fault}`);
  console.log(
    `${kills.kills} kills of workerd (${standings.join(", ")}), ${sum((id) => kills.rounds.get(id) ?? 0)} rotations, ` +
      `POSTs applied: ${sum((id) => kills.account.changes(id, "POST").applied)} of ${sum((id) => kills.account.changes(id, "POST").sent)} sent, ` +
      `DELETEs: ${sum((id) => kills.account.changes(id, "DELETE").applied)} of ${sum((id) => kills.account.changes(id, "DELETE").sent)}, ` +
      `${sum((id) => kills.account.lost(id))} answers lost, faults: ${faults.length}, seed ${seed}, ${seconds} s`,
  );
  process.exitCode = !isConforming || faults.length > 0 || kills.kills < wanted ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
