import type { NextStep, RotationState, Target } from "../../rotation/index.ts";
import { commandLine, type Invoked, shellQuote } from "../session/command-line.ts";
import { type GivenOptions, settings } from "./option-table.ts";
import { repeatedWords } from "./options.ts";
import { rotationUnderWay } from "./standing.ts";

/** The next step and its command. There is none if only a person knows what it needs. */
export interface Next {
  readonly nextStep?: NextStep | undefined;
  readonly nextCommand?: string | undefined;
}

/** What is known of a rotation that did not begin, or of a secret that only a file holds. */
interface Known {
  readonly state?: RotationState | undefined;
  readonly options?: GivenOptions;
  /** A secret that neither journal nor sink took, and the file that has it now. */
  readonly rescued?: { readonly file: string | undefined; readonly sha256: string } | undefined;
}

/** The command that takes a step. It contains no consent. */
export function nextAfter(
  invoked: Invoked,
  { clientId }: Target,
  step: NextStep | undefined,
  { state, options = {}, rescued }: Known = {},
): Next {
  const take = (nextStep: NextStep, more = ""): Next => ({
    nextStep,
    nextCommand: commandLine(invoked, nextStep, clientId, more),
  });
  if (rescued || step === "adopt") {
    const source = rescued ? rescued.file && shellQuote(`file:${rescued.file}`) : heldBy(state);
    if (source === undefined) return { nextStep: step };
    const digest = rescued?.sha256 ?? state?.sha256;
    const { finish, ...others } = options;
    const words = [`--secret-from ${source}`, digest ? `--digest ${digest}` : "", repeatedWords(others)];
    return take("adopt", words.filter(Boolean).join(" "));
  }
  if (step === undefined) return {};
  // There is no client id yet.
  if (step === "create")
    return {
      nextStep: step,
      nextCommand:
        options.name === undefined ? undefined : commandLine(invoked, step, "", repeatedWords(options, settings)),
    };
  // A rotation under way has its sinks in the journal.
  if (step !== "rotate" || rotationUnderWay(state)) return take(step);
  return options.to?.length ? take(step, repeatedWords(options)) : { nextStep: step };
}

/** A sink that has the new secret and can be read, as `--secret-from` takes it. */
function heldBy(state: RotationState | undefined): string | undefined {
  const specs = state?.sinks.filter(({ name }) => state.delivered.includes(name)).map(({ spec }) => sourceOf(spec));
  return specs?.find((source) => source !== undefined);
}

/** A sink as `--secret-from` takes it; undefined if it cannot be read. */
export function sourceOf(spec: string | undefined): string | undefined {
  const source = spec?.replace(/^[\w.-]+=(?=file:|dotenv:)/, "");
  return source !== undefined && /^(file|dotenv):/.test(source) ? shellQuote(source) : undefined;
}
