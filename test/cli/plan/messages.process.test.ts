import { test } from "vitest";
import { fileOfMessage } from "../../../scripts/error-codes.ts";
import { faster } from "../../support/command.ts";
import { printedMessage } from "../terminal/printed-message.ts";
import { FleetPlace } from "./plan-place.ts";

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
  async "plan-changed"() {
    const fleet = await FleetPlace.open([100], {
      faults: [{ operation: "oauth-clients-rotate-secret", kind: "error" }],
    });
    await fleet.run("rotate");
    fleet.write({}, { 0: { sinks: [{ name: "other", to: "file:other" }] } });
    return fleet;
  },
};

test.concurrent.for(Object.entries(situations))("a plan prints a message for %s", async ([code, open], { expect }) => {
  await using fleet = await open();
  const words = ["rotate", "--plan", "plan.yaml", "--yes"];
  const { stdout, stderr } = await fleet.place.run(words, { environment: { ...faster } });
  // The code itself, or the same in words.
  expect([code, code.replaceAll("-", " ")].some((words) => stdout.includes(words))).toBe(true);
  await expect(printedMessage(fleet.place, words, stdout, stderr)).toMatchFileSnapshot(fileOfMessage(code));
});
