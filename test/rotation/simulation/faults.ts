import { hash, Random } from "../../support/random.ts";

/** What can go wrong, and how likely it is at each chance to, when the history has drawn it. In thousandths of the weight. */
const scale: Readonly<Record<string, number>> = {
  "post lost before": 1000,
  "post lost after": 1000,
  "post applied late": 1000,
  "post applied too late": 200,
  "post response slow": 1000,
  "post 5xx": 500,
  "post 5xx applied": 700,
  "post 429": 500,
  "post 403": 300,
  "post html": 300,
  "delete lost before": 1000,
  "delete lost after": 1000,
  "delete applied late": 1000,
  "delete applied too late": 200,
  "delete response slow": 1000,
  "delete 5xx": 500,
  "delete 5xx applied": 700,
  "delete 429": 600,
  "delete 403": 300,
  "delete html": 300,
  "get lags": 1000,
  "get lags too long": 150,
  "get lost before": 300,
  "get response slow": 400,
  "get 5xx": 300,
  "get 429": 200,
  "get 403": 100,
  "get html": 200,
  "issuer lost before": 300,
  "issuer response slow": 300,
  "issuer 5xx": 200,
  "issuer 429": 200,
  "issuer challenges": 150,
  "issuer learns slowly": 1000,
  "post malformed": 400,
  "delete malformed": 400,
  "get malformed": 150,
  "issuer malformed": 150,
  "verify fails": 300,
  "verify is not sure": 300,
  crash: 150,
  interrupt: 300,
  "freeze stop": 180,
  "freeze sleep": 120,
  "freeze before send": 700,
  "freeze at the last read": 600,
  "freeze at the last probe": 700,
  "freeze after announcing": 700,
  "clock is off": 2500,
  "clock drifts": 2000,
  "clock jumps": 160,
  "journal fails before": 150,
  "journal fails after": 200,
  "journal full": 200,
  "journal down": 150,
  "journal slow": 200,
  "journal lags": 500,
  "journal read fails": 120,
  "sink fails": 500,
  "sink fails after": 500,
  "activation fails": 3000,
  "activation fails after": 1500,
  "sink hangs": 300,
  "sink slow": 700,
  "sink forgets": 500,
  "sink rolled back": 500,
  "sink read-back fails": 300,
  "sink peek fails": 300,
  "rival reacts": 120,
  "rival acts in a stall": 1500,
  "colleague resumes in a stall": 1500,
};

/** Kinds that hurt most together: half of the histories have one of these sets, and little else. */
const themes: readonly [readonly string[], ...(readonly string[])[]] = [
  ["freeze stop", "rival acts in a stall"],
  ["freeze at the last read", "rival acts in a stall"],
  ["freeze at the last read", "rival acts in a stall", "delete response slow"],
  ["freeze after announcing", "colleague resumes in a stall", "get lags"],
  ["freeze stop", "freeze sleep", "rival acts in a stall"],
  ["freeze sleep", "rival acts in a stall", "get response slow"],
  ["freeze stop", "colleague resumes in a stall", "get lags"],
  ["freeze stop", "colleague resumes in a stall", "journal slow", "get lags"],
  ["journal slow", "colleague resumes in a stall", "get lags"],
  ["journal slow", "rival acts in a stall"],
  ["post response slow", "colleague resumes in a stall", "freeze stop"],
  ["delete lost before", "get lags"],
  ["freeze sleep", "freeze after announcing", "journal slow"],
  ["freeze after announcing", "journal slow", "colleague resumes in a stall"],
  ["clock is off", "freeze after announcing", "colleague resumes in a stall", "get lags"],
  ["clock is off", "freeze after announcing", "colleague resumes in a stall", "get lags", "journal slow"],
  ["clock is off", "freeze after announcing", "colleague resumes in a stall", "get response slow", "get lags"],
  ["clock is off", "freeze after announcing", "colleague resumes in a stall"],
  ["interrupt", "post response slow"],
  ["journal down", "sink fails"],
  ["journal down", "crash", "journal full"],
  ["issuer learns slowly", "post response slow"],
  ["delete lost after", "delete applied late", "get lags"],
  ["post lost after", "post applied late", "get lags"],
  ["clock is off", "clock drifts", "clock jumps"],
  ["clock jumps"],
  ["freeze at the last probe", "rival acts in a stall"],
  ["freeze at the last probe", "rival acts in a stall", "crash"],
  ["clock is off", "clock jumps"],
  ["freeze after announcing"],
  ["freeze after announcing", "freeze at the last read"],
  ["journal full", "journal fails after", "crash"],
  ["rival reacts", "get lags"],
  ["rival reacts", "crash", "sink slow"],
  ["sink rolled back", "sink forgets", "sink fails after"],
  ["issuer learns slowly", "issuer challenges", "rival reacts"],
];

/** Which faults of a history are left out, when its trace is made shorter; or, in a scenario, which alone happen. */
export interface FaultChoice {
  /** Such as `crash` or `crash#3`. */
  readonly without?: ReadonlySet<string>;
  /** Amount by name and number: then no others happen. */
  readonly only?: ((name: string, number: number) => number | undefined) | undefined;
}

interface Stream {
  readonly random: Random;
  /** Per mille. */
  readonly weight: number;
  count: number;
}

/** Decides what goes wrong. Each kind of fault draws from its own stream, so that leaving one out moves no other. */
export class Faults {
  /** What happened, such as `crash#3`, in order. */
  readonly fired: string[] = [];
  readonly #seed: number;
  readonly #choice: FaultChoice;
  readonly #streams = new Map<string, Stream>();
  readonly #share: number;
  readonly #theme: readonly string[];
  #isOver = false;

  constructor(seed: number, choice: FaultChoice) {
    this.#seed = seed;
    this.#choice = choice;
    // Swarm testing: some histories have few kinds of faults, some have many.
    const random = new Random(`${seed} share`);
    const hasTheme = random.chance(500);
    this.#theme = hasTheme ? random.pick(themes) : [];
    this.#share = hasTheme ? random.pick([0, 30, 80]) : random.pick([60, 120, 250, 450]);
  }

  /** The amount of a fault, if it happens here; undefined if all goes well. */
  draw(name: string, least: number = 1, most: number = least): number | undefined {
    const stream = this.#stream(name);
    const number = stream.count++;
    const { only, without } = this.#choice;
    // Drawn whether it is used or not, so that the stream stays where it was.
    const happens = stream.random.next() % 1000 < stream.weight;
    const amount = most > least ? stream.random.magnitude(least, most) : least;
    if (this.#isOver || (!happens && !only)) return undefined;
    const key = `${name}#${number}`;
    if (only) {
      const chosen = only(name, number);
      if (chosen !== undefined) this.fired.push(key);
      return chosen;
    }
    if (without?.has(name) || without?.has(key)) return undefined;
    this.fired.push(key);
    return amount;
  }

  /** From here on everything works. */
  end(): void {
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  #stream(name: string): Stream {
    let stream = this.#streams.get(name);
    if (!stream) {
      const random = new Random(`${this.#seed} ${name} ${hash(name)}`);
      const isTheme = this.#theme.includes(name);
      const isDrawn = random.chance(this.#share) || isTheme;
      const drawn = random.pick([60, 200, 500]) * (isTheme ? 2 : 1);
      const weight = isDrawn ? (drawn * (scale[name] ?? 1000)) / 1000 : 0;
      stream = { random, weight, count: 0 };
      this.#streams.set(name, stream);
    }
    return stream;
  }
}

/** Every kind of fault, so that those that never occurred can be told. */
export const faultNames: readonly string[] = Object.keys(scale);
