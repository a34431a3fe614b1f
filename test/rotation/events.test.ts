import { beforeEach, expect, test } from "vitest";
import type { RotationEvent, Sink } from "../../src/rotation/index.ts";
import { failure, holdClock, Process, settle, showing, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
/** What an event says, in one line. */
function told(event: RotationEvent): string {
  switch (event.type) {
    case "phase":
      return `phase ${event.phase}`;
    case "request":
      return `request ${event.request}`;
    case "deliver":
    case "confirm":
      return `${event.type} ${event.sink}`;
    case "verify":
    case "verdict":
      return `${event.type} ${event.endpoint} ${event.control ? "control" : event.attempt} ${event.verdict ?? ""}`.trim();
    case "wait":
      return `wait ${event.why}`;
    default:
      return event.type;
  }
}

const control = ["verify token control", "verdict token control refused"];
const verification = [
  ...["verify token 1", "verdict token 1 accepted", "wait until the next verification"],
  ...["verify token 2", "verdict token 2 accepted", "wait until the next verification"],
  ...["verify token 3", "verdict token 3 accepted"],
];

test("whoever watches a rotation is told of every step of it, once and in order", async () => {
  const world = new World();
  const deliver = async (secret: string) => {
    world.deployed = secret;
  };
  const sinks: Sink[] = [
    { name: "service", deliver, readBack: async () => world.deployed },
    { name: "backup", deliver },
  ];
  const process = new Process(world);
  await settle(process.run("rotate", { sinks, check: async () => true, finish: true }));

  expect(process.events.map(told)).toEqual([
    ...["request read", ...control],
    ...["phase requesting", "request rotate"],
    ...["phase issued", "request read", "deliver service", "deliver backup"],
    ...["phase delivered", ...verification, "confirm service", "check"],
    ...["wait until the next check", "check", "wait until the next check", "check"],
    // What was verified and confirmed within two seconds counts, and so does the read after it.
    ...["phase verified", "request read"],
    ...["phase finishing", "request delete", ...verification],
    "phase done",
  ]);
});

test("whoever watches is told why a delivery waits, where a read lags behind our own rotation", async () => {
  const world = new World();
  const closed: Sink = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
  await failure(new Process(world).run("rotate", { sinks: [closed] }));
  const { client: before } = (await world.latest()) ?? {};
  const until = Date.now() + 3000;
  showing(world, (client) => (before && Date.now() < until ? before : client));
  const resume = new Process(world);
  await settle(resume.run("resume"));

  const waits = resume.events.filter(({ type }) => type === "wait").map(told);
  expect(waits.filter((why) => !why.includes("next verification"))).not.toEqual([]);
});

test("a downtime is announced once, however many requests it takes", async () => {
  const world = new World({
    onSecondRotation: "refuse",
    faults: [{ operation: "oauth-clients-rotate-secret", kind: "error-applied" }],
  });
  await failure(new Process(world).run("rotate"));
  const recover = new Process(world);
  await settle(recover.run("recover"));

  expect(recover.sent.filter((what) => what === "POST rotate_secret")).toHaveLength(2);
  const downtimes = recover.events.filter((event) => event.type === "downtime");
  expect(downtimes.map(({ until }) => until)).toEqual([undefined, expect.any(Number)]);
});

test("a downtime is as long in the result as it was told to be", async () => {
  const world = new World({
    latency: 700,
    onSecondRotation: "refuse",
    faults: [{ operation: "oauth-clients-rotate-secret", kind: "error-applied" }],
  });
  await failure(new Process(world).run("rotate"));
  const recover = new Process(world);
  const { downtime } = await settle(recover.run("recover"));

  const over = recover.events.filter((event) => event.type === "downtime").at(-1);
  expect(downtime).toBeGreaterThan(700);
  expect(downtime).toBe((over?.until ?? 0) - (over?.from ?? 0));
});
