import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clientId, faster, fasterByCommand, Place } from "../../support/command.ts";
import { journalCommand } from "../../support/journal-command.ts";

const environment = { ...faster };
const key = Buffer.alloc(32, 7).toString("base64");

/** The options of a journal that is kept by a command, in a folder that every "runner" reaches. */
function remote(place: Place): { words: string[]; environment: Record<string, string> } {
  const command = journalCommand(place.path("journal.sh"), place.path("store"));
  return { words: ["--journal", `exec:${command}`], environment: { ...fasterByCommand, CF_OAUTH_JOURNAL_KEY: key } };
}

test.concurrent("keygen prints 32 random bytes in base64, another each time", async () => {
  await using place = await Place.open();
  const keys = [(await place.run(["keygen"])).stdout.trim(), (await place.run(["keygen"])).stdout.trim()];
  for (const one of keys) expect(Buffer.from(one, "base64")).toHaveLength(32);
  expect(keys[0]).not.toBe(keys[1]);
  // Also where the journal is named already, which cannot be opened without.
  expect(await place.run(["keygen"], { environment: { CF_OAUTH_JOURNAL: "exec:./journal.sh" } })).toMatchObject({
    code: 0,
  });
});

describe.concurrent("a journal that is kept by a command", () => {
  test("lets one runner begin and another finish, with nothing on their disks", async () => {
    await using place = await Place.open();
    const { words, environment } = remote(place);
    const run = (disk: string, ...given: string[]) =>
      place.run([...given, ...words], { environment: { ...environment, CF_OAUTH_STATE_DIR: place.path(disk) } });
    expect(await run("one", "rotate", clientId, "--to", `file:${place.path("secret")}`)).toMatchObject({ code: 0 });
    expect((await run("two", "status", clientId)).stdout).toContain("phase    verified");
    expect(await run("two", "finish", clientId)).toMatchObject({ code: 0 });
    expect(place.sandbox.secretsOf(clientId)).toEqual([readFileSync(place.path("secret"), "utf8")]);
    expect(readdirSync(place.folder).sort()).toEqual(["journal.sh", "secret", "store"]);
  }, 90_000);

  test("is refused without a key, before anything is sent", async () => {
    await using place = await Place.open();
    const { words } = remote(place);
    const ended = await place.run(["rotate", clientId, "--to", "file:secret", ...words]);
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toContain("cf-oauth keygen");
    expect(place.sandbox.requests).toEqual([]);
  });

  test.each(["short", "!".repeat(44), Buffer.alloc(31).toString("base64")])(
    "is refused with the key %s",
    async (wrong) => {
      await using place = await Place.open();
      const { words } = remote(place);
      const ended = await place.run(["status", clientId, ...words], { environment: { CF_OAUTH_JOURNAL_KEY: wrong } });
      expect(ended).toMatchObject({ code: 2 });
      expect(ended.stderr).toContain("CF_OAUTH_JOURNAL_KEY must be 32 bytes");
      expect(ended.stderr).not.toContain(wrong.length > 5 ? wrong : "\0");
    },
  );

  test("is not opened by another key: a named error, nothing sent", async () => {
    await using place = await Place.open();
    const { words, environment } = remote(place);
    const rotate = ["rotate", clientId, "--to", "file:secret", "--no-verify", ...words];
    await place.run(rotate, { environment });
    const before = place.sandbox.requests.length;
    const other = { ...environment, CF_OAUTH_JOURNAL_KEY: Buffer.alloc(32, 8).toString("base64") };
    const ended = await place.run([...rotate, "--json"], { environment: other });
    expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: 1, code: "journal-mismatch" });
    expect(place.sandbox.requests).toHaveLength(before);
  });

  test("that fails is never taken for an empty one", async () => {
    await using place = await Place.open();
    const words = ["--journal", "exec:exit 7; :"];
    const options = { environment: { CF_OAUTH_JOURNAL_KEY: key } };
    const ended = await place.run(["rotate", clientId, "--to", "file:secret", "--json", ...words], options);
    expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: 1, code: "journal-failed" });
    expect(place.posts).toBe(0);
  });
});

describe.concurrent("adopt", () => {
  /** A rotation whose runner's disk is gone: what is left is the file, and the digest in its report. */
  async function orphaned(place: Place): Promise<string> {
    const words = ["rotate", clientId, "--to", "file:secret", "--json", "--state-dir", place.path("gone")];
    const { stdout } = await place.run(words, { environment });
    return JSON.parse(stdout).sha256;
  }

  test("continues with the secret of a sink if its digest is the rotation's", async () => {
    await using place = await Place.open();
    const sha256 = await orphaned(place);
    const adopted = await place.run(
      [
        "adopt",
        clientId,
        "--secret-from",
        "exec:cat secret; echo",
        "--digest",
        sha256,
        "--to",
        "file:secret",
        "--json",
      ],
      { environment },
    );
    expect(JSON.parse(adopted.stdout)).toMatchObject({ exitCode: 0, phase: "verified", sha256 });
    expect(place.posts).toBe(1);
  }, 60_000);

  test.each([
    ["with another digest", ["--secret-from", "file:secret", "--digest", "0".repeat(64)], 7],
    ["with a digest that is none", ["--secret-from", "file:secret", "--digest", "abc"], 2],
    ["without a digest, where nobody is there to be asked", ["--secret-from", "file:secret"], 2],
    ["from a command that fails", ["--secret-from", "exec:exit 4", "--without-digest"], 2],
    ["from nowhere", ["--digest", "0".repeat(64)], 2],
  ])(
    "refuses %s",
    async (_, words, code) => {
      await using place = await Place.open();
      await orphaned(place);
      const ended = await place.run(["adopt", clientId, ...words, "--to", "file:secret"], { environment });
      expect(ended).toMatchObject({ code });
      expect((await place.report("status")).phase).toBeNull();
    },
    60_000,
  );

  test("without a digest continues when its assertion is made by name", async () => {
    await using place = await Place.open();
    await orphaned(place);
    const words = ["adopt", clientId, "--secret-from", "file:secret", "--without-digest", "--to", "file:secret"];
    expect(await place.run(words, { environment })).toMatchObject({ code: 0 });
  }, 60_000);
});

test.concurrent("a key seals the journal on this machine, too", async () => {
  await using place = await Place.open();
  const sealed = { ...environment, CF_OAUTH_JOURNAL_KEY: key };
  await place.run(["rotate", clientId, "--to", "file:secret", "--no-verify"], { environment: sealed });
  const entries = readdirSync(place.stateDirectory, { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  const texts = entries.map(({ parentPath, name }) => readFileSync(`${parentPath}/${name}`, "utf8")).join("\n");
  expect(texts).not.toContain(readFileSync(place.path("secret"), "utf8"));
  writeFileSync(place.path("secret"), "");
  expect((await place.run(["status"], { environment: sealed })).stdout).toContain("verified");
});
