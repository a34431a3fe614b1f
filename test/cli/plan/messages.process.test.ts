import { join } from "node:path";
import { test } from "vitest";
import { fileOfMessage } from "../../../scripts/error-codes.ts";
import { FileJournal } from "../../../src/node/index.ts";
import { countFailure } from "../../../src/rotation/index.ts";
import { faster } from "../../support/command.ts";
import { printedMessage } from "../terminal/printed-message.ts";
import { FleetPlace, id } from "./plan-place.ts";

/** A plan whose command ends with a code for one of its clients. */
const situations: Readonly<Record<string, () => Promise<FleetPlace>>> = {
  "age-not-known": () => FleetPlace.open([null]),
  async "name-mismatch"() {
    const fleet = await FleetPlace.open([100]);
    fleet.write({}, { 0: { name: "another name" } });
    return fleet;
  },
  async "not-started"() {
    const fleet = await FleetPlace.open([101, 100]);
    fleet.write({ parallel: 1 }, { 0: { name: "another name" } });
    return fleet;
  },
  stuck: () => failedBefore(5),
  "waiting-after-failure": () => failedBefore(2),
  async "plan-changed"() {
    const fleet = await FleetPlace.open([100], {
      faults: [{ operation: "oauth-clients-rotate-secret", kind: "error" }],
    });
    await fleet.run("rotate");
    fleet.write({}, { 0: { sinks: [{ name: "other", to: "file:other" }] } });
    return fleet;
  },
};

/** A plan with a client that has failed so often. */
async function failedBefore(times: number): Promise<FleetPlace> {
  const fleet = await FleetPlace.open([100]);
  const { accountId } = fleet.place.sandbox;
  const journal = new FileJournal(join(fleet.place.stateDirectory, "journal"));
  for (let count = 0; count < times; count++) await countFailure({ accountId, clientId: id(0) }, { journal });
  return fleet;
}

test.concurrent.for(Object.entries(situations))("a plan prints a message for %s", async ([code, open], { expect }) => {
  await using fleet = await open();
  const words = ["rotate", "--plan", "plan.yaml", "--yes"];
  const { stdout, stderr } = await fleet.place.run(words, { environment: { ...faster } });
  // The code itself, or the same in words.
  expect([code, code.replaceAll("-", " ")].some((words) => stdout.includes(words))).toBe(true);
  await expect(printedMessage(fleet.place, words, stdout, stderr)).toMatchFileSnapshot(fileOfMessage(code));
});
