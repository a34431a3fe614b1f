import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { execJournal } from "../../../src/node/index.ts";
import { clientId, type Ended, fasterByCommand, oldSecret } from "../../support/command.ts";
import { Recipe } from "../../support/journal-recipe.ts";
import type { Folder } from "../folder.ts";
import type { Run } from "./run.ts";

/** Runs a block that keeps the journal by a recipe, in a stand-in of the store. */
export async function withJournalRecipe(
  code: string,
  folder: Folder,
  look: (ended: Ended) => void | Promise<void>,
): Promise<void> {
  const recipe = new Recipe("s3");
  try {
    const PATH = `${folder.path("bin")}:${recipe.folder}/bin:${process.env.PATH}`;
    const environment = { ...fasterByCommand, CF_OAUTH_STATE_DIR: "/dev/null", STAND_IN_FOLDER: recipe.folder, PATH };
    await look(await folder.shell(code, environment, { JOURNAL_BUCKET: "journal-bucket" }));
    expect(recipe.calls.length).toBeGreaterThan(1);
  } finally {
    recipe.close();
  }
}

/** A rotation whose journal is kept by a recipe. */
async function runJournalRecipe(code: string, folder: Folder): Promise<void> {
  folder.write("deploy.sh", "#!/bin/sh\ncat > deployed\n", 0o700);
  await withJournalRecipe(code, folder, (ended) => {
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("verified") });
    expect(folder.read("deployed")).toBe(folder.place.sandbox.secretsOf(clientId)[1]);
  });
}

/** A journal's script does what the table of its calls says. */
async function runJournalScript(code: string, folder: Folder): Promise<void> {
  folder.write("journal.sh", code, 0o700);
  const script = join(folder.place.folder, "journal.sh");
  const command = `JOURNAL_FOLDER='${folder.path("store")}' '${script}'`;
  const journal = execJournal({ command, key: new Uint8Array(32).fill(7) });
  const id = "023e105f4ecef8ad9ca31a8372d0c353/a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
  expect(await journal.latest(id)).toBeUndefined();
  const raced = await Promise.all(["a", "b"].map((text) => journal.append(id, 1, JSON.stringify({ text }))));
  expect(raced.sort()).toEqual([false, true]);
  expect(await journal.append(id, 2, '{"text":"c"}')).toBe(true);
  expect(await journal.latest(id)).toMatchObject({ sequence: 2, entry: '{"text":"c"}' });
  await journal.erase(id, 2);
  expect(await journal.append(id, 1, '{"text":"d"}')).toBe(true);
  expect(await journal.latest(id)).toMatchObject({ sequence: 2 });
  // An entry whose writer was killed.
  const cut = await folder.shell(`printf '{"text' | ${command} append '${id}' 3\n`);
  expect(cut.code).not.toBe(0);
  expect(await journal.latest(id)).toMatchObject({ sequence: 2 });
}

/** Programs look at the secret that is stored, at the digest of the one that runs after a restart, and whether it works. */
async function runCommands(code: string, folder: Folder): Promise<void> {
  folder.write("restart.sh", "#!/bin/sh\ncp stored running\n", 0o700);
  folder.write("running-digest.sh", "#!/bin/sh\nsha256sum < running | cut -d ' ' -f 1\n", 0o700);
  folder.write("log-in.sh", "#!/bin/sh\ngrep -q sandbox-secret-\n", 0o700);
  const { printed, secrets } = await folder.program(code);
  expect(printed).toBe(`${secrets[0]?.[1]}\nverified read-back`);
}

export const runs: readonly Run[] = [
  [
    "ts",
    "fileSink",
    async (code, folder) => {
      folder.write(".env", `PORT=80\nOAUTH_CLIENT_SECRET=${oldSecret} # read at start\n`);
      const { secrets, changes } = await folder.program(code);
      expect(changes).toEqual(["POST", "DELETE"]);
      const [[secret = ""] = []] = secrets;
      expect(folder.read(".env")).toBe(`PORT=80\nOAUTH_CLIENT_SECRET=${secret} # read at start\n`);
      expect(folder.read("client-secret")).toBe(secret);
    },
  ],
  [
    "ts",
    "secretsmanager put-secret-value",
    async (code, folder) =>
      expect(await folder.run(code)).toBe(
        "exec:aws secretsmanager put-secret-value --secret-id my-oauth-app --secret-string file:///dev/stdin\n",
      ),
  ],
  [
    "ts",
    "app.deliver",
    async (code, folder) => {
      folder.write("deploy.sh", "#!/bin/sh\ncat > deployed\n", 0o700);
      expect(await folder.run(code)).toBe("a-new-secret\n");
    },
  ],
  ["sh", "journal-recipe", runJournalRecipe],
  [
    "ts",
    "execJournal",
    async (code, folder) => {
      folder.write("journal.key", Buffer.alloc(32, 7).toString("base64"));
      folder.write("journal.sh", "#!/bin/sh\nexit 0\n", 0o700);
      expect(await folder.run(code)).toBe("undefined\n");
    },
  ],
  ["bash", "JOURNAL_FOLDER", runJournalScript],
  ["ts", "commandVerify", runCommands],
  [
    "ts",
    "parseSink",
    async (code, folder) => {
      mkdirSync(folder.path("app"));
      expect(await folder.run(code)).toBe("app function\n");
    },
  ],
];
