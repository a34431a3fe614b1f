import { createHash } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inFolder, noLink, openWithoutLinks } from "../../../src/node/files/without-links.ts";
import { fileSink } from "../../../src/node/index.ts";
import { useFolder } from "./file-system.ts";

const folder = useFolder();
let base = "";

beforeEach(() => {
  base = realpathSync(folder.path);
  for (const name of ["app", "app/conf", "evil", "evil/conf"]) mkdirSync(join(base, name));
  writeFileSync(join(base, "app/conf/a"), "ours");
  writeFileSync(join(base, "evil/conf/a"), "theirs");
});
afterEach(() => vi.unstubAllEnvs());

/** Puts a link in the place of a folder. */
function swap(): void {
  renameSync(join(base, "app"), join(base, "aside"));
  symlinkSync("evil", join(base, "app"));
}

/** Where `/proc` shows open folders; and elsewhere. */
const systems = [["linux"], ["darwin"]] as const;

describe.each(systems)("on %s", (platform) => {
  const actual = process.platform;
  beforeEach(() => {
    Object.defineProperty(process, "platform", { value: platform });
  });
  afterEach(() => {
    Object.defineProperty(process, "platform", { value: actual });
  });

  test("a file is opened, and a new one made", async () => {
    const made = await openWithoutLinks(join(base, "app/conf/new"), "wx", 0o600);
    await made.writeFile("x");
    await made.close();
    const opened = await openWithoutLinks(join(base, "app/conf/new"), noLink);
    expect(await opened.readFile("utf8")).toBe("x");
    await opened.close();
  });

  test("a link instead of the file is not followed", async () => {
    symlinkSync("a", join(base, "app/conf/link"));
    await expect(openWithoutLinks(join(base, "app/conf/link"), noLink)).rejects.toMatchObject({ code: "ELOOP" });
  });

  test("a link instead of a folder above is not followed, and the error names the path", async () => {
    swap();
    const path = join(base, "app/conf/a");
    await expect(openWithoutLinks(path, noLink)).rejects.toMatchObject({
      code: "ENOENT",
      message: expect.stringMatching(/somebody moved .*\/app\/conf/),
    });
  });

  test("a missing file is missing, by its own path", async () => {
    const path = join(base, "app/conf/none");
    await expect(openWithoutLinks(path, noLink)).rejects.toMatchObject({ code: "ENOENT", path });
  });
});

test.runIf(process.platform === "linux")(
  "what is done in a folder stays there if the folder is swapped meanwhile",
  async () => {
    await inFolder(join(base, "app/conf"), async (at) => {
      swap();
      expect(await readFile(join(at, "a"), "utf8")).toBe("ours");
      await writeFile(join(at, "b"), "new");
    });
    expect(await readFile(join(base, "aside/conf/b"), "utf8")).toBe("new");
  },
);

test("an interrupted write is repaired from a private file whose folder is behind a link, such as /home", async () => {
  vi.stubEnv("XDG_STATE_HOME", join(base, "home"));
  mkdirSync(join(base, "usr"));
  symlinkSync("usr", join(base, "home"));
  const short = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);
  const target = join(base, "app/conf/a");
  writeFileSync(target, "A=nld\n", { mode: 0o600 });
  const state = join(base, "usr/cf-oauth/files", short(join(base, "app/conf")));
  mkdirSync(state, { recursive: true });
  const kept = join(state, `.cf-oauth-${short("a")}-${statSync(target).ino}.kept`);
  writeFileSync(kept, `${JSON.stringify({ old: 6, new: 6 })}\nA=old\nA=new\n`, { mode: 0o600 });

  const { signal } = new AbortController();
  expect(await fileSink({ path: target }).readBack?.({ signal, warn: () => {} })).toBe("A=old\n");
  expect(existsSync(kept)).toBe(false);
});
