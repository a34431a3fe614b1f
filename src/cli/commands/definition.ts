import type { Option } from "commander";
import type { Session } from "../session/session.ts";
import type { HelpTexts } from "../terminal/help.ts";
import type { Output } from "../terminal/output.ts";

/** A command: what it takes, its help, and what it does. */
export interface CommandDefinition<Arguments extends readonly unknown[] = readonly unknown[]> extends HelpTexts {
  readonly options?: readonly Option[];
  /** The values that its first argument may have. */
  readonly choices?: readonly string[];
  /** Does it, in a session. @returns The exit code. */
  run?(session: Session, ...given: Arguments): Promise<number>;
  /** Prints what needs no session: the user may have named a journal that does not work yet. */
  print?(output: Output, ...given: Arguments): void;
}
