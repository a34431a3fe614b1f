import type { Random } from "../../support/random.ts";
import type { Ending, Operator } from "./operator.ts";
import type { Command } from "./process.ts";
import type { World } from "./world.ts";

const misuses: readonly [NonNullable<Command["misuse"]>, ...NonNullable<Command["misuse"]>[]] = [
  "no sinks",
  "negative overlap",
  "finish with an overlap",
  "unknown sink",
];

/** What an operator begins with. */
export function firstCommand({ server }: World, operator: Operator, mood: Random): Command {
  if (server.manners.isNew) return creation(operator, mood);
  if (mood.chance(30)) return record(mood);
  return rotation(operator, mood);
}

function record(mood: Random): Command {
  return { name: "record", ...(mood.chance(250) && { misuse: "a date to come" as const }) };
}

function rotation({ places }: Operator, mood: Random): Command {
  const isProvable = places.every(({ canReadBack }) => canReadBack);
  const check = mood.chance(isProvable ? 200 : 800) ? (mood.chance(850) ? "given" : "declined") : undefined;
  const finish = mood.chance(450) && (isProvable || check !== undefined);
  return {
    name: "rotate",
    ...(check && { check }),
    ...(finish && { finish }),
    ...(!finish && mood.chance(400) && { overlap: mood.magnitude(2000, 604_800_000) }),
    ...verification(mood),
    ...misuse(mood),
  };
}

/** As a rotation, without what concerns an old secret. */
function creation(operator: Operator, mood: Random): Command {
  const { finish, overlap, misuse, ...command } = rotation(operator, mood);
  return { ...command, name: "create", ...(misuse === "no sinks" && { misuse }) };
}

function verification(mood: Random): Partial<Command> {
  if (mood.chance(50)) return { isVerifyDeclined: true };
  return mood.chance(100) ? { isVerifyOwn: true } : {};
}

function misuse(mood: Random): Partial<Command> {
  return mood.chance(15) ? { misuse: mood.pick(misuses) } : {};
}

/** What an operator enters after what was just seen; undefined: nothing more. */
export function nextCommand(
  world: World,
  operator: Operator,
  mood: Random,
  isObedient: boolean,
  { error, rotation: result }: Partial<Ending>,
): Command | undefined {
  const isProvable = operator.places.every(({ canReadBack }) => canReadBack);
  const check = { ...(!isProvable && { check: "given" as const }), ...(mood.chance(60) && { isVerifyOwn: true }) };
  const advised = error ? error.nextStep : result?.nextStep;
  // Type: 0.1.0 advises "recover" too, and others may come.
  const name = ["create", "rotate", "resume", "finish", "adopt"].find((one) => one === advised) as
    | Command["name"]
    | undefined;
  if (!world.server.exists || (!error && !result && world.server.manners.isNew && mood.chance(500)))
    return creation(operator, mood);
  if (!error && !result) return { name: mood.pick(["resume", "resume", "rotate", "finish"]), ...check };
  if (isObedient || mood.chance(600)) {
    if (name === "adopt") return adoption(world, operator, mood, check);
    const endOverlap = !isObedient && error?.code === "overlap-not-over" && mood.chance(300);
    if (name === "create") return creation(operator, mood);
    if (name)
      return name === "rotate" ? rotation(operator, mood) : { name, ...check, ...(endOverlap && { endOverlap }) };
    if (isObedient) return undefined;
  }
  const accept = error?.code === "client-changed" ? changeShown(world, error.message) : undefined;
  if (accept && mood.chance(500)) return { name: mood.pick(["finish", "resume"]), acceptChange: accept, ...check };
  if (/\brecover/i.test(error?.message ?? "") && mood.chance(500)) return { name: "recover", ...check };
  if (/adopt|secret was rotated/i.test(error?.message ?? "") && mood.chance(700))
    return adoption(world, operator, mood, check);
  if (/deliver the new one again/.test(error?.message ?? "") || mood.chance(80))
    return { ...redelivery(world, operator, mood), ...check };
  const any = mood.pick(["rotate", "resume", "finish", "finish", "rest"]);
  if (any === "rest") return mood.chance(200) ? record(mood) : undefined;
  return any === "rotate" ? rotation(operator, mood) : { name: any, ...check, ...misuse(mood) };
}

/** Has the secret delivered to a sink again; now and then because that sink was a mistaken one. */
function redelivery(world: World, { places }: Operator, mood: Random): Command {
  const index = mood.between(0, places.length - 1);
  const old = places[index];
  if (old && mood.chance(300)) places[index] = world.movePlace(old);
  return { name: mood.pick(["resume", "resume", "finish"]), redeliver: [old?.name ?? ""] };
}

/** Adopts what a sink holds, unless it is what was there before. */
function adoption(world: World, { places }: Operator, mood: Random, check: object): Command | undefined {
  const isOld = (value: string) => value === "" || value === world.ledger.secrets[0]?.value;
  const found = places.find(({ value }) => !isOld(value) || (value !== "" && world.server.manners.isNew));
  const sha256 = mood.chance(600) ? (mood.chance(600) ? "right" : "wrong") : undefined;
  return found && { name: "adopt", secret: found.value, ...(sha256 && { sha256 }), ...check };
}

/** The `updated_at` that an error showed. */
function changeShown(world: World, message: string): string {
  const shown = message.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g) ?? [];
  return shown.find((time) => time === world.server.updatedAtShown) ?? shown.at(-1) ?? "none";
}
