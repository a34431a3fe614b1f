import { expect, test } from "vitest";
import { clientId, gated, minute, rotate, S0, S1, S2, second, World } from "./world.ts";

for (const updatedAt of ["moves", "absent"] as const)
  test.concurrent(`a flag that is never shown does not pass for a deletion (updated_at ${updatedAt})`, async () => {
    await using world = await World.open();
    const { server } = world;
    Object.assign(server.behaviour, { flag: "absent", updatedAt });

    const first = await world.run([...rotate, "--finish"]);
    const unknown = { exit: 5, code: "outcome-unknown", nextStep: null };
    expect(world.seen(first)).toEqual({ ...unknown, posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 });
    expect(world.latest().secret).toBe(S1);
    const change = updatedAt === "absent" ? "none" : server.updatedAt;
    expect(first.report.message).toMatch(new RegExp(`finish.*--accept-change ${change}`));

    const finished = await world.run(["finish", clientId, "--accept-change", change]);
    const done = { exit: 0, code: null, nextStep: null };
    expect(world.seen(finished)).toEqual({ ...done, posts: 1, deletes: 1, accepted: [S1], sink: S1 });
    expect(world.latest().phase).toBe("done");
    expect(finished.told).not.toMatch(/only the new secret/i);
  });

test.concurrent("a read from before the rotation does not pass for a lost deletion that was applied", async () => {
  await using world = await World.open();
  const { server } = world;
  const before = world.now();
  await world.run(rotate);
  server.next("delete", { lost: "not done" });
  expect(world.seen(await world.run(["finish", clientId]))).toMatchObject({ exit: 5, code: "outcome-unknown" });

  // A replica that is 18 s behind shows the flag as it was before the POST: clear.
  server.behaviour.readsAsOf = before;
  const finishing = world.start(["finish", clientId, "--json"]);
  const reads = server.count("read");
  await world.until(() => server.count("read") > reads);
  await world.wait(10 * second);
  server.behaviour.readsAsOf = undefined;
  const done = { exit: 0, code: null, nextStep: null };
  expect(world.seen(await finishing.ended)).toEqual({ ...done, posts: 1, deletes: 2, accepted: [S1], sink: S1 });
});

test.concurrent("a read from before the rotation does not pass for a deletion that was refused with 429", async () => {
  await using world = await World.open();
  const { server } = world;
  const before = world.now();
  await world.run(rotate);
  const body = { success: false, errors: [{ code: 971, message: "Throttled" }], messages: [], result: null };
  const arrives = () => {
    server.behaviour.readsAsOf = before;
  };
  server.next("delete", { arrives, instead: { status: 429, body, headers: { "Retry-After": "90" } } });
  const refused = await world.run(["finish", clientId]);
  const failed = { exit: 1, code: "api-failed", nextStep: "finish" };
  expect(world.seen(refused)).toEqual({ ...failed, posts: 1, deletes: 1, accepted: [S0, S1], sink: S1 });
  expect(world.latest().secret).toBe(S1);

  server.behaviour.readsAsOf = undefined;
  world.passes(2 * minute);
  const done = { exit: 0, code: null, nextStep: null };
  const finished = await world.follow(refused.report.nextCommand);
  expect(world.seen(finished)).toEqual({ ...done, posts: 1, deletes: 2, accepted: [S1], sink: S1 });
});

test.concurrent("a first run delivers nothing over what was deployed while its read hung", async () => {
  await using world = await World.open();
  const { server } = world;
  // The first read after the POST takes 50 s. Meanwhile somebody else recovers, and deploys to the same sink.
  const isAfterPost = () => server.count("rotate") === 1;
  const done = () => {
    server.rotateElsewhere();
    server.deleteElsewhere();
    world.write("secret", S2);
  };
  server.next("read", { waits: 50 * second, done }, isAfterPost);
  // It shows what there was when it was sent; those that follow show how it is.
  const result = await world.run(rotate);
  const changed = { exit: 4, code: "client-changed", nextStep: null };
  expect(world.seen(result)).toEqual({ ...changed, posts: 1, deletes: 0, accepted: [S2], sink: S2 });
  expect(result.report.message).toMatch(/--accept-change|recover|adopt/);
});

for (const updatedAt of ["still", "moves"] as const)
  test.concurrent(`eleven refusals and a broken connection are a refusal, and nothing is delivered (updated_at ${updatedAt})`, async () => {
    await using world = await World.open(25);
    const { server } = world;
    server.behaviour.updatedAt = updatedAt;
    // The sink does not take it; then somebody else recovers, and deploys to the same sink.
    const first = await world.run(["rotate", clientId, ...gated]);
    expect(world.seen(first)).toMatchObject({ exit: 6, code: "delivery-failed", accepted: [S0, S1], sink: S0 });
    world.passes(minute);
    server.rotateElsewhere();
    server.deleteElsewhere();
    world.write("secret", S2);
    world.write("open", "");

    let refusals = 0;
    for (let count = 1; count <= 12; count++)
      server.next(
        "probe",
        {
          arrives: () => {
            refusals++;
          },
          ...(count === 12 && { lost: "done" }),
        },
        ({ secret }) => secret === S1,
      );
    const result = await world.run(["resume", clientId]);
    expect(world.seen(result)).toMatchObject({ nextStep: null, posts: 1, deletes: 0, accepted: [S2], sink: S2 });
    expect(["client-changed", "verification-failed"]).toContain(result.report.code);
    if (updatedAt === "still") expect(refusals).toBe(12);
  });
