const minute = 60_000;
const day = 1440 * minute;

/** The days of the week, as a plan names them, in the order of `Date.getUTCDay`. */
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** A window as a plan has it. */
export interface WrittenWindow {
  readonly days?: readonly (typeof days)[number][];
  readonly from?: string;
  readonly to?: string;
  readonly zone?: string;
}

/** A span in which the window is open, in ms since the epoch. */
export interface Opening {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * The hours in which a rotation may begin. The clock on the wall decides: an hour that it skips in spring is missing from the
 * window, and an hour that it repeats in autumn is in it twice.
 *
 * All times on the wall are numbers here as they would be in UTC.
 */
export class Window {
  readonly #days: ReadonlySet<number>;
  /** On the wall, in ms since midnight; `to` is later than `from`, also over midnight. */
  readonly #from: number;
  readonly #to: number;
  readonly #zone: string;

  /** @throws {RangeError} if there is no such zone. */
  constructor({ days: open = days, from = "00:00", to = "24:00", zone = "UTC" }: WrittenWindow) {
    this.#days = new Set(open.map((name) => days.indexOf(name)));
    this.#from = sinceMidnight(from);
    const end = sinceMidnight(to);
    this.#to = end > this.#from ? end : end + day;
    this.#zone = zone;
    offsetAt(zone, 0);
  }

  /** A time as the clock on the wall shows it, with the zone: `2026-11-30 22:00 Europe/Berlin`. */
  timeOnWall(time: Date | number): string {
    const inUTC = new Date(time).getTime();
    const onWall = new Date(inUTC + offsetAt(this.#zone, inUTC)).toISOString();
    return `${onWall.slice(0, 16).replace("T", " ")} ${this.#zone}`;
  }

  /**
   * The openings in their order, without end.
   *
   * @param after in ms since the epoch; the first opening ends later than that.
   */
  *openings(after: number): Generator<Opening> {
    const today = Math.floor((after + offsetAt(this.#zone, after)) / day);
    // Yesterday's may reach over midnight.
    for (let date = today - 1; ; date++) {
      if (!this.#days.has(new Date(date * day).getUTCDay())) continue;
      const onWall = { from: date * day + this.#from, to: date * day + this.#to };
      for (const opening of spansOf(onWall, this.#zone)) if (opening.to > after) yield opening;
    }
  }
}

function sinceMidnight(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return (hours * 60 + minutes) * minute;
}

/** The spans in which the clock on the wall shows a time of a span: two if the clock is set back meanwhile, none if it skips that. */
function spansOf({ from, to }: Opening, zone: string): Opening[] {
  // No zone is further from UTC than this.
  const [start, end] = [from - day, to + day];
  const before = offsetAt(zone, start);
  const after = offsetAt(zone, end);
  if (before === after) return [{ from: from - before, to: to - before }];
  const change = changeBetween(start, end, zone);
  const spans = [
    { from: from - before, to: Math.min(to - before, change) },
    { from: Math.max(from - after, change), to: to - after },
  ].filter((span) => span.from < span.to);
  const [first, second] = spans;
  return first && second && first.to === second.from ? [{ from: first.from, to: second.to }] : spans;
}

/** When the clock is changed between two moments; by bisection, as `Intl` does not tell. */
function changeBetween(start: number, end: number, zone: string): number {
  const before = offsetAt(zone, start);
  let [low, high] = [start, end];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the clock of a zone is ahead of UTC, in ms. */
function offsetAt(zone: string, time: number): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
  }
  const name = format.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes, seconds = 0] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name) ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * minute + Number(seconds) * 1000);
}
