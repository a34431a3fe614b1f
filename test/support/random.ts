/** A 32-bit number from a text (FNV-1a), so that every use of chance has a stream of its own. */
export function hash(text: string, start: number = 0x811c9dc5): number {
  let value = start;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** Splitmix32: whole numbers only, so that every Node version draws the same. */
export class Random {
  #state: number;

  constructor(seed: string) {
    this.#state = hash(seed);
  }

  /** From 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** Evenly from 0 to less than 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** True once in so many per thousand. */
  chance(perMille: number): boolean {
    return this.next() % 1000 < perMille;
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + (this.next() % (Math.floor(most - least) + 1));
  }

  /** As `between`, but half of the time every order of magnitude is as likely as the next. */
  magnitude(least: number, most: number): number {
    if (this.next() % 2) return this.between(least, most);
    let doublings = 0;
    for (let reach = Math.max(1, least); reach < most; reach *= 2) doublings++;
    const low = Math.max(1, least) * 2 ** (this.next() % Math.max(1, doublings));
    return this.between(Math.min(low, most), Math.min(low * 2, most));
  }

  pick<const T>(choices: readonly [T, ...T[]]): T {
    return choices[this.next() % choices.length] ?? choices[0];
  }
}
