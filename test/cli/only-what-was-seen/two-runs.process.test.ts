import { expect, test } from "vitest";
import { clientId, gated, minute, rotate, S0, S1, S2, second, World } from "./world.ts";

for (const words of [rotate, ["resume", clientId]])
  test.concurrent(`${words[0]} does not take a run for dead whose POST has not been answered yet`, async () => {
    await using world = await World.open(10);
    const { server } = world;
    // The response comes five seconds after the other run has looked at the client.
    const done = () => world.until(() => server.requests.at(-1)?.kind === "read");
    server.next("rotate", { done, slow: 5 * second });
    const first = world.start([...rotate, "--json"]);
    await world.until(() => server.count("rotate") === 1);
    const other = await world.run(words);

    const locked = { exit: 4, code: "locked" };
    expect(world.seen(other)).toMatchObject({ ...locked, posts: 1, deletes: 0 });
    const verified = { exit: 0, code: null, nextStep: "finish" };
    expect(world.seen(await first.ended)).toEqual({ ...verified, posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 });
  });

test.concurrent("a rotation that another one has overtaken delivers nothing", async () => {
  await using world = await World.open();
  const { server } = world;
  // A stops before its delivery; B, with another journal, recovers and deploys.
  expect(await world.run(["rotate", clientId, ...gated])).toMatchObject({ code: 6, report: { phase: "issued" } });
  world.passes(minute);
  const elsewhere = ["--state-dir", world.path("elsewhere")];
  const recover = ["recover", clientId, "--to", "file:secret", "--accept-downtime", ...elsewhere];
  expect(world.seen(await world.run(recover))).toMatchObject({ exit: 0, accepted: [S0, S1, S2], sink: S2 });
  world.write("open", "");
  world.passes(minute);

  const resumed = await world.run(["resume", clientId]);
  const changed = { exit: 4, code: "client-changed", nextStep: null };
  expect(world.seen(resumed)).toEqual({ ...changed, posts: 2, deletes: 0, accepted: [S0, S1, S2], sink: S2 });

  await world.run(["finish", clientId, "--accept-change", server.updatedAt, ...elsewhere]);
  expect(server.secrets).toContain(world.read());
});

test.concurrent("a run whose secret is refused looks first whether another run of its journal has continued", async () => {
  await using world = await World.open();
  const { server } = world;
  // A is frozen while it verifies.
  const a = world.start([...rotate, "--json"]);
  const isOurs = ({ secret }: { readonly secret: string | undefined }) => secret === S1;
  server.next("probe", { done: () => a.freeze(), instead: { status: 503 } }, isOurs);
  await a.frozen();
  // B, with the same journal, goes on to the end, and rotates once more.
  expect(await world.run(["resume", clientId])).toMatchObject({ code: 0, report: { phase: "verified" } });
  expect(await world.run(["finish", clientId])).toMatchObject({ code: 0, report: { phase: "done" } });
  expect(await world.run([...rotate, "--finish"])).toMatchObject({ code: 0, report: { phase: "done" } });
  expect([server.secrets, world.read()]).toEqual([[S2], S2]);

  a.wake();
  const result = await a.ended;
  expect(world.seen(result)).toMatchObject({ exit: 4, code: "locked", posts: 2, deletes: 2, accepted: [S2], sink: S2 });
  expect(`${result.report.nextStep} ${result.report.message}`).not.toMatch(/recover/);
});
