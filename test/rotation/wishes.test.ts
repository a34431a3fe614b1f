import { beforeEach, expect, test } from "vitest";
import { clientId, failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const hour = 3_600_000;

/** A rotation whose sink has the secret, and whose check has failed, of a caller who wants no verification. */
async function delivered(): Promise<World> {
  const world = new World();
  const check = async () => false;
  await failure(new Process(world).run("rotate", { memo: { ticket: "7" }, verify: false, check }));
  expect(await world.latest()).toMatchObject({ phase: "delivered", memo: { ticket: "7" } });
  return world;
}

test("an overlap is counted from a read, since the server's clock counts; without one nothing is read", async () => {
  for (const [overlap, reads] of [
    [0, 0],
    [hour, 1],
  ] as const) {
    const world = await delivered();
    const resume = new Process(world);
    await settle(resume.run("resume", { overlap, verify: false }));
    expect(resume.sent.filter((sent) => sent === `GET ${clientId}`)).toHaveLength(reads);
    const { server } = (await world.latest()) ?? {};
    expect(server?.verifiedAt).toEqual(reads === 0 ? undefined : expect.any(Number));
  }
});

test("what the caller notes is kept, and added to", async () => {
  for (const [memo, expected] of [
    [undefined, { ticket: "7" }],
    [{ by: "me" }, { ticket: "7", by: "me" }],
    [{ ticket: "8" }, { ticket: "8" }],
  ] as const) {
    const world = await delivered();
    const { memo: kept } = await settle(new Process(world).run("resume", { memo, verify: false }));
    expect(kept).toEqual(expected);
  }
});

test("another overlap is kept where nothing else is to be done", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate"));
  const { finishFrom } = await settle(new Process(world).run("resume", { overlap: hour }));
  expect(await world.latest()).toMatchObject({ phase: "verified", overlap: hour });
  const again = new Process(world);
  expect((await settle(again.run("resume", { overlap: hour }))).finishFrom).toEqual(finishFrom);
  expect(again.sent).toEqual([]);
});

test("a change is accepted by resume, too, and finish needs no option then", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate"));
  await world.elsewhere.rename("Another name");
  const error = await failure(new Process(world).run("finish"));
  const acceptChange = /accept the change (\S+Z)/.exec(error.message)?.[1] ?? "";
  const resume = new Process(world);
  await settle(resume.run("resume", { acceptChange }));
  expect(resume.sent).toEqual([`GET ${clientId}`]);
  expect(await world.latest()).toMatchObject({ phase: "verified", baseline: acceptChange });
  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
});

test("a change that is accepted does not make finish read the client before the overlap is over", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate", { overlap: hour }));
  const finish = new Process(world);
  expect(await failure(finish.run("finish", { acceptChange: "none" }))).toMatchObject({ code: "overlap-not-over" });
  expect(finish.sent).toEqual([]);
});

test("what the caller notes is kept although the run fails, or has nothing else to do: the next run checks by it", async () => {
  const world = await delivered();
  const check = async () => false;
  await failure(new Process(world).run("resume", { memo: { check: "strict" }, verify: false, check }));
  expect(await world.latest()).toMatchObject({ phase: "delivered", memo: { ticket: "7", check: "strict" } });
  await settle(new Process(world).run("resume", { verify: false }));
  const { memo } = await settle(new Process(world).run("resume", { memo: { check: "stricter" }, verify: false }));
  expect(memo).toEqual({ ticket: "7", check: "stricter" });
  expect(await world.latest()).toMatchObject({ phase: "verified", memo });
  await failure(new Process(world).run("finish", { memo: { check: "strict" }, verify: false, check }));
  expect(await world.latest()).toMatchObject({ phase: "verified", memo: { check: "strict" } });
});

test("a check that is declined is not declined any longer if the run fails", async () => {
  const world = await delivered();
  await failure(new Process(world).run("resume", { memo: { by: "me" }, check: false, verify: async () => "refused" }));
  expect(await world.latest()).toMatchObject({ phase: "delivered", memo: { by: "me" }, declined: { check: false } });
});
