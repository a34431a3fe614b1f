import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { clientId, faster, Place } from "../../support/command.ts";

const isRoot = process.geteuid?.() === 0;
/** Debian's `nobody`. */
const other = 65_534;
/** Debian's `staff`, which nobody belongs to; and one that no database knows. */
const [emptyGroup, unknownGroup] = [50, 54_321];

interface Folder {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Makes a folder in a place, and one in it for the state. */
function folder(place: Place, { mode = 0o755, uid = 0, gid = 0 }: Folder): string {
  const path = place.path("shared");
  mkdirSync(join(path, "state"), { recursive: true });
  if (isRoot) chownSync(path, uid, gid);
  chmodSync(path, mode);
  return join(path, "state");
}

function rotate(place: Place, state: string, ...more: string[]) {
  return place.run(["rotate", clientId, "--to", "file:secret", "--state-dir", state, ...more], { environment: faster });
}

describe.concurrent("a state directory", () => {
  test.each<[string, Folder, string]>([
    ["everybody can write to", { mode: 0o777 }, "run `chmod o-w "],
    ["belongs to another user", { uid: other }, "belongs to another user (uid 65534)"],
    ["a group with other members can write to", { mode: 0o775, gid: other }, "run `chmod g-w "],
    ["a group that nobody knows can write to", { mode: 0o775, gid: unknownGroup }, "run `chmod g-w "],
  ])("below a folder that %s is refused before anything is sent", async (_, given, said) => {
    await using place = await Place.open();
    if (!isRoot && given.mode !== 0o777) return console.log("not shown: only root can give a folder away");
    const state = folder(place, given);
    const ended = await rotate(place, state);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    expect(place.sandbox.requests).toEqual([]);
    expect(readdirSync(state)).toEqual([]);

    const trusted = await rotate(place, state, "--trust-state-dir");
    expect(trusted).toMatchObject({ code: 0, stdout: expect.stringContaining(" --trust-state-dir") });
  });

  test.each<[string, Folder]>([
    ["is sticky, such as /tmp", { mode: 0o1777 }],
    ["a group without other members can write to, such as a home under umask 002", { mode: 0o775, gid: emptyGroup }],
    ["a group without other members can write to, and set-group-ID", { mode: 0o2775, gid: emptyGroup }],
  ])("below a folder that %s is used", async (_, given) => {
    if (!isRoot) return console.log("not shown: only root can give a folder away");
    await using place = await Place.open();
    expect(await rotate(place, folder(place, given))).toMatchObject({ code: 0 });
  });

  test("behind another user's link is refused", async () => {
    if (!isRoot) return console.log("not shown: only root can give a link away");
    await using place = await Place.open();
    const state = folder(place, { mode: 0o1777 });
    const link = join(dirname(state), "link");
    symlinkSync(state, link);
    lchownSync(link, other, other);
    expect(await rotate(place, link)).toMatchObject({ code: 2, stderr: expect.stringContaining("another user") });
  });

  test("of the user who called sudo is refused, with the way out", async () => {
    if (!isRoot) return console.log("not shown: only root can give a folder away");
    await using place = await Place.open();
    const home = place.path("home");
    mkdirSync(home);
    chownSync(home, other, other);
    const environment = { ...faster, HOME: home, SUDO_USER: "nobody", CF_OAUTH_STATE_DIR: "", XDG_STATE_HOME: "" };
    const ended = await place.run(["rotate", clientId, "--to", "file:secret"], { environment });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("use `sudo -H`") });
    expect(ended.stderr).toContain("--state-dir");
  });
});

describe.concurrent("a journal's files", () => {
  test("that were made readable for others are private again, and it says so", async () => {
    await using place = await Place.open();
    const state = folder(place, {});
    expect(await rotate(place, state)).toMatchObject({ code: 0 });
    const files = readdirSync(join(state, "journal"), { recursive: true, withFileTypes: true });
    const latest = files
      .filter(({ name }) => name.endsWith(".json"))
      .sort((a, b) => Number.parseInt(b.name, 10) - Number.parseInt(a.name, 10))[0];
    const path = join(latest?.parentPath ?? "", latest?.name ?? "");
    chmodSync(path, 0o644);

    const told = await place.run(["status", clientId, "--state-dir", state]);
    expect(told).toMatchObject({ code: 0, stderr: expect.stringContaining(`Other users could read ${path}`) });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await place.run(["status", clientId, "--state-dir", state])).stderr).not.toContain("Other users");
  });

  test("of another user are refused, unless the directory is trusted; a folder that others can write to is private again", async () => {
    if (!isRoot) return console.log("not shown: only root can give a file away");
    await using place = await Place.open();
    const state = folder(place, {});
    expect(await rotate(place, state)).toMatchObject({ code: 0 });
    const log = join(state, "journal", readdirSync(join(state, "journal"))[0] ?? "");
    const entries = readdirSync(log).filter((name) => name.endsWith(".json"));
    for (const name of entries) chownSync(join(log, name), other, other);
    chmodSync(log, 0o777);

    const trusted = await place.run(["status", clientId, "--state-dir", state, "--trust-state-dir"]);
    expect(trusted).toMatchObject({ code: 0, stdout: expect.stringContaining("verified") });
    expect(statSync(log).mode & 0o777).toBe(0o777);

    const refused = await place.run(["status", clientId, "--state-dir", state]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("belongs to another user (uid 65534)") });
    expect(refused.stderr).toContain(`Other users could read or change ${log}`);
    expect(statSync(log).mode & 0o777).toBe(0o700);
  });

  test("are not written through a link", async () => {
    await using place = await Place.open();
    const state = folder(place, {});
    expect(await rotate(place, state)).toMatchObject({ code: 0 });
    const [log = ""] = readdirSync(join(state, "journal"));
    const victim = place.path("victim");
    writeFileSync(victim, "precious");
    await using second = await Place.open();
    const elsewhere = folder(second, {});
    mkdirSync(join(elsewhere, "journal", log), { recursive: true });
    symlinkSync(victim, join(elsewhere, "journal", log, "key"));

    const ended = await place.run(["rotate", clientId, "--to", "file:secret", "--state-dir", elsewhere, "--json"], {
      environment: faster,
    });
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: false });
    expect(readFileSync(victim, "utf8")).toBe("precious");
  });
});
