import { readdir } from "node:fs/promises";
import { delimiter } from "node:path";
import { distance } from "../distance.ts";
import { runCommand } from "./shell-command.ts";

/**
 * Refuses a command whose program does not exist, before anything is sent. Only a plain first word is looked up, as in
 * `vault kv put …`; a shell finds out about all else when it runs the command.
 *
 * @param command for the shell.
 * @param context `signal` ends the look-up.
 * @throws {Error} if the shell finds no such program, function or builtin; the message names those that are spelled like it.
 */
export async function requireProgram(command: string, { signal }: { readonly signal?: AbortSignal }): Promise<void> {
  const word = programOf(command);
  if (word === undefined) return;
  const { code } = await runCommand('command -v "$1"', { args: [word], captureStdout: true, signal });
  if (code === 0) return;
  const similar = word.includes("/") ? [] : await similarPrograms(word);
  const hint = similar.length > 0 ? ` Did you mean ${similar.join(" or ")}?` : "";
  throw new Error(
    word.includes("/")
      ? `the shell cannot run ${word}: there is no such file, or it may not be executed`
      : `the shell finds no program ${word} in PATH.${hint} Correct the command, or install the program`,
  );
}

/** The first word of a command, if it is a plain one; an assignment to PATH before it says that it is elsewhere. */
function programOf(command: string): string | undefined {
  const text = command.replace(/^(\s*(#.*)?\n)+/, "").trimStart();
  const assignment = /^(?!PATH=)[A-Za-z_]\w*=([\w.+@%,:/=-]|'[^']*'|"[^"$`\\]*"|\$(?=\w)|"\$\w+")*[ \t]+/;
  let rest = text;
  for (let found = assignment.exec(rest); found; found = assignment.exec(rest)) rest = rest.slice(found[0].length);
  // Behind it may stand what ends a word; a parenthesis would make it a function.
  return /^([\w.+%/][\w.+@%:,/-]*)(?=[\s;|&]|$)(?!\s*\()/.exec(rest)?.[1];
}

/** The programs in PATH that are spelled almost like a word; three at most. */
async function similarPrograms(word: string): Promise<string[]> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = (await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))).flat();
  const most = Math.max(1, Math.floor(word.length / 3));
  return [...new Set(names)]
    .filter((name) => Math.abs(name.length - word.length) <= most)
    .map((name) => ({ name, distance: distance(name, word) }))
    .filter((one) => one.distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}
