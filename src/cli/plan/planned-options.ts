import { parseSink } from "../../node/index.ts";
import type { RotationState } from "../../rotation/index.ts";
import type { GivenOptions } from "../attempt/option-table.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { PlannedClient } from "./plan.ts";

/**
 * What a plan says for a client, as options of the commands on one client.
 *
 * @param underWay the rotation that they continue, if there is one; its sinks that the plan has at another place by now
 *   are replaced.
 * @throws {CommandError} `plan-changed` if the plan has other sinks than the rotation.
 */
export function optionsOf(planned: PlannedClient, underWay: RotationState | undefined): GivenOptions {
  const { sinks, activate, check, running, replicas, checkRuns, checkInterval, checkTimeout } = planned;
  const { verify, commandTimeout, overlap } = planned;
  const known = underWay ? sinks.filter(({ name }) => underWay.sinks.some((sink) => sink.name === name)) : sinks;
  return {
    ...(underWay ? { replaceSink: moved(planned, underWay) } : { to: sinks.map(({ spec }) => spec) }),
    readBack: known.flatMap(({ name, readBack }) => (readBack === undefined ? [] : [`${name}=${readBack}`])),
    readBy: known.flatMap(({ name, readBy }) => (readBy === undefined ? [] : [`${name}=${readBy}`])),
    inPlace: known.filter((sink) => sink.inPlace).map(({ name }) => name),
    activate,
    ...(check === false ? { noCheck: true } : { check, running, replicas: replicas?.toString() }),
    ...((check || running) && { checkRuns: checkRuns?.toString(), checkInterval, checkTimeout }),
    ...(verify === false ? { noVerify: true } : { verifyWith: verify }),
    commandTimeout,
    ...(!underWay && { overlap }),
  };
}

/** The sinks of a rotation that the plan has at another place by now, as `--replace-sink` takes them. */
export function moved({ sinks, name }: PlannedClient, underWay: RotationState): string[] {
  const planned = sinks.map((sink) => ({ name: sink.name, place: placeOf(parseSink(sink.spec).spec ?? "") }));
  const begun = underWay.sinks.map((sink) => ({ name: sink.name, place: placeOf(sink.spec ?? "") }));
  const missing = begun.filter((sink) => !planned.some((other) => isSame(other, sink)));
  const added = planned.filter((sink) => !begun.some((other) => isSame(other, sink)));
  if (missing.length > 0 || added.length > 0)
    throw new CommandError(
      "plan-changed",
      `A rotation of ${name} is under way that has other sinks (${begun.map((sink) => sink.name).join(", ")}) than the plan (${planned.map((sink) => sink.name).join(", ")}). Nothing was changed. Continue it with the sinks that it began with, by the command for one client. After that the plan applies.`,
    );
  return planned.flatMap((sink) => {
    const before = begun.find((other) => other.name === sink.name);
    return before && before.place !== sink.place ? [`${sink.name}=${sink.place}`] : [];
  });
}

interface Place {
  readonly name: string;
  readonly place: string;
}

function isSame(a: Place, b: Place): boolean {
  return a.name === b.name || a.place === b.place;
}

/** A sink's spec without its name. */
function placeOf(spec: string): string {
  return spec.replace(/^[A-Za-z0-9][A-Za-z0-9._-]*=(?=(exec|file|dotenv):)/, "");
}
