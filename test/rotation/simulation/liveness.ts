import type { Ending, Operator } from "./operator.ts";
import type { Command } from "./process.ts";
import type { World } from "./world.ts";

/** How many commands may be needed, once faults have stopped. */
const mostCommands = 8;
/** Ten years, the longest overlap, in ms. */
const longestWait = 3650 * 86_400_000;

/** `liveness`: an operator who does what `nextStep` says, and nothing else, comes to an end. One operator after the other. */
export function follow(world: World, operators: readonly Operator[], seed: number, onEnd: () => void): void {
  const { ledger, places, scheduler } = world;
  const isAlive = (value: string) => ledger.lifeOf(value)?.diedAt === undefined;
  // What a documented limit has excused is no fault of what came after it.
  const excused = () =>
    Object.entries(ledger.excuses).reduce(
      (sum, [name, count]) => sum + (name.startsWith("deployed-died") ? count : 0),
      0,
    );
  const excusedBefore = excused();
  const aliveBefore = places.filter(({ value }) => isAlive(value));
  const journals = new Set<string>();
  const turns = operators.filter(({ journal }) => !journals.has(journal.name) && journals.add(journal.name));

  const next = (turn: number) => {
    const operator = turns[turn];
    if (!operator) {
      for (const place of aliveBefore)
        if (!isAlive(place.value) && excused() === excusedBefore)
          ledger.break("liveness", `${place.name} holds a dead secret, and held a live one when faults stopped`);
      return onEnd();
    }
    const commands: string[] = [];
    const endings: string[] = [];
    // Most operators have a check where their sinks cannot be read back; the others must be told to decide.
    const needsCheck = !operator.places.every(({ canReadBack }) => canReadBack);
    const check = needsCheck && seed % 4 > 0 ? { check: "given" as const } : {};
    const enter = (name: Command["name"]) => {
      commands.push(name);
      const isCircle = endings.length > 3 && new Set(endings.slice(-4)).size === 1;
      if (isCircle || commands.length > mostCommands) {
        const last = endings.at(-1);
        ledger.break("liveness", `${last} again and again, ${operator.name} came to no end by ${commands.join(", ")}`);
        return next(turn + 1);
      }
      operator.enter({ name, ...check }, (ending) => {
        endings.push(`${name}: ${ending.error?.code ?? ending.rotation?.phase}`);
        const then = nextOf(ending);
        if (!then) return next(turn + 1);
        scheduler.after(Math.max(1000, waitOf(ending, operator, scheduler.now)), () => enter(then));
      });
    };
    enter(world.server.manners.isNew ? "create" : seed % 3 === 0 ? "rotate" : "resume");
  };
  next(0);
}

const followed: readonly string[] = ["create", "rotate", "resume", "finish"];

function nextOf({ rotation, error }: Ending): Command["name"] | undefined {
  const next = rotation ? rotation.nextStep : error?.nextStep;
  return followed.find((name) => name === next) as Command["name"] | undefined;
}

/** Until the overlap is over, as the journal has it. */
function waitOf({ error, rotation }: Ending, { journal }: Operator, now: number): number {
  if (!rotation && error?.code !== "overlap-not-over") return 0;
  const [said] = error?.message.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/) ?? [];
  if (said) return Math.min(Date.parse(said) - now + 1000, longestWait);
  const { verifiedAt = 0, overlap = 0 } = journal.latest?.entry ?? {};
  return Math.min(verifiedAt + overlap - now + 3000, longestWait);
}
