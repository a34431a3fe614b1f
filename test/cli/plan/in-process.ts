import type { ClientReport } from "../../../src/cli/plan/client-report.ts";
import type { Session } from "../../../src/cli/session/session.ts";
import { type Line, Output } from "../../../src/cli/terminal/output.ts";
import type Cloudflare from "../../../src/client/index.ts";
import type { MemoryJournal } from "../../../src/rotation/index.ts";
import type { Sandbox } from "../../../src/sandbox/index.ts";

/** Keeps the reports and the warnings, and calls for each note. */
export class NotedOutput extends Output {
  readonly reports: ClientReport[] = [];
  onNote: (text: string) => void = () => undefined;

  constructor() {
    super({ json: true, quiet: true });
  }

  override jsonList(): ReturnType<Output["jsonList"]> {
    return { add: (report) => void this.reports.push(report as ClientReport), end() {} };
  }

  override note(line: Line): void {
    this.onNote(typeof line === "string" ? line : line.text);
  }

  override warn(text: string): void {
    this.warnings.push(text);
  }

  override fail(): void {}

  override next(): void {}
}

/** What a command on a plan works with in this process. */
interface World {
  /** Where its state would be. */
  readonly folder: string;
  readonly journal: MemoryJournal;
  readonly sandbox: Sandbox;
  readonly output: Output;
  readonly client: Cloudflare;
}

/** A session of the command, in this process, so that a test can set the date. */
export function sessionOn({ folder, journal, sandbox, output, client }: World): Session {
  const aborted = new AbortController().signal;
  const signals = { aborted, secretsOnTheirWay: new Set(), nextCommand: undefined } as unknown as Session["signals"];
  return {
    ...{ options: { stateDir: folder }, output, signal: aborted, signals },
    ...{ directory: folder, journal, journalKeys: undefined },
    ...{ client, issuer: sandbox.issuer, fetch: sandbox.fetch, accountId: sandbox.accountId },
  };
}
