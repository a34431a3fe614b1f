import type { Recorded } from "./recording-server.ts";

interface Row {
  readonly name: string;
  readonly requests: string;
  readonly sent: boolean;
  readonly seen: boolean;
}

/** Gathers what was found, and prints it. */
export class Report {
  readonly #rows: Row[] = [];
  readonly #failures: string[] = [];
  #passed = 0;

  /** Whether something holds; `detail` says what was found if it does not. */
  check(name: string, holds: boolean, detail: string): void {
    if (holds) this.#passed++;
    else this.#failures.push(`✗ ${name}\n${detail.replace(/^/gm, "    ")}`);
  }

  /** Whether a call had the same effect through both SDKs: on the server, and on its user. */
  row(name: string, requests: readonly Recorded[], found: { sent: boolean; seen: boolean; detail: string }): void {
    const { sent, seen, detail } = found;
    this.#rows.push({ name, requests: requests.map(({ method }) => method).join(" ") || "none", sent, seen });
    this.check(name, sent && seen, detail);
  }

  /** @returns whether everything holds. */
  print(): boolean {
    const header = ["call", "requests", "sent alike", "seen alike"];
    const mark = (holds: boolean) => (holds ? "yes" : "NO");
    const lines = this.#rows.map(({ name, requests, sent, seen }) => [name, requests, mark(sent), mark(seen)]);
    const all = [header, ...lines];
    const widths = header.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
    for (const line of all)
      console.log(
        line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd(),
      );
    console.log();
    for (const failure of this.#failures) console.log(`${failure}\n`);
    console.log(`${this.#passed} passed, ${this.#failures.length} failed`);
    return this.#failures.length === 0;
  }
}
