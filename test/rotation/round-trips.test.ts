import { beforeEach, describe, expect, test } from "vitest";
import { MemoryJournal, type Sink } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
test("a plain rotation makes seven requests, and its finish ten", async () => {
  const world = new World();
  const rotating = new Process(world);
  await settle(rotating.run("rotate"));
  expect(rotating.sent).toEqual([
    `GET ${clientId}`, // what it was before
    "POST token", // the negative control: can secrets be verified from here?
    "POST rotate_secret",
    `GET ${clientId}`, // the baseline, by which a later change is seen
    "POST token",
    "POST token",
    "POST token",
  ]);

  const finishing = new Process(world);
  await settle(finishing.run("finish"));
  expect(finishing.sent.length + rotating.sent.length).toBeLessThanOrEqual(18);
  expect(finishing.sent).toEqual([
    `GET ${clientId}`, // the authentication method, the flag, the server's clock
    "POST token", // the negative control
    "POST token",
    "POST token",
    "POST token",
    `GET ${clientId}`, // has anybody changed it since?
    "DELETE rotate_secret",
    "POST token",
    "POST token",
    "POST token",
  ]);
});

describe("the journal is not written in vain", () => {
  const closed: Sink = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
  const written = ({ moments }: Process) =>
    moments.flatMap(({ what, point }) => (what.startsWith("append") && point === "before" ? [what] : []));

  test.each(["moves", "absent"] as const)(
    "where a delivery fails that taught nothing new (updated_at %s)",
    async (updatedAt) => {
      const world = new World({ updatedAt });
      await failure(new Process(world).run("rotate", { sinks: [closed] }));
      const resume = new Process(world);
      expect(await failure(resume.run("resume", { sinks: [closed] }))).toMatchObject({ code: "delivery-failed" });
      expect(written(resume)).toEqual([]);
    },
  );

  test("where the second delivery fails, after the first was written down", async () => {
    const rotate = new Process(new World());
    const open: Sink = { name: "first", deliver: async () => {} };
    await failure(rotate.run("rotate", { sinks: [open, closed], check: false }));
    expect(written(rotate)).toEqual(["append requesting", "append issued", "append issued again"]);
  });

  test("where a secret is adopted, of which nothing else is known", async () => {
    const world = new World();
    await settle(new Process(world).run("rotate"));
    const adopt = new Process(world);
    await settle(adopt.run("adopt", { journal: new MemoryJournal() }));
    expect(written(adopt)).toEqual(["append issued", "append delivered", "append verified"]);
  });
});
