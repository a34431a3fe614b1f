import { hash, Random } from "./random.ts";

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
  crash: 150,
  interrupt: 60,
  "freeze stop": 120,
  "freeze sleep": 100,
  "freeze before send": 700,
  "clock is off": 2500,
  "clock drifts": 2000,
  "clock jumps": 80,
  "journal fails before": 150,
  "journal fails after": 200,
  "journal full": 200,
  "journal slow": 200,
  "journal lags": 500,
  "journal read fails": 120,
  "sink fails": 500,
  "sink fails after": 500,
  "sink hangs": 300,
  "sink slow": 700,
  "sink forgets": 500,
  "sink rolled back": 500,
  "sink read-back fails": 300,
  "rival reacts": 120,
};

/** Which faults of a history are left out, when its trace is made shorter; or, in a scenario, which alone happen. */
export interface FaultChoice {
  /** Such as `crash` or `crash#3`. */
  readonly without?: ReadonlySet<string>;
  /** Amount by name and number, such as `{ "post response slow#0": 5000 }`: then no others happen. */
  readonly only?: Readonly<Record<string, number>> | undefined;
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
  #isOver = false;

  constructor(seed: number, choice: FaultChoice) {
    this.#seed = seed;
    this.#choice = choice;
    // Swarm testing: some histories have few kinds of faults, some have many.
    this.#share = new Random(`${seed} share`).pick([60, 120, 250, 450]);
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
      if (only[key] !== undefined) this.fired.push(key);
      return only[key];
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
      const isDrawn = random.chance(this.#share);
      const weight = isDrawn ? (random.pick([60, 200, 500]) * (scale[name] ?? 1000)) / 1000 : 0;
      stream = { random, weight, count: 0 };
      this.#streams.set(name, stream);
    }
    return stream;
  }
}

/** Every kind of fault, so that those that never occurred can be told. */
export const faultNames: readonly string[] = Object.keys(scale);
