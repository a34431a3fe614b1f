import type { Cloudflare } from "../../../src/client/index.ts";
import type { RotationOptions, Target } from "../../../src/rotation/index.ts";

/** What a program finds on the machine where it runs. */
export interface Machine extends Target {
  readonly cloudflare: Cloudflare;
  readonly account: { readonly account_id: string };
  /** Writes the file from which the service takes its secret when it starts. */
  writeFile(secret: string): Promise<void>;
  readFile(): Promise<string>;
  sleep(milliseconds: number): Promise<void>;
  /** The journal, and how to reach the issuer: the plain script has no use for them. */
  readonly options: Pick<RotationOptions, "fetch" | "journal" | "onEvent">;
  /** What a person asks of this run in addition. */
  readonly wishes: Pick<RotationOptions, "acceptDowntime" | "redeliver">;
}
