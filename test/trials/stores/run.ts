/**
 * `npm run trial -- stores [sink…]`: each recipe, as users paste it, with the real program. It installs the programs, delivers awkward
 * secrets through the product's own sink, reads them back, and lets each program fail. It ends with 1 if a recipe does not hold, or
 * if the table in src/node/README.md is not what it saw; `--write` writes the rows of what it ran.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Recipe, recipes } from "../../../src/cli/commands/recipes.ts";
import { install, isInstalled, path, versionOf } from "./install.ts";
import { Internet } from "./internet.ts";
import { pastedFaults, rotateAsPasted } from "./paste.ts";
import { type Seen, tryRecipe } from "./recipe.ts";
import { PostgreSQL, Redis } from "./servers.ts";
import { type Held, isChange, services } from "./services.ts";
import { setups, type World } from "./setups.ts";
import { compareTable, type Row } from "./table.ts";

const { values, positionals } = parseArgs({
  options: { write: { type: "boolean", default: false }, log: { type: "boolean", default: false } },
  allowPositionals: true,
});

install();
process.env.PATH = path;
const folder = mkdtempSync(join(tmpdir(), "stores-"));
const postgres = await PostgreSQL.open();
const redis = await Redis.open();
// So that the servers end with it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
const rows: Row[] = [];
const faults: string[] = pastedFaults(recipes);
for (const fault of faults) console.error(`✗ ${fault}`);

/** A world of its own for each recipe, so that a fault of one hits no other. */
async function openWorld(sink: string): Promise<World> {
  const held: Held = new Map();
  const own = join(folder, sink);
  mkdirSync(join(own, "bin"), { recursive: true });
  writeFileSync(join(own, "bin/redis-cli"), '#!/bin/sh\nexec /usr/bin/redis-cli -p "$JOURNAL_PORT" "$@"\n', {
    mode: 0o755,
  });
  return { folder: own, held, internet: await Internet.open(own, await services(held), isChange), postgres, redis };
}

async function judge(recipe: Recipe): Promise<void> {
  const missing = recipe.programs.filter((program) => !isInstalled(program));
  const world = missing.length === 0 ? await openWorld(recipe.sink) : undefined;
  const setup = world && setups[recipe.sink]?.(world);
  const [program = ""] = recipe.programs;
  const row = { recipe, program, version: versionOf(program) };
  if (!world || !setup) {
    world?.internet.close();
    rows.push({ ...row, seen: undefined });
    return;
  }
  try {
    const seen: Seen = await tryRecipe(recipe, setup, world.folder);
    const rotated = await rotateAsPasted(recipe, setup, world.folder);
    rows.push({ ...row, against: setup.against, seen });
    const own = [...seen.faults, ...rotated].map((fault) => `${recipe.sink}: ${fault}`);
    for (const fault of own) console.error(`✗ ${fault}`);
    faults.push(...own);
    if (values.log) console.log(world.internet.log.join("\n"));
  } finally {
    world.internet.close();
  }
  console.log(`${recipe.sink}: ${rows.at(-1)?.seen?.summary}`);
}

const waiting = recipes.filter(({ sink }) => positionals.length === 0 || positionals.includes(sink));
async function work(): Promise<void> {
  for (let recipe = waiting.shift(); recipe; recipe = waiting.shift()) await judge(recipe);
}
try {
  await Promise.all([work(), work()]);
} finally {
  await Promise.all([postgres.close(), redis.close()]);
  rmSync(folder, { recursive: true, force: true });
}
rows.sort((a, b) => recipes.indexOf(a.recipe) - recipes.indexOf(b.recipe));
const stale = compareTable(rows, values.write);
for (const fault of stale) console.error(`✗ ${fault}`);
faults.push(...stale);
const ran = rows.filter(({ seen }) => seen).length;
console.log(
  `${rows.length} recipes, ${ran} run with the real program, ${rows.length - ran} documented only, ${faults.length} faults`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
