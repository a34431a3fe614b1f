import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { execJournal } from "../../../src/node/index.ts";
import { JournalKeyError } from "../../../src/rotation/index.ts";
import { journalCommand } from "../../support/journal-command.ts";

const key = crypto.getRandomValues(new Uint8Array(32));

describe("a journal by a command", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "journal-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const make = (command: string) => execJournal({ command, key, onOutput: () => undefined });
  const stored = () => make(journalCommand(join(directory, "journal.sh"), join(directory, "store")));

  test("gives the store nothing but what is sealed", async () => {
    await stored().append("account/client", 1, '{"secret":"s3cret"}');
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
    expect(texts.join("\n")).toContain('"sealed":1');
    expect(texts.join("\n")).not.toContain("s3cret");
  });

  test("is not opened by another key, and stays as it is", async () => {
    const journal = stored();
    await journal.append("account/client", 1, "entry");
    const other = execJournal({
      command: `STORE='${directory}/store' '${directory}/journal.sh'`,
      key: crypto.getRandomValues(new Uint8Array(32)),
    });
    await expect(other.latest("account/client")).rejects.toThrow(JournalKeyError);
    expect(await journal.latest("account/client")).toMatchObject({ sequence: 1, entry: "entry" });
  });

  test("says that there is no older entry, if its command says so", async () => {
    const journal = stored();
    await journal.append("a/c", 1, "entry");
    expect(await journal.latest("a/c")).toEqual({ sequence: 1, entry: "entry", hasOlder: false });
    await journal.append("a/c", 2, "next");
    expect(await journal.latest("a/c")).toEqual({ sequence: 2, entry: "next" });
  });

  test("takes only status 9 for a sequence that is there already", async () => {
    expect(await make("exit 9; :").append("a/c", 1, "entry")).toBe(false);
    await expect(make("exit 1; :").append("a/c", 1, "entry")).rejects.toThrow("status 1 for append");
  });

  test.each([
    ["a network that fails", "echo 'no route' >&2; exit 7; :", /status 7 for latest/],
    ["a command that does not exist", "no_such_command", /status 127 \(command not found\) for latest/],
    ["an entry without its sequence", "echo '{}'; :", /something else than a sequence/],
    ["a sequence that is none", "printf '0\\n{}'; :", /something else than a sequence/],
  ])("never takes %s for an empty journal", async (_, command, message) => {
    await expect(make(command).latest("a/c")).rejects.toThrow(message);
  });

  test("ends a command that takes too long, and does not know then whether it is written", async () => {
    const journal = execJournal({ command: "sleep 20; :", key, timeout: 200, onOutput: () => undefined });
    await expect(journal.append("a/c", 1, "entry")).rejects.toThrow("did not end within 0.2 s");
  });
});
