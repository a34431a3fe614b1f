import { expect, test } from "vitest";
import type { Kind, Received } from "./server.ts";
import { clientId, nodes, rotate, S0, S1, S2, second, World } from "./world.ts";

/** Freezes `rotate` when a request has been done, for longer than any request may take, and looks how it goes on. */
async function frozenAt(node: string, kind: Kind, isIt: (request: Received, world: World) => boolean) {
  await using world = await World.open();
  const { server } = world;
  const command = world.start([...rotate, "--timeout", "30s", "--json"], { node });
  let frozen: Received | undefined;
  server.next(kind, { done: () => command.freeze(45 * second) }, (request) => {
    if (!isIt(request, world)) return false;
    frozen = request;
    return true;
  });
  const seen = world.seen(await command.ended);
  const { requests } = server;
  const next = frozen && requests[requests.indexOf(frozen) + 1];
  // A client that has given a request up closes its connection.
  const isUsed = frozen?.closedAt === undefined || next === undefined || frozen.closedAt >= next.at;
  const probes = requests.filter(({ secret }) => secret === S1).length;
  return { seen, isUsed: frozen !== undefined && isUsed, probes };
}

const isOver = ({ server }: World) => server.count("rotate") === 1;
const moments: readonly (readonly [string, Kind, (request: Received, world: World) => boolean])[] = [
  ["the POST", "rotate", () => true],
  ["the read before the POST", "read", () => true],
  ["the read after the POST", "read", (_, world) => isOver(world)],
  ["the probe with a wrong secret", "probe", () => true],
  ["a probe with the new secret", "probe", ({ secret }) => secret === S1],
];

const unverified = [...rotate, "--no-verify"];

for (const [version, node] of nodes) {
  for (const [what, kind, isIt] of moments)
    test.concurrent(`D4: a process that is frozen during ${what} uses the response that came meanwhile (${version})`, async () => {
      const { seen, isUsed, probes } = await frozenAt(node, kind, isIt);
      const verified = { exit: 0, code: null, nextStep: "finish" };
      expect(seen).toEqual({ ...verified, posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 });
      expect({ isUsed, probes }).toEqual({ isUsed: true, probes: 3 });
    });

  test.concurrent(`D5: a response that came while the process was frozen is too old to delete on (${version})`, async () => {
    // Which read is the last before the DELETE shows where nothing is frozen.
    await using undisturbed = await World.open(1);
    await undisturbed.run(unverified);
    const before = undisturbed.server.count("read");
    await undisturbed.run(["finish", clientId], { node });
    expect(undisturbed.server.count("delete")).toBe(1);
    const last = undisturbed.server.count("read") - before;

    await using world = await World.open(1);
    const { server } = world;
    await world.run(unverified);
    const others = server.count("read") + last - 1;
    const finishing = world.start(["finish", clientId, "--json"], { node });
    const done = async () => {
      await finishing.freeze(2 * second);
      server.rotateElsewhere();
    };
    server.next("read", { done }, () => server.count("read") > others);
    const result = await finishing.ended;
    const changed = { exit: 4, code: "client-changed", nextStep: null };
    expect(world.seen(result)).toEqual({ ...changed, posts: 1, deletes: 0, accepted: [S0, S1, S2], sink: S1 });
    expect(result.report.message).toContain(`--accept-change ${server.updatedAt}`);
  });
}
