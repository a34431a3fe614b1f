import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Ended, end } from "../../support/command.ts";

/** A system call as strace saw it, with the paths of the open files that it names. */
export interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: string;
  /** Seconds since the epoch. */
  readonly began: number;
  readonly ended: number;
}

/** The calls that open, name, flush or write files, write to sockets, or start programs. */
const traced =
  "open,openat,link,linkat,rename,renameat,renameat2,symlink,unlink,mkdir,chmod,fsync,fdatasync,write,writev,pwrite64,sendto,execve";

/** Runs a program under strace, which writes a file for each thread, so that no call is cut in two. */
export async function trace(
  folder: string,
  argv: readonly string[],
  options: object,
): Promise<Ended & { calls: Call[] }> {
  const flags = [
    "-ff",
    "-qq",
    "-y",
    "-v",
    "-ttt",
    "-T",
    "-s",
    "1000000",
    "-e",
    `trace=${traced}`,
    "-o",
    join(folder, "calls"),
  ];
  const ended = await end(spawn("strace", [...flags, ...argv], { stdio: ["ignore", "pipe", "pipe"], ...options }));
  const calls = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), "latin1").split("\n").flatMap(parse),
  );
  return { ...ended, calls: calls.sort((a, b) => a.began - b.began) };
}

function parse(line: string): Call[] {
  const [, began, name, args, result, seconds] = /^(\S+) (\w+)\((.*)\) = (.*?)(?: <([\d.]+)>)?$/s.exec(line) ?? [];
  if (began === undefined || name === undefined || args === undefined || result === undefined) return [];
  return [{ name, args, result, began: Number(began), ended: Number(began) + Number(seconds ?? 0) }];
}

const isDone = ({ result }: Call) => !result.startsWith("-1");
/** The quoted texts of a call's arguments. */
const quoted = ({ args }: Call) => [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text);
/** The path of an open file that a call names first. */
const opened = ({ args }: Call) => /^\d+<([^>]*)>/.exec(args)?.[1] ?? "";

/** Opens below a folder that may follow a link, and changes there that are not made in an open folder. */
export function followed(calls: readonly Call[], folder: string): string[] {
  return calls
    .filter(({ name }) => name === "open" || name === "openat")
    .filter((call) => {
      const [path = ""] = quoted(call);
      const descriptor = /^\/proc\/self\/fd\/\d+(.*)$/.exec(path);
      // Below an open folder, strace tells where that is: in the result.
      const real = /<([^>]*)>$/.exec(call.result)?.[1] ?? path;
      if (!real.startsWith(`${folder}/`) && real !== folder && !path.startsWith(folder)) return false;
      // The open folder itself, and then a single name in it.
      if (descriptor?.[1] === "") return false;
      const isUnfollowed = /O_NOFOLLOW|O_CREAT\|O_EXCL/.test(call.args);
      const isChange = /O_WRONLY|O_RDWR|O_CREAT/.test(call.args);
      return !isUnfollowed || (isChange && !/^\/[^/]+$/.test(descriptor?.[1] ?? ""));
    })
    .map(({ name, args, result }) => `a link may be followed: ${name}(${args}) = ${result}`);
}

/** Names below a folder that a file got before it was flushed, or that were not flushed afterwards before anything else was sent or run. */
export function unflushed(calls: readonly Call[], isKept: (path: string) => boolean): string[] {
  const faults: string[] = [];
  for (const [index, naming] of calls.entries()) {
    if (!/^(link|rename)/.test(naming.name) || !isDone(naming)) continue;
    const [from = "", to = ""] = quoted(naming);
    if (!isKept(to)) continue;
    const ofFile = calls.slice(0, index).filter((call) => opened(call) === from);
    const lastWrite = ofFile.filter(({ name }) => /write/.test(name)).at(-1);
    const flush = ofFile.filter((call) => /^f(data)?sync$/.test(call.name) && isDone(call)).at(-1);
    if (!lastWrite || !flush || flush.began < lastWrite.ended || flush.ended > naming.began)
      faults.push(`${basename(to)} got its name before ${basename(from)} was flushed`);
    const later = calls.slice(index + 1);
    const ofFolder = later.find((call) => call.name === "fsync" && opened(call) === dirname(to) && isDone(call));
    const next = later.find((call) => isStep(call));
    if (!ofFolder || (next && ofFolder.ended > next.began))
      faults.push(`the name ${basename(to)} was not flushed before the next step`);
  }
  return faults;
}

/** What a step of a rotation does: sends a request that changes something, or starts a command. */
function isStep(call: Call): boolean {
  return (
    (call.name === "execve" && isDone(call)) ||
    (/^(write|writev|sendto)$/.test(call.name) && /"(POST|DELETE) \S*oauth_clients/.test(call.args))
  );
}

/** Where a secret stands in arguments, an environment or a file's name. */
export function exposures(calls: readonly Call[], forms: readonly string[]): string[] {
  return calls
    .filter(({ name }) => !/write|sendto/.test(name))
    .filter((call) => forms.some((form) => call.args.includes(form)))
    .map(({ name }) => `the secret is in the arguments of ${name}`);
}

/** How many names were given, and programs started: the trace must have seen them. */
export function countsOf(calls: readonly Call[]): {
  readonly names: number;
  readonly programs: number;
  readonly steps: number;
} {
  const done = calls.filter(isDone);
  return {
    names: done.filter(({ name }) => /^(link|rename)/.test(name)).length,
    programs: done.filter(({ name }) => name === "execve").length,
    steps: done.filter((call) => call.name !== "execve" && isStep(call)).length,
  };
}
