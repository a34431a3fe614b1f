import { parseSink } from "../../node/index.ts";
import { parseDuration } from "../terminal/duration.ts";
import { messageOf } from "../terminal/text.ts";
import type { Path } from "./plan-position.ts";
import { findSchemaFaults, type PlanFault } from "./schema-faults.ts";
import { Window } from "./window.ts";

/** How many clients are looked at before signals are heard. */
const atOnce = 200;

/**
 * All that is wrong with a plan: what the schema finds, and what it cannot express.
 *
 * @param place makes a sink's path absolute.
 * @param signal ends the search.
 */
export async function* findFaults(
  plan: unknown,
  place: (sink: string) => string,
  signal?: AbortSignal,
): AsyncGenerator<PlanFault> {
  const root = fields(plan);
  const clients = Array.isArray(root.clients) ? root.clients : [];
  const faults: PlanFault[] = [];
  const add: Add = (path, message, other) => void faults.push({ path, isKey: false, message, ...(other && { other }) });
  const defaults = fields(root.defaults);
  if (isZero(fields(root.hooks).timeout)) add(["hooks", "timeout"], "must be more than 0");
  if (isZero(defaults.every)) add(["defaults", "every"], "must be more than 0");
  findWindowFaults(defaults.window, ["defaults", "window"], add);
  const idsSeen = new Map<string, number>();
  const places = new Map<string, Path>();
  for (let first = 0; first === 0 || first < clients.length; first += atOnce) {
    const some = clients.slice(first, first + atOnce);
    if (first > 0) await new Promise(setImmediate);
    signal?.throwIfAborted();
    // Faults in the rest of the plan are reported once.
    const part = first === 0 ? (some.length > 0 ? { ...root, clients: some } : plan) : { clients: some };
    for (const fault of findSchemaFaults(part)) faults.push({ ...fault, path: moved(fault.path, first) });
    for (const [offset, given] of some.entries())
      findFaultsOf({ given, index: first + offset, defaults }, { idsSeen, places, place }, add);
    yield* faults.splice(0);
  }
}

/** A path in a plan of which the first clients were left out. */
function moved([root, index, ...rest]: Path, by: number): Path {
  if (root === undefined || index === undefined) return root === undefined ? [] : [root];
  return root === "clients" && typeof index === "number" ? [root, index + by, ...rest] : [root, index, ...rest];
}

interface Seen {
  readonly idsSeen: Map<string, number>;
  readonly places: Map<string, Path>;
  readonly place: (sink: string) => string;
}

function findFaultsOf(
  { given, index, defaults }: { readonly given: unknown; readonly index: number; readonly defaults: Fields },
  seen: Seen,
  add: Add,
): void {
  const client = fields(given);
  const path = ["clients", index] as const;
  const { id } = client;
  if (typeof id === "string") {
    const first = seen.idsSeen.get(id);
    if (first === undefined) seen.idsSeen.set(id, index);
    else add([...path, "id"], "another client has this id", ["clients", first, "id"]);
  }
  findClientFaults({ ...defaults, ...client }, client, path, add);
  findSinkFaults(client, path, seen, add);
}

type Fields = Readonly<Record<string, unknown>>;
type Add = (path: Path, message: string, other?: Path) => void;

function findClientFaults(all: Fields, own: Fields, path: Path, add: Add): void {
  if (all.every === undefined) add(path, 'lacks "every", the age at which it is due, and "defaults" has none');
  const every = durationOf(all.every);
  const overlap = durationOf(all.overlap) ?? 0;
  if (own.every !== undefined && every === 0) add([...path, "every"], "must be more than 0");
  else if (every !== undefined && overlap >= every && every > 0)
    add(
      path,
      `keeps the old secret for ${all.overlap}, and is due again every ${all.every}: the overlap must be shorter`,
    );
  const spread = durationOf(all.spread) ?? 0;
  if (every !== undefined && spread > 0 && overlap < every && spread + overlap >= every)
    add(path, `may be due ${all.spread} before ${all.every} are over: spread and overlap together must be shorter`);
  findWindowFaults(own.window, [...path, "window"], add);
  if ((durationOf(own.checkInterval) ?? 0) > 3_600_000) add([...path, "checkInterval"], "must be at most 1h");
  if ((durationOf(own.checkTimeout) ?? 0) > 86_400_000) add([...path, "checkTimeout"], "must be at most 1d");
  if (all.running !== undefined && all.check === false)
    add(path, "asks what is running, and declines that with check: false");
  if (own.replicas !== undefined && all.running === undefined)
    add([...path, "replicas"], "says how many replicas answer, and running does not say where");
  const isProved = typeof all.check === "string" || all.check === false || all.running !== undefined;
  for (const [index, sink] of list(own.sinks).entries()) {
    const { name, to, readBack } = fields(sink);
    if (typeof to === "string" && to.startsWith("exec:") && readBack === undefined && !isProved)
      add(
        [...path, "sinks", index],
        `nothing confirms that ${typeof name === "string" ? name : "this sink"} has the new secret before the old one is deleted. Add a readBack to the sink, or a check or running to the client, or skip this with check: false`,
      );
  }
}

function findWindowFaults(given: unknown, path: Path, add: Add): void {
  const { from = "00:00", to = "24:00", zone } = fields(given);
  if (from === to) add(path, `opens and closes at ${from}: for the whole day, leave out both times`);
  if (typeof zone !== "string") return;
  try {
    new Window({ zone });
  } catch {
    add([...path, "zone"], `there is no time zone ${JSON.stringify(zone)}; use an IANA name such as Europe/Berlin`);
  }
}

function findSinkFaults(client: Fields, path: Path, { place, places }: Seen, add: Add): void {
  const names = new Set<unknown>();
  for (const [index, sink] of list(client.sinks).entries()) {
    const { name, to, readBy, inPlace } = fields(sink);
    const at = [...path, "sinks", index] as const;
    if (typeof to === "string" && readBy !== undefined && !to.startsWith("dotenv:"))
      add([...at, "readBy"], "only a dotenv file takes readBy");
    if (typeof to === "string" && inPlace !== undefined && !/^(file|dotenv):/.test(to))
      add([...at, "inPlace"], "only a file takes inPlace");
    if (typeof name === "string") {
      if (names.has(name)) add([...at, "name"], `the client has another sink named ${name}`);
      names.add(name);
    }
    if (typeof to !== "string" || to === "") continue;
    if (to === "stdout") {
      add([...at, "to"], "a plan cannot deliver to stdout, because its clients would share it");
      continue;
    }
    const where = place(to);
    try {
      if (/^[\w.-]+=/.test(to)) throw new Error(`${JSON.stringify(to)} has a name in it, which belongs in "name"`);
      parseSink(where);
    } catch (error) {
      add([...at, "to"], messageOf(error));
      continue;
    }
    const first = places.get(where);
    if (first === undefined) places.set(where, [...at, "to"]);
    else add([...at, "to"], "another sink is the same place, and a place holds one secret", first);
  }
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Undefined if it is invalid; the schema has reported that. */
function durationOf(value: unknown): number | undefined {
  try {
    return typeof value === "string" ? parseDuration(value, "") : undefined;
  } catch {
    return undefined;
  }
}

function isZero(value: unknown): boolean {
  return durationOf(value) === 0;
}
