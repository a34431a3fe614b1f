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
    test.concurrent(`a process that is frozen during ${what} uses the response that came meanwhile (${version})`, async () => {
      const { seen, isUsed, probes } = await frozenAt(node, kind, isIt);
      const verified = { exit: 0, code: null, nextStep: "finish" };
      expect(seen).toEqual({ ...verified, posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 });
      expect({ isUsed, probes }).toEqual({ isUsed: true, probes: 3 });
    });

  // Where a finish reads once, that read is the last before the DELETE; where it reads twice, the second.
  for (const [count, name] of [
    [1, "first"],
    [2, "second"],
  ] as const)
    test.concurrent(`a ${name} read whose response came while the process was frozen is too old to delete on (${version})`, async () => {
      // At its true speed, since fractions of a second count.
      await using world = await World.open(1);
      const { server } = world;
      await world.run(unverified);
      const others = server.count("read") + count - 1;
      const finishing = world.start(["finish", clientId, "--json"], { node });
      let isFrozen = false;
      const done = async () => {
        await finishing.freeze(2 * second);
        isFrozen = true;
        server.rotateElsewhere();
      };
      server.next("read", { done }, () => server.count("read") > others);
      const result = await finishing.ended;
      if (!isFrozen && count > 1) return;
      const changed = { exit: 4, code: "client-changed", nextStep: null };
      expect(world.seen(result)).toEqual({ ...changed, posts: 1, deletes: 0, accepted: [S0, S1, S2], sink: S1 });
      expect(result.report.message).toContain(`--accept-change ${server.updatedAt}`);
    });
}
