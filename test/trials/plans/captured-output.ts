import type { ClientReport } from "../../../src/cli/plan/client-report.ts";
import { Output } from "../../../src/cli/terminal/output.ts";

/** An output that prints nothing and passes on each client's report. */
export class CapturedOutput extends Output {
  readonly #onReport: (report: ClientReport) => void;

  constructor(onReport: (report: ClientReport) => void) {
    super({ json: true, quiet: true });
    this.#onReport = onReport;
  }

  override jsonList(): ReturnType<Output["jsonList"]> {
    return { add: (report) => this.#onReport(report as ClientReport), end() {} };
  }

  override warn(): void {}

  override fail(): void {}

  override next(): void {}
}
