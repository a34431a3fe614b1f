import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execJournal } from "../../../src/node/index.ts";
import { journalCommand } from "../../support/journal-command.ts";
import { journalConformance } from "../../support/journal-conformance.ts";

const key = crypto.getRandomValues(new Uint8Array(32));

journalConformance("a journal by a command", async () => {
  const directory = await mkdtemp(join(tmpdir(), "journal-"));
  const command = journalCommand(join(directory, "journal.sh"), join(directory, "store"));
  return {
    journal: execJournal({ command, key }),
    reopen: async () => execJournal({ command, key }),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});
