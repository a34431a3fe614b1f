/**
 * `npm run trial -- neighbours`: the built command beside another user of the machine, who attacks it. The trial creates that user's
 * account, and removes it. It needs root, or sudo without a password; and strace and perl.
 *
 * `npm run trial -- neighbours attacks [cf-oauth.js] [name]` runs a part: attacks, calls, swaps or patterns; the attacks on any build,
 * or only those whose name has a text in it.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { program } from "../../support/command.ts";
import { installTools } from "../../support/packed-package.ts";
import { Neighbour } from "./account.ts";
import { folderAttacks } from "./folder-attacks.ts";
import { faultsOfPatterns } from "./regular-expressions.ts";
import { remoteAttacks } from "./remote-attacks.ts";
import { faultsOfCalls } from "./rotation.ts";
import { faultsOfSwaps } from "./swaps.ts";
import { World } from "./world.ts";

if (process.geteuid?.() !== 0) {
  const { status } = spawnSync("sudo", ["-n", process.execPath, ...process.argv.slice(1)], { stdio: "inherit" });
  process.exit(status ?? 1);
}

async function faultsOfAttacks(neighbour: Neighbour): Promise<string[]> {
  const faults: string[] = [];
  const [, , , file = program, wanted = ""] = process.argv;
  const attacks = Object.entries({ ...folderAttacks, ...remoteAttacks }).filter(([name]) => name.includes(wanted));
  for (const [name, attack] of attacks) {
    await using world = await World.open(neighbour, file);
    const gained = await attack(world);
    console.log(`${gained.length === 0 ? "✓" : "✗"} ${name}${gained.map((one) => `\n    ${one}`).join("")}`);
    faults.push(...gained);
  }
  console.log(`${attacks.length} attacks`);
  return faults;
}

installTools(fileURLToPath(new URL(".", import.meta.url)));
const parts: Readonly<Record<string, (neighbour: Neighbour) => Promise<string[]> | string[]>> = {
  attacks: faultsOfAttacks,
  calls: faultsOfCalls,
  swaps: faultsOfSwaps,
  patterns: faultsOfPatterns,
};
const [, , only] = process.argv;
if (only !== undefined && !(only in parts)) throw new Error(`There is no part ${only}, only ${Object.keys(parts)}.`);
using neighbour = Neighbour.open();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    neighbour[Symbol.dispose]();
    process.exit(1);
  });
const faults: string[] = [];
for (const [name, part] of Object.entries(parts))
  if (only === undefined || only === name) faults.push(...(await part(neighbour)));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
