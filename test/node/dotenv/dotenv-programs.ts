/** What programs make of dotenv files: the programs themselves where they can be had, else what their documentation says. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { parse } from "dotenv";

/** The variables of a file; undefined if the program cannot read it. */
export type Variables = Readonly<Record<string, string | undefined>> | undefined;

export function readByNode(text: string): Variables {
  return parseEnv(text.replace(/^\uFEFF/, ""));
}

export function readByDotenv(text: string): Variables {
  return parse(text.replace(/^\uFEFF/, ""));
}

const next = fileURLToPath(new URL("dotenv-next-child.ts", import.meta.url));

/**
 * Next.js, with its expansion of variables. In a process of its own: it changes the environment, and a variable that refers to
 * itself makes it overflow the stack, which a small one makes cheap.
 */
export function readByNext(texts: readonly string[]): Variables[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--stack-size=120", next], {
    input: JSON.stringify(texts),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout).map((one: Variables | null) => one ?? undefined);
}

/**
 * Docker Compose's env files.
 *
 * @see https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
 */
export function readByCompose(text: string): Variables {
  const found: Record<string, string> = {};
  let rest = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  for (;;) {
    rest = rest.replace(/^(?:\s+|#[^\n]*(?:\n|$))+/, "");
    if (rest === "") return found;
    const head = /^(?:export\s+)?([\w.\-[\] \t]*?)[ \t]*([=:\n]|$)[ \t]*/.exec(rest);
    if (!head?.[1] || /\s/.test(head[1])) return undefined;
    rest = rest.slice(head[0].length);
    // A name alone: its value is that of the environment.
    if (head[2] !== "=" && head[2] !== ":") continue;
    const quoted = /^(['"])((?:\\[\s\S]|(?!\1)[^\\])*)\1/.exec(rest);
    if (/^['"]/.test(rest) && !quoted) return undefined;
    const bare = /^[^\n]*/.exec(rest)?.[0] ?? "";
    const value = quoted?.[2]?.replaceAll(`\\${quoted[1]}`, String(quoted[1])) ?? bare.split(" #")[0]?.trimEnd() ?? "";
    rest = rest.slice((quoted?.[0] ?? bare).length);
    const isLiteral = quoted?.[1] === "'";
    // What it expands is none of this test's business: it only must not be what is looked for.
    found[head[1]] = !isLiteral && /\$|\\[abcfnrtv$"\\0]/.test(value) && quoted ? `expanded: ${value}` : value;
    if (!quoted && value.includes("$")) found[head[1]] = `expanded: ${value}`;
  }
}

/**
 * `docker run --env-file`.
 *
 * @see https://docs.docker.com/reference/cli/docker/container/run/#env
 */
export function readByDocker(text: string): Variables {
  const found: Record<string, string> = {};
  for (const given of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const line = given.replace(/^[ \t]+/, "");
    if (line === "" || line.startsWith("#")) continue;
    const [name = "", value] = line.split(/=(.*)/s);
    if (name === "" || /\s/.test(name)) return undefined;
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** systemd's own reader of EnvironmentFile=, out of its library; undefined where there is none. */
export function readBySystemd(texts: readonly string[]): Variables[] | undefined {
  const [library] = globSync("/usr/lib{,/*-linux-gnu}/systemd/libsystemd-shared-*.so");
  if (library === undefined || !existsSync(library)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "systemd-"));
  for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.env`), text);
  const script = `
import ctypes, json, sys
load = ctypes.CDLL(sys.argv[1]).load_env_file
found = []
for index in range(int(sys.argv[2])):
    result = ctypes.POINTER(ctypes.c_char_p)()
    if load(None, b"%d.env" % index, ctypes.byref(result)) < 0:
        found.append(None)
        continue
    values, at = {}, 0
    while result and result[at] is not None:
        name, _, value = result[at].partition(b"=")
        values[name.decode("utf8", "replace")] = value.decode("utf8", "replace")
        at += 1
    found.append(values)
print(json.dumps(found))`;
  const { status, stdout } = spawnSync("python3", ["-c", script, library, String(texts.length)], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  rmSync(folder, { recursive: true });
  if (status !== 0) return undefined;
  return JSON.parse(stdout).map((one: Variables | null) => one ?? undefined);
}
