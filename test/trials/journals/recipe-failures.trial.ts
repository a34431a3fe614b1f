import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../../src/cli/commands/journal-recipes.ts";
import { execJournal } from "../../../src/node/index.ts";
import { Recipe, stores } from "../../support/journal-recipe.ts";
import type { Call, Faults } from "../../support/journal-stand-ins/stand-in.ts";

const key = crypto.getRandomValues(new Uint8Array(32));
/** A client whose id is what the stores say of an entry that exists, or does not. */
const log =
  "023e105f4ecef8ad9ca31a8372d0c353/(PreconditionFailed)(NoSuchKey)(ParameterAlreadyExists)(ParameterNotFound)";
const sealedEntry = '{"sealed":1,"data":"c2VhbGVk"}';

interface Given {
  readonly input?: string;
  readonly faults?: Faults;
  readonly environment?: Readonly<Record<string, string>>;
}

describe.each(stores)("the recipe for %s", (store) => {
  let recipe: Recipe;
  beforeEach(() => {
    recipe = new Recipe(store);
  });
  afterEach(() => recipe.close());

  const run = (words: readonly string[], { input = "", ...given }: Given = {}) =>
    spawnSync("sh", ["-c", `${recipe.command(given)} "$@"`, "sh", ...words], { input, encoding: "utf8" });
  const append = (sequence: number, given: Given = {}) =>
    run(["append", log, String(sequence)], { input: sealedEntry, ...given });
  /** What neither succeeds nor says that the sequence is taken, nor that there is none. */
  const failed = { status: 1, stdout: "", stderr: expect.stringMatching(/\S/) };

  describe.each(["network", "denied"] as const)("where the store fails (%s)", (kind) => {
    test.each([
      ["latest", ["latest", log], words(store).list],
      ["latest, having listed", ["latest", log], words(store).read],
      ["append", ["append", log, "2"], words(store).create],
      ["append of what is taken", ["append", log, "1"], words(store).create],
      ["erase", ["erase", log, "2"], words(store).list],
      ["erase, having listed", ["erase", log, "2"], words(store).remove],
    ])("fails at %s", (_, given, word) => {
      expect(append(1)).toMatchObject({ status: 0, stdout: "" });
      const ended = run(given, { input: sealedEntry, faults: { share: 1, when: "before", kind, word } });
      expect(ended).toMatchObject({ ...failed, status: expect.not.toBeOneOf([0, 9]) });
      expect(run(["latest", log]).stdout).toBe(
        `1 only\n${sealedEntry}`.concat(store === "parameter-store" ? "\n" : ""),
      );
    });
  });

  test("fails where its program is not installed, whatever it is asked", () => {
    for (const action of ["latest", "append", "erase"]) {
      const environment = { PATH: "/usr/bin:/bin" };
      expect(run([action, log, "1"], { input: sealedEntry, environment }).status).not.toBeOneOf([0, 9]);
    }
  });

  test("fails for a folder, a bucket or a mount that does not exist", () => {
    const environment = { JOURNAL_BUCKET: "another", JOURNAL_MOUNT: "another", JOURNAL_PREFIX: "/a b" };
    expect(append(1, { environment }).status).not.toBeOneOf([0, 9]);
    expect(run(["latest", log], { environment })).toMatchObject({ ...failed, status: expect.not.toBeOneOf([0, 9]) });
  });

  test.each(["", sealedEntry.slice(0, 12), `${sealedEntry}\n`])(
    "stores nothing of an entry that is cut: %j",
    (input) => {
      expect(append(1, { input })).toMatchObject(failed);
      expect(run(["latest", log])).toMatchObject({ status: 0, stdout: "" });
    },
  );

  test("lists again where what it reads has been erased since, and does not take that for nothing", () => {
    append(1);
    const gone = (share: number): Faults => ({ share, when: "before", kind: "gone", word: words(store).read });
    for (let times = 0; times < 5; times++)
      expect(run(["latest", log], { faults: gone(0.3) })).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^1 only\n/),
      });
    expect(run(["latest", log], { faults: gone(1) })).toMatchObject(failed);
  });

  test("names a log by what every store takes, and tells it from one that is named like that", () => {
    run(["append", "a/b *\u00e9", "1"], { input: sealedEntry });
    const isIn = ({ argv }: Call) => argv.some((word) => /(^|\/)a\.2fb\.20\.2a\.c3\.a9\/1$/.test(word));
    expect(recipe.calls.filter(isIn)).toHaveLength(1);
    expect(run(["latest", "a.2fb.20.2a.c3.a9"])).toMatchObject({ status: 0, stdout: "" });
  });

  test("an append that is answered by nothing may have been made, and is found then", () => {
    expect(
      append(1, { faults: { share: 1, when: "after", kind: "network", word: words(store).create } }),
    ).toMatchObject(failed);
    expect(append(1).status).toBe(9);
    expect(run(["latest", log]).stdout).toMatch(/^1 only\n/);
  });

  test("keeps its promises where a third of the calls fail, before or after they are made", async () => {
    const faults: Faults = { share: 0.33, when: "either", kind: "network" };
    const open = () => execJournal({ command: recipe.command({ faults }), key, onOutput: () => undefined });
    const runners = [open(), open()];
    for (let sequence = 1; sequence <= 6; sequence++) {
      const won = await Promise.all(
        runners.map((runner, index) => untilKnown(() => runner.append(log, sequence, `${index}`))),
      );
      expect(won.filter(Boolean).length).toBeLessThanOrEqual(1);
      const latest = await untilKnown(() => runners[0]?.latest(log));
      expect(latest).toMatchObject({ sequence });
      // Nobody has, who has been told that the sequence is taken: by its own first try, perhaps.
      if (won.includes(true)) expect(latest?.entry).toBe(`${won.indexOf(true)}`);
      await untilKnown(() => runners[1]?.erase(log, sequence));
    }
  });

  test("passes no entry in an argument, and calls nothing but its one program", async () => {
    const journal = execJournal({ command: recipe.command(), key });
    await journal.append(log, 1, "first");
    await journal.append(log, 1, "second");
    await journal.latest(log);
    await journal.erase(log, 2);
    expect(recipe.calls.length).toBeGreaterThan(4);
    expect(new Set(recipe.calls.map(({ program }) => program)).size).toBe(1);
    expect(JSON.stringify(recipe.calls)).not.toMatch(/sealed|data":/);
    for (const { argv } of recipe.calls) for (const word of argv) expect(word.length).toBeLessThan(300);
  });
});

test.each(["s3", "r2", "parameter-store"] as const)(
  "the recipe for %s tries again where a request was in another's way",
  (store) => {
    const recipe = new Recipe(store);
    try {
      const faults: Faults = { share: 0.5, when: "before", kind: "conflict", word: words(store).create };
      for (let sequence = 1; sequence <= 5; sequence++) {
        const line = `${recipe.command({ faults })} append key ${sequence}`;
        expect(spawnSync("sh", ["-c", line], { input: sealedEntry }).status).toBe(0);
      }
    } finally {
      recipe.close();
    }
  },
);

test("the recipe for vault begins nothing on a mount that has no check-and-set", () => {
  const recipe = new Recipe("vault");
  try {
    const line = `${recipe.command({ environment: { JOURNAL_MOUNT: "old" } })} append key 1`;
    const ended = spawnSync("sh", ["-c", line], { input: sealedEntry, encoding: "utf8" });
    expect(ended).toMatchObject({ status: 1, stderr: "the mount is not KV version 2\n" });
  } finally {
    recipe.close();
  }
});

/** The words by which the calls of a recipe are told apart. */
function words(store: Store): Record<"list" | "read" | "create" | "remove", string> {
  if (store === "vault") return { list: "list", read: "get", create: "put", remove: "delete" };
  if (store === "parameter-store")
    return {
      list: "get-parameters-by-path",
      read: "get-parameter",
      create: "put-parameter",
      remove: "delete-parameters",
    };
  return { list: "list-objects-v2", read: "get-object", create: "put-object", remove: "delete-object" };
}

async function untilKnown<Result>(ask: () => Promise<Result> | undefined): Promise<Result | undefined> {
  for (;;) {
    try {
      return await ask();
    } catch {
      // Asked again.
    }
  }
}
