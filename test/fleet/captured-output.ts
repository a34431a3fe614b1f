import { Output } from "../../src/cli/output.ts";

/** An output that keeps the result, and shows nothing. */
export class CapturedOutput extends Output {
  value: object | undefined;

  constructor() {
    super({ json: true, quiet: true });
  }

  override json(value: object): void {
    this.value = value;
  }

  override warn(text: string): void {
    this.warnings.push(text);
  }

  override fail(): void {}

  override next(): void {}
}
