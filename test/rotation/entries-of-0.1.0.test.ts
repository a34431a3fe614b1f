import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import { type Entry, journalKey, parseEntry } from "../../src/rotation/entry.ts";
import {
  MemoryJournal,
  type Rotation,
  RotationError,
  type RotationOptions,
  type Sink,
} from "../../src/rotation/index.ts";
import type { SandboxOptions } from "../../src/sandbox/index.ts";
import { clientId, failure, holdClock, Process, settle, showing, World } from "../support/rotation-world.ts";

// The latest entries of journals, as the command of 0.1.0 left them when it was interrupted, with made-up ids and addresses.
const folder = new URL("entries-0.1.0/", import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));

const [S0, S1, S9] = ["S0-secret-of-before", "S1-secret-of-ours", "S9-secret-that-nobody-holds"] as const;
const minute = 60_000;

function textOf(name: string): string {
  return readFileSync(new URL(`${name}.json`, folder), "utf8");
}

function entryOf(name: string): Entry {
  const entry = parseEntry(textOf(name));
  if (!entry) throw new Error(`${name} cannot be read`);
  return entry;
}

/** A minute after the entry was written: the server as it is then, and the journal with that entry alone. */
async function worldAfter(entry: Entry, secrets: readonly string[], options: SandboxOptions): Promise<World> {
  const { issuedAt = entry.startedAt, verifiedAt = 0, finishedAt = 0, settleUntil = 0 } = entry;
  holdClock();
  vi.setSystemTime(Math.max(issuedAt, verifiedAt, finishedAt, settleUntil) + minute);
  // Changed by our rotation, or by the deletion that came after it.
  const ours = entry.baseline ?? new Date(issuedAt).toISOString();
  const updated_at = secrets.length > 1 ? ours : new Date(Date.now() - minute / 2).toISOString();
  const client = { ...entry.client, updated_at, client_secrets: secrets };
  const journal = new MemoryJournal();
  await journal.append(journalKey(entry.accountId, clientId), 7, JSON.stringify(entry));
  const world = new World({ ...options, accountId: entry.accountId, clients: [client] }, journal);
  world.deployed = entry.delivered.includes("service") ? S1 : S0;
  return world;
}

/** Both sinks that a recorded rotation may have. */
function sinksOf(world: World, entry: Entry): Sink[] {
  let vault: string = entry.delivered.includes("vault") ? S1 : S0;
  const sinks: Sink[] = [
    {
      name: "service",
      deliver: async (secret) => {
        world.deployed = secret;
      },
      readBack: async () => world.deployed,
    },
    {
      name: "vault",
      deliver: async (secret) => {
        vault = secret;
      },
      readBack: async () => vault,
    },
  ];
  return sinks.filter(({ name }) => entry.sinks.some((sink) => sink.name === name));
}

type Command = "rotate" | "resume" | "finish";

/** Does what each end of a run says comes next, until it is done or a person has to decide; which ends the list. */
async function lead(world: World, first: Command, options: Partial<RotationOptions>): Promise<string[]> {
  const steps: string[] = [];
  let next: string | undefined = first;
  while (next === "rotate" || next === "resume" || next === "finish") {
    if (steps.push(next) > 8) throw new Error(`not done after ${steps.join(", ")}`);
    try {
      const { phase, nextStep }: Rotation = await settle(new Process(world).run(next, options));
      if (phase === "done") return [...steps, "done"];
      next = nextStep;
    } catch (error) {
      if (!(error instanceof RotationError)) throw error;
      next = error.nextStep;
      if (error.code === "overlap-not-over") vi.setSystemTime(Date.now() + 7 * 24 * 60 * minute);
      else if (next !== "rotate" && next !== "resume" && next !== "finish") return [...steps, error.code];
    }
  }
  return [...steps, "nothing comes next"];
}

test("a recorded entry of 0.1.0 can be read, whatever its phase", () => {
  const phases = names.map((name) => entryOf(name).phase);
  expect(new Set(phases)).toEqual(
    new Set(["requesting", "issued", "delivered", "verified", "finishing", "recovering", "done"]),
  );
});

test("a recorded entry of 0.1.0 holds no path of a machine", () => {
  for (const name of names) expect(textOf(name)).not.toMatch(/"[^"]*(\/(home|tmp|root|Users|work|var)\/|127\.0\.0\.1)/);
});

interface Case {
  readonly entry: string;
  readonly title: string;
  readonly secrets: readonly string[];
  readonly first: Command;
  readonly steps: readonly string[];
  readonly behaviour?: SandboxOptions;
  /** What a person decides, where nothing comes next of itself, and how it goes on. */
  readonly decided?: {
    readonly decision: "accept the change" | "accept the downtime";
    readonly steps: readonly string[];
  };
}

const refuse: SandboxOptions = { onSecondRotation: "refuse" };
const keep: SandboxOptions = { onSecondRotation: "keep" };
const onward = ["resume", "finish", "done"];

const cases: readonly Case[] = [
  {
    entry: "requesting",
    title: "whose POST was applied",
    secrets: [S0, S1],
    first: "resume",
    steps: ["resume", "secret-missing"],
    decided: { decision: "accept the downtime", steps: ["rotate", "finish", "done"] },
  },
  { entry: "requesting", title: "whose POST was not applied", secrets: [S0], first: "resume", steps: onward },
  { entry: "issued", title: "that no sink has taken", secrets: [S0, S1], first: "resume", steps: onward },
  { entry: "issued-before-the-baseline", title: "without a read", secrets: [S0, S1], first: "resume", steps: onward },
  { entry: "issued-one-of-two-sinks", title: "half delivered", secrets: [S0, S1], first: "resume", steps: onward },
  { entry: "delivered", title: "not verified", secrets: [S0, S1], first: "resume", steps: onward },
  { entry: "verified", title: "at rest", secrets: [S0, S1], first: "finish", steps: ["finish", "done"] },
  { entry: "verified", title: "that is resumed", secrets: [S0, S1], first: "resume", steps: onward },
  { entry: "verified-with-two-sinks", title: "", secrets: [S0, S1], first: "finish", steps: ["finish", "done"] },
  {
    entry: "verified-with-an-overlap",
    title: "that is finished too soon",
    secrets: [S0, S1],
    first: "finish",
    steps: ["finish", "finish", "done"],
  },
  {
    entry: "verified-without-a-baseline",
    title: "",
    secrets: [S0, S1],
    first: "finish",
    behaviour: { updatedAt: "still" },
    steps: ["finish", "client-changed"],
    decided: { decision: "accept the change", steps: ["finish", "done"] },
  },
  { entry: "finishing", title: "whose DELETE was applied", secrets: [S1], first: "finish", steps: ["finish", "done"] },
  {
    entry: "finishing",
    title: "whose DELETE was not applied",
    secrets: [S0, S1],
    first: "finish",
    steps: ["finish", "done"],
  },
  { entry: "finishing", title: "that is resumed", secrets: [S0, S1], first: "resume", steps: ["resume", "done"] },
  {
    entry: "recovering",
    title: "whose DELETE was applied",
    secrets: [S9],
    first: "resume",
    behaviour: refuse,
    steps: onward,
  },
  {
    entry: "recovering",
    title: "whose DELETE was not applied",
    secrets: [S0, S9],
    first: "resume",
    behaviour: refuse,
    steps: onward,
  },
  { entry: "issued-by-a-recovery", title: "", secrets: [S0, S9, S1], first: "resume", behaviour: keep, steps: onward },
  { entry: "done", title: "", secrets: [S1], first: "finish", steps: ["finish", "done"] },
  {
    entry: "done",
    title: "that is rotated again",
    secrets: [S1],
    first: "rotate",
    steps: ["rotate", "finish", "done"],
  },
  { entry: "abandoned", title: "", secrets: [S0], first: "rotate", steps: ["rotate", "finish", "done"] },
  {
    entry: "adopted",
    title: "",
    secrets: [S0, S1],
    first: "finish",
    steps: ["finish", "client-changed"],
    decided: { decision: "accept the change", steps: ["finish", "done"] },
  },
];

describe("a rotation that 0.1.0 began", () => {
  test.each(cases.map((one) => [`${one.entry} ${one.title}`.trimEnd(), one] as const))(
    "comes to an end: %s",
    async (_, { entry: name, secrets, first, steps, behaviour = keep, decided }) => {
      const entry = entryOf(name);
      const world = await worldAfter(entry, secrets, behaviour);
      const sinks = sinksOf(world, entry);
      expect(await lead(world, first, { sinks })).toEqual(steps);
      if (decided) {
        const { accountId: account_id, apiToken, baseURL, fetch } = world.sandbox;
        const { oauthClients } = new Cloudflare({ apiToken, baseURL, fetch }).iam;
        const { updated_at: acceptChange } = await oauthClients.get(clientId, { account_id });
        const consent = decided.decision === "accept the change" ? { acceptChange } : { acceptDowntime: true };
        const goesOn = decided.decision === "accept the change" ? "finish" : "rotate";
        expect(await lead(world, goesOn, { sinks, ...consent })).toEqual(decided.steps);
      }
      // What is deployed everywhere is the one secret that is left.
      const deployed = await Promise.all(
        sinks.map((sink) => sink.readBack?.({ signal: new AbortController().signal })),
      );
      expect(new Set(deployed)).toEqual(new Set(world.sandbox.secretsOf(clientId)));
      if (!entry.acceptDowntime && decided?.decision !== "accept the downtime") expect(world.outages).toEqual([]);
    },
  );

  test("is held against what that saw of its secret, so that a change just after it is noticed", async () => {
    const entry = entryOf("issued");
    const world = await worldAfter(entry, [S0, S1], keep);
    const sinks = sinksOf(world, entry);
    showing(world, (client) => ({ ...client, updated_at: new Date((entry.issuedAt ?? 0) + 1500).toISOString() }));
    expect(await failure(new Process(world).run("resume", { sinks }))).toMatchObject({ code: "client-changed" });
    expect(world.deployed).toBe(S0);
  });

  test("has a case for every recorded entry", () => {
    expect(new Set(cases.map(({ entry }) => entry))).toEqual(new Set(names));
  });
});

test.each(["", "{", "null", "1", '"entry"', "[]", "{}", '{"version":1}', '{"version":2,"phase":"done"}'])(
  "a text that is no entry is none: %s",
  (text) => {
    expect(parseEntry(text)).toBeUndefined();
  },
);
