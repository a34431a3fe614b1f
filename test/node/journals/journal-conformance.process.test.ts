import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileJournal } from "../../../src/node/index.ts";
import { sealed } from "../../../src/rotation/index.ts";
import { journalConformance } from "../../support/journal-conformance.ts";

journalConformance("the file journal", async () => {
  const directory = await mkdtemp(join(tmpdir(), "journal-"));
  return {
    journal: new FileJournal(directory),
    reopen: async () => new FileJournal(directory),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});

const key = crypto.getRandomValues(new Uint8Array(32));

journalConformance("a sealed file journal", async () => {
  const directory = await mkdtemp(join(tmpdir(), "journal-"));
  return {
    journal: sealed(new FileJournal(directory), key),
    reopen: async () => sealed(new FileJournal(directory), key),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});
