import type { DueRule } from "./spread.ts";
import type { Window, WrittenWindow } from "./window.ts";

/** A plan as it is in its file, checked against the schema. */
export interface WrittenPlan {
  readonly account?: string;
  readonly parallel?: number;
  readonly concurrency?: number;
  readonly stopAfterFailures?: number;
  readonly requestsPer5Minutes?: number;
  readonly hooks?: WrittenHooks;
  readonly defaults?: WrittenDefaults;
  readonly clients: readonly WrittenClient[];
}

export interface WrittenHooks {
  readonly notify?: string;
  readonly audit?: string;
  readonly timeout?: string;
}

interface WrittenDefaults extends Confirming {
  readonly every?: string;
  readonly spread?: string;
  readonly window?: WrittenWindow;
  readonly overlap?: string;
}

/** How the secret is brought in and confirmed, as the options of these names do for one client. */
interface Confirming {
  readonly activate?: string;
  readonly check?: string | false;
  readonly running?: readonly string[];
  readonly replicas?: number;
  readonly checkRuns?: number;
  readonly checkInterval?: string;
  readonly checkTimeout?: string;
  readonly verify?: string | false;
  readonly commandTimeout?: string;
}

interface WrittenClient extends WrittenDefaults {
  readonly id: string;
  readonly name: string;
  readonly sinks: readonly {
    readonly name: string;
    readonly to: string;
    readonly readBack?: string;
    readonly readBy?: string;
    readonly inPlace?: boolean;
  }[];
}

/** A client of a plan, with the defaults filled in. */
export interface PlannedClient extends DueRule, Confirming {
  readonly id: string;
  /** The `client_name` that it must have. */
  readonly name: string;
  readonly sinks: readonly {
    readonly name: string;
    /** As `--to` takes it, with the name; its path is absolute. */
    readonly spec: string;
    readonly readBack: string | undefined;
    readonly readBy: string | undefined;
    readonly inPlace: boolean;
  }[];
  /** In which a rotation may begin; undefined: at any time. */
  readonly window: Window | undefined;
  readonly overlap: string | undefined;
}

/** What many clients are rotated by. */
export interface Plan {
  /** As it was given, for next commands. */
  readonly path: string;
  readonly account: string | undefined;
  readonly parallel: number;
  /** How many journals are read at once; undefined: as many as usual. */
  readonly concurrency: number | undefined;
  readonly stopAfterFailures: number;
  /** Requests to the API in any five minutes. */
  readonly budget: number;
  readonly hooks: WrittenHooks;
  readonly clients: readonly PlannedClient[];
}
