import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileJournal } from "../../src/node/index.ts";
import { MemoryJournal } from "../../src/rotation/index.ts";
import { journalConformance } from "./journal-conformance.ts";

journalConformance("the memory journal", async () => {
  const journal = new MemoryJournal();
  return { journal, reopen: async () => journal, close: async () => {} };
});

journalConformance("the file journal", async () => {
  const directory = await mkdtemp(join(tmpdir(), "journal-"));
  return {
    journal: new FileJournal(directory),
    reopen: async () => new FileJournal(directory),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});
