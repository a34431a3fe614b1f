import type { Rotation, RotationEvent, RotationOptions, RotationState, Target } from "../../rotation/index.ts";
import type { Session } from "../session/session.ts";
import { type Ending, endingOf } from "./ending.ts";
import { nextAfter } from "./next-command.ts";
import type { GivenOptions } from "./option-table.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { type Look, look } from "./standing.ts";

/** What is to be done with one client. */
export interface Work {
  readonly command: "create" | "rotate" | "resume" | "finish" | "recover" | "adopt";
  readonly where: Target;
  /** The options, made from the journal's state of the client. */
  readonly options: (state: RotationState | undefined) => GivenOptions;
  readonly run: (client: Session["client"], where: Target, options: RotationOptions) => Promise<Rotation>;
  readonly onEvent: (event: RotationEvent) => void;
  /** A look at the journal that was made before; one that is fresh need not be made again. */
  readonly looked?: Look | undefined;
  /** Called before anything is sent. It throws to stop the rotation. */
  readonly approve?: (prepared: Prepared, state: RotationState | undefined) => Promise<void>;
  /** Looks at the client that was found: it throws if another one is meant. */
  readonly recognise?: RotationOptions["recognise"];
}

/** The outcome: the state of the rotation, how the command ends, and the error that ended it. */
export interface Attempt {
  readonly state: RotationState | undefined;
  readonly ending: Ending;
  readonly error?: unknown;
}

/** Does the work on one client, once. Never rejects. */
export async function attempt(session: Session, work: Work): Promise<Attempt> {
  const { client, journal, issuer, fetch, signal, signals } = session;
  const { command, where, run, recognise } = work;
  const onEvent = (event: RotationEvent): void => {
    if (event.type === "request" && (event.request === "rotate" || event.request === "create"))
      signals.secretsOnTheirWay.add(work);
    if (event.type === "phase") signals.secretsOnTheirWay.delete(work);
    work.onEvent(event);
  };
  return orEnding(session, work, async () => {
    const { prepared, state } = await ready(session, work);
    await work.approve?.(prepared, state);
    const context = { journal, issuer, fetch, signal, onEvent, recognise };
    const rotation = await run(client, where, { ...context, ...prepared }).finally(() =>
      signals.secretsOnTheirWay.delete(work),
    );
    return { state: rotation, ending: { command, exitCode: 0, ...nextAfter(session, rotation, rotation.nextStep) } };
  });
}

/** Looks at the journal, and prepares the rotation. Sends nothing. */
export async function ready(
  session: Session,
  { where, options, looked }: Work,
): Promise<{ readonly prepared: Prepared; readonly state: RotationState | undefined }> {
  const { state } = await look(session, where, looked);
  return { prepared: prepare(session, where, options(state), state), state };
}

/** What is returned, or how the command ends that has failed. */
export async function orEnding(
  session: Session,
  { command, where, options }: Work,
  act: () => Promise<Attempt>,
): Promise<Attempt> {
  try {
    return await act();
  } catch (error) {
    return { ...(await endingOf(session, { command, where, options: options(undefined) }, error)), error };
  }
}
