import { randomUUID } from "node:crypto";

/** What a shell runs for a command, and what it is given. */
export interface ShellScript {
  readonly script: string;
  /** The positional parameters. */
  readonly args: readonly string[];
  readonly stdin: string;
  /**
   * Whether descriptor 3 takes the go-ahead, and descriptor 4 gives the exit status. If not, the end of stdin is the go-ahead, and the
   * shell ends as the command does.
   */
  readonly hasDescriptors: boolean;
}

/** What the shell prints if nobody has given the go-ahead. */
export const notStarted = 125;

/**
 * The command itself: `eval` keeps a syntax error, an open quote or a comment in it. `pipefail` is set here and not for the pipe that it
 * reads, since what feeds it may fail for a command that does not read.
 */
const runCommand = `if [ "\${BASH_VERSION-}" ] || (set -o pipefail) 2>/dev/null; then set -o pipefail; fi
cf_command=$1; shift
eval "$cf_command"`;

/** The longest input that bash reads by itself, in UTF-16 units: it takes a system call for each byte, and `cat` a process. */
const shortInput = 16_384;

/** Reads the whole input, and then waits for the go-ahead. If this process dies before, the command never runs. */
const readInput = (isShort: boolean) => `unset cf_in
if [ "\${BASH_VERSION-}" ] && ${isShort}; then IFS= read -r -d '' cf_in; else cf_in=$(cat); fi
read -r REPLY <&3 || exit ${notStarted}
exec 3<&-`;

/**
 * The input ends with a point, since `$(…)` takes line ends off the end.
 *
 * Node's child has sockets as stdin, stdout and stderr, which no program can open as `/dev/stdin` and so on; so there is a pipe for
 * each. Whatever moves data ignores SIGTERM, so that a command which is to end neither reads an input that is cut, nor fails to
 * print what it still has to say.
 */
const withDescriptors = (input: string | undefined) => {
  const [prelude, open, close] =
    input === undefined
      ? ["", "(", ") </dev/null"]
      : [`${readInput(input.length <= shortInput)}\n`, `{ trap '' TERM; printf %s "\${cf_in%.}"; } | {`, "}"];
  return `${prelude}exec 5>&1 6>&2
{ { { ${open}
unset cf_in; exec 4>&- 5>&- 6>&-
${runCommand}
${close}
echo $? >&4
} 2>&1 >&7 7>&- | { trap '' TERM; exec cat >&6 7>&- 4>&- 5>&- 6>&-; }
} 7>&1 | { trap '' TERM; exec cat >&5 4>&- 5>&- 6>&-; }
} 4>&4`;
};

/**
 * For Git's bash on Windows, which gets no other descriptors than 0, 1 and 2: the go-ahead is a random word at the end of the input.
 */
const withoutDescriptors = `unset cf_in; cf_in=$(cat)
case $cf_in in *"$1") ;; *) exit ${notStarted} ;; esac
{ trap '' TERM; printf %s "\${cf_in%"$1"}"; } | {
unset cf_in; shift
${runCommand}
}`;

/** @param input what the command reads from stdin; undefined if that is to be empty. */
export function scriptOf(command: string, input: string | undefined, args: readonly string[]): ShellScript {
  if (process.platform !== "win32")
    return { script: withDescriptors(input), args: [command, ...args], stdin: `${input ?? ""}.`, hasDescriptors: true };
  const goAhead = `.${randomUUID()}`;
  return {
    script: withoutDescriptors,
    args: [goAhead, command, ...args],
    stdin: (input ?? "") + goAhead,
    hasDescriptors: false,
  };
}

/**
 * Variables by which a shell is not itself: files that it runs first, options such as `xtrace`, and functions that replace programs, which bash
 * exports as `BASH_FUNC_name%%`.
 */
const shellVariable = /^(BASH_ENV|ENV|SHELLOPTS|BASHOPTS|_*BASH_FUNC.*)$/;

/** What a command inherits of this process's environment: nothing of this package's, and nothing that changes the shell. */
export function commandEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^CF_OAUTH_/i.test(name) && !shellVariable.test(name)),
  );
}
