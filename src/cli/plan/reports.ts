import type { Output } from "../terminal/output.ts";
import { formatTable } from "../terminal/table.ts";
import { type ClientReport, shownNext } from "./client-report.ts";
import type { PlannedClient } from "./plan.ts";

/** From the worst: what may have left a secret that nobody holds comes first, what changed nothing last. */
const severity = [5, 6, 7, 3, 1, 2, 4];

/** The worst of the exit codes of many clients. */
export function worstOf(codes: ReadonlySet<number>): number {
  const [first = 0] = codes;
  return severity.find((code) => codes.has(code)) ?? first;
}

/** Writes the report on each client of a plan as it comes, and keeps only the rows of the table. */
export class Reports {
  readonly #output: Output;
  readonly #list: ReturnType<Output["jsonList"]>;
  readonly #rows = new Map<PlannedClient, readonly string[]>();
  readonly #counts = new Map<string, number>();
  /** When each next command will work for one of the clients, in ms since the epoch. */
  readonly #nextCommands = new Map<string, number>();
  readonly #exitCodes = new Set<number>();

  /** @param head the first fields of the result in JSON. */
  constructor(output: Output, head: object) {
    this.#output = output;
    this.#list = output.jsonList(head, "clients");
  }

  add(planned: PlannedClient, report: ClientReport): void {
    const { name, clientId, result, code, phase, nextCommand, exitCode } = report;
    // Some results say as much as their codes.
    const isPlain = code === null || code === result.replaceAll(" ", "-") || result === "no secret";
    const shownResult = isPlain ? result : `${result}: ${code}`;
    // The phase of the last rotation says nothing of one that has not begun.
    const shownPhase = result === "would be rotated" && phase === "done" ? null : phase;
    this.#rows.set(planned, [name, clientId, shownResult, shownPhase ?? "–", shownNext(report, planned)]);
    this.#counts.set(result, (this.#counts.get(result) ?? 0) + 1);
    if (nextCommand !== null) this.#addNext(nextCommand, report.nextStep === "finish" ? report.finishFrom : null);
    if (exitCode !== 0) this.#exitCodes.add(exitCode);
    this.#list.add(report);
  }

  #addNext(command: string, from: string | null): void {
    const others = this.#nextCommands.get(command) ?? Number.POSITIVE_INFINITY;
    this.#nextCommands.set(command, Math.min(others, from === null ? 0 : Date.parse(from)));
  }

  /** The worst exit code so far. */
  get worst(): number {
    return worstOf(this.#exitCodes);
  }

  /** Prints the table, in the order of the plan, and ends the JSON. */
  async end(clients: readonly PlannedClient[], exitCode: number): Promise<void> {
    const rows = clients.flatMap((planned) => {
      const row = this.#rows.get(planned);
      return row ? [row] : [];
    });
    const output = this.#output;
    const head = ["NAME", "CLIENT", "RESULT", "PHASE", "NEXT"];
    output.result(...(await formatTable([head, ...rows], { spare: ["CLIENT", "PHASE"] })));
    output.result("", `${[...this.#counts].map(([result, count]) => `${count} ${result}`).join(", ")}`);
    for (const [line, from] of this.#nextCommands) output.next(line, from > Date.now() ? new Date(from) : undefined);
    this.#list.end({ ok: exitCode === 0, exitCode, warnings: output.warnings });
  }
}
