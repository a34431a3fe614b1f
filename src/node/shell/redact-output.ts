import { type Form, formsOf, type ViewName, views } from "./secret-forms.ts";

const mark = "[secret]";

/**
 * Cuts secrets out of a text that comes in chunks, in every form of `secret-forms.ts`.
 *
 * Text that may be the beginning of a secret is held back until more text decides. The time is linear in the length of the
 * text: each form is searched for as Knuth, Morris and Pratt do.
 */
export class OutputRedaction {
  readonly #views: readonly View[];
  /** The text that is held back, and its place in the whole text. */
  #held = "";
  #heldFrom = 0;
  /** How much of the text has been read. */
  #read = 0;
  /** What is to be cut out of the text that is held back: places in the whole text, in order, without overlaps. */
  #cuts: { readonly from: number; readonly to: number }[] = [];

  constructor(secrets: readonly string[]) {
    const forms = secrets.filter((secret) => secret !== "").flatMap(formsOf);
    this.#views = (Object.keys(views) as ViewName[])
      .map((name) => new View(views[name], distinct(forms.filter(({ view }) => view === name))))
      .filter((view) => !view.isEmpty);
  }

  /** What can be shown now. */
  push(chunk: string): string {
    for (let index = 0; index < chunk.length; index++) {
      const place = this.#read++;
      for (const view of this.#views) {
        const from = view.take(chunk.charCodeAt(index), place);
        if (from !== undefined) this.#cut(from, this.#read);
      }
    }
    this.#held += chunk;
    return this.#show(Math.min(this.#read, ...this.#views.map((view) => view.pendingFrom ?? this.#read)));
  }

  /** What is left to show when no more comes. */
  end(): string {
    return this.#show(this.#read);
  }

  /** Adds a cut that ends where the text ends now, and joins it with those that it overlaps. */
  #cut(start: number, to: number): void {
    let from = start;
    for (let last = this.#cuts.at(-1); last && last.to > from; last = this.#cuts.at(-1)) {
      from = Math.min(from, last.from);
      this.#cuts.pop();
    }
    this.#cuts.push({ from, to });
  }

  /** @param decided the place up to which no more cuts can begin. */
  #show(decided: number): string {
    let shown = "";
    let from = this.#heldFrom;
    let to = decided;
    while (this.#cuts[0]) {
      const [cut] = this.#cuts;
      // What comes may make it longer.
      if (cut.to > decided) {
        to = Math.min(cut.from, decided);
        break;
      }
      shown += this.#held.slice(from - this.#heldFrom, cut.from - this.#heldFrom) + mark;
      from = cut.to;
      this.#cuts.shift();
    }
    if (to === this.#heldFrom) return shown;
    shown += this.#held.slice(from - this.#heldFrom, to - this.#heldFrom);
    this.#held = this.#held.slice(to - this.#heldFrom);
    this.#heldFrom = to;
    return shown;
  }
}

/** The text as forms are searched for in it: without some characters. */
class View {
  readonly #dropped: ReadonlySet<number>;
  readonly #forms: readonly Form[];
  readonly #startingWith = new Map<number, number[]>();
  /** For each form, with how many of its first characters the text ends. */
  readonly #matched: Int32Array;
  /** The forms of which that is at least one, and the most of them. */
  readonly #begun: number[] = [];
  #longest = 0;
  /** The places of the latest characters in the whole text. */
  #places: number[] = [];

  constructor(dropped: string, forms: readonly Form[]) {
    this.#dropped = new Set([...dropped].map((char) => char.charCodeAt(0)));
    this.#forms = forms;
    this.#matched = new Int32Array(forms.length);
    for (const [index, { text }] of forms.entries()) {
      const code = text.charCodeAt(0);
      const others = this.#startingWith.get(code);
      if (others) others.push(index);
      else this.#startingWith.set(code, [index]);
    }
  }

  get isEmpty(): boolean {
    return this.#forms.length === 0;
  }

  /** Where the earliest form begins that the text may end in the middle of. */
  get pendingFrom(): number | undefined {
    return this.#longest === 0 ? undefined : this.#places[this.#places.length - this.#longest];
  }

  /** Takes one more character. If a form ends with it: where the longest of them begins. */
  take(code: number, place: number): number | undefined {
    if (this.#dropped.has(code)) return undefined;
    const starting = this.#startingWith.get(code);
    if (this.#begun.length === 0 && starting === undefined) return undefined;
    this.#places.push(place);
    const found = Math.max(this.#continue(code), starting === undefined ? 0 : this.#begin(starting));
    const from = found === 0 ? undefined : this.#places[this.#places.length - found];
    this.#forgetPlaces();
    return from;
  }

  /** Continues the forms that have begun, and returns the length of the longest that ends. */
  #continue(code: number): number {
    let found = 0;
    let left = 0;
    this.#longest = 0;
    for (const index of this.#begun) {
      const { text, fallback } = this.#forms[index] as Form;
      let matched = advance(text, fallback, this.#matched[index] as number, code);
      if (matched === text.length) {
        found = Math.max(found, matched);
        matched = fallback[matched - 1] as number;
      }
      this.#matched[index] = matched;
      if (matched === 0) continue;
      this.#begun[left++] = index;
      this.#longest = Math.max(this.#longest, matched);
    }
    this.#begun.length = left;
    return found;
  }

  /** Begins the forms that start with the latest character, and returns 1 if one of them is no longer. */
  #begin(starting: readonly number[]): number {
    let found = 0;
    for (const index of starting) {
      if (this.#forms[index]?.text.length === 1) found = 1;
      else if (this.#matched[index] === 0) {
        this.#matched[index] = 1;
        this.#begun.push(index);
        this.#longest = Math.max(this.#longest, 1);
      }
    }
    return found;
  }

  #forgetPlaces(): void {
    if (this.#longest === 0) this.#places.length = 0;
    else if (this.#places.length > 2 * this.#longest + 1000) this.#places = this.#places.slice(-this.#longest);
  }
}

function advance(text: string, fallback: Int32Array, from: number, code: number): number {
  let matched = from;
  while (matched > 0 && text.charCodeAt(matched) !== code) matched = fallback[matched - 1] ?? 0;
  return text.charCodeAt(matched) === code ? matched + 1 : matched;
}

function distinct(forms: readonly Form[]): Form[] {
  return [...new Map(forms.map((form) => [form.text, form])).values()];
}
