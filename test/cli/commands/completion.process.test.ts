import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type Ended, Place, program } from "../../support/command.ts";

const run = promisify(execFile);

/** Where distributions put the functions that completion scripts for bash use, if it is installed. */
const bashCompletion = "/usr/share/bash-completion/bash_completion";

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ["-c", "exit 0"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Skips a test without the shell that it needs. */
function requireShell(context: { skip: (note: string) => never }, shell: string): void {
  if (!isInstalled(shell)) context.skip(`${shell} is not installed`);
}

/** A place whose PATH has the command. */
async function open(): Promise<Place & { environment: Record<string, string> }> {
  const place = await Place.open();
  mkdirSync(place.path("bin"));
  writeFileSync(place.path("bin/cf-oauth"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(place.path("bin/cf-oauth"), 0o755);
  return place;
}

/** Runs a script in a shell that reads none of its own files. */
async function inShell(place: Place, shell: string, script: string): Promise<string> {
  const quiet = { bash: ["--norc", "--noprofile"], zsh: ["-f"], fish: ["--no-config"] }[shell] ?? [];
  const env = { ...place.environment, PATH: `${place.path("bin")}:${process.env.PATH}` };
  const { stdout, stderr } = await run(shell, [...quiet, "-c", script], { cwd: place.folder, env, timeout: 20_000 });
  return stdout + stderr;
}

/**
 * A script that presses TAB at the end of each of some lines: as bash does it, a completion that is typed cannot be seen
 * without a terminal, so that what readline sets is set, and the function called that it would call.
 */
function pressTab(lines: readonly string[], before = ""): string {
  const press = (line: string) => {
    // What readline makes of it: redirections and quoted words are words like others.
    const words = [...line.matchAll(/"[^"]*"|'[^']*'|[^\s"']+/g)].map(([word]) => word);
    if (/\s$/.test(line)) words.push("");
    const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    return `
      COMP_WORDS=(${quoted.join(" ")}); COMP_CWORD=${words.length - 1}
      COMP_LINE='${line.replaceAll("'", "'\\''")}'; COMP_POINT=\${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9; COMPREPLY=()
      "$handler" cf-oauth '${words.at(-1)}' '${words.at(-2)}'
      echo "=> \${COMPREPLY[*]}"`;
  };
  return `
    ${before}
    source <(cf-oauth completion bash)
    # Only readline may ask for it.
    compopt() { :; }
    set -- $(complete -p cf-oauth)
    while [ "$1" != -F ]; do shift; done; handler=$2
    ${lines.map(press).join("\n")}`;
}

/** In place of bash-completion's own, where that is not installed: the words, with nothing joined. */
const standIn = `_get_comp_words_by_ref() {
  words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${words[cword]}; prev=\${words[cword - 1]}
}`;
const library = existsSync(bashCompletion) ? `source ${bashCompletion}` : standIn;

describe.concurrent("completion", () => {
  test("prints a script also after an option of every command", async () => {
    await using place = await open();
    const [{ stdout }, quiet] = [
      await place.run(["completion", "bash"]),
      await place.run(["-q", "completion", "bash"]),
    ];
    expect(quiet).toMatchObject({ code: 0, stdout });
  });

  test.each(["bash", "zsh", "fish", "powershell"])("prints a script for %s", async (shell) => {
    await using place = await open();
    const { code, stdout, stderr } = await place.run(["completion", shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/cf-oauth"?,? .*complete.*--/);
  });

  test.each([
    ["a shell that it does not know", ["tcsh"], "bash"],
    ["no shell", [], "missing required argument 'shell'"],
  ])("is a usage error for %s", async (_, words, message) => {
    await using place = await open();
    const ended = await place.run(["completion", ...words]);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
  });

  test("completes in bash", async (context) => {
    requireShell(context, "bash");
    await using place = await open();
    const lines = ["cf-oauth ro", "cf-oauth rotate --fi", "cf-oauth finish client --acc", "cf-oauth nothing-of-ours "];
    expect(await inShell(place, "bash", pressTab(lines, library))).toBe(
      "=> rotate\n=> --finish\n=> --accept-change --account-id\n=> \n",
    );
  });

  test("completes in a bash that has no bash-completion", async (context) => {
    requireShell(context, "bash");
    await using place = await open();
    expect(await inShell(place, "bash", pressTab(["cf-oauth ro"]))).toBe("=> rotate\n");
  });

  test.for([
    ["empties no file that the line is to write", 'cf-oauth rotate client --to stdout > "kept" --fi'],
    ["runs nothing that the line is to run", 'cf-oauth rotate client --read-back "$(rm kept)" --fi'],
  ] as const)("%s in bash", async ([, line], context) => {
    requireShell(context, "bash");
    await using place = await open();
    writeFileSync(place.path("kept"), "kept");
    await inShell(place, "bash", pressTab([line], library));
    expect(existsSync(place.path("kept")) && readFileSync(place.path("kept"), "utf8")).toBe("kept");
  });

  test("can be sourced twice in bash", async (context) => {
    requireShell(context, "bash");
    await using place = await open();
    const source = "source <(cf-oauth completion bash)";
    expect(await inShell(place, "bash", `${source}\n${source}`)).toBe("");
  });

  test("completes in zsh", async (context) => {
    requireShell(context, "zsh");
    await using place = await open();
    // In a terminal of zsh's own, since its completions exist in its line editor only.
    const script = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'autoload -U compinit && compinit -u -d zcompdump; source <(cf-oauth completion zsh)'
      zpty -w shell 'show() { print -r -- "[line: $BUFFER]" }; zle -N show; bindkey "^X" show'
      zpty -n -w shell $'cf-oauth ro\\t--fi\\t\\x18'
      zpty -r -m shell out '*\\[line: cf-oauth*\\]*'
      print -r -- "$out"`;
    expect(await inShell(place, "zsh", script)).toMatch(/\[line: cf-oauth rotate +--finish ?\]/);
  });

  test("completes in fish", async (context) => {
    requireShell(context, "fish");
    await using place = await open();
    const script = `
      cf-oauth completion fish | source
      complete --do-complete 'cf-oauth ro'
      complete --do-complete 'cf-oauth rotate --fi'`;
    expect(await inShell(place, "fish", script)).toMatch(/^rotate\t.*\n--finish\t.*\n$/);
  });
});

describe.concurrent("complete", () => {
  const answer = async (...words: string[]) => {
    await using place = await open();
    return place.run(["complete", "--", ...words]);
  };
  const names = ({ stdout }: Ended) => stdout.split("\n").map((line) => line.split("\t")[0]);

  test("answers with every command but itself, and what each does", async () => {
    const ended = await answer("");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    await using place = await open();
    const help = await place.run(["--help"]);
    const [, commands = ""] = /^Rotate a secret\n(.*)^Account$/ms.exec(help.stdout) ?? [];
    const shown = [...commands.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name);
    expect(shown.length).toBeGreaterThan(10);
    expect(names(ended).slice(0, shown.length)).toEqual(expect.arrayContaining(shown));
    expect(ended.stdout).toMatch(/^rotate\tcreate a new secret, deliver it, verify it$/m);
    // No file names.
    expect(ended.stdout).toMatch(/\n:4\n$/);
  });

  test.each([
    [["ro"], ["rotate"]],
    [
      ["rotate", "client", "--no-"],
      ["--no-check", "--no-verify"],
    ],
    [["--sandbox", "--state-dir", "x", "rotate", "--fi"], ["--finish"]],
    [["--js"], ["--json"]],
    [
      ["verify", "client", "--auth-method", ""],
      ["client_secret_basic", "client_secret_post"],
    ],
    [["completion", "z"], ["zsh"]],
    [["nothing-of-ours", ""], []],
  ])("answers %j with %j", async (words, expected) => {
    const ended = await answer(...words);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(names(ended)).toEqual([...expected, ":4", ""]);
  });

  test("answers with the options of every command after a command as well", async () => {
    expect(names(await answer("rotate", "client", "--js"))).toContain("--json");
  });

  test("lets the shell complete a folder for --state-dir", async () => {
    const { stdout } = await answer("rotate", "client", "--state-dir", "");
    expect(Number(/^:(\d+)$/m.exec(stdout)?.[1]) & 4).toBe(0);
  });

  test("asks nothing of the API, and needs no credentials", async () => {
    await using place = await open();
    const environment = { CF_OAUTH_API_TOKEN: "", CLOUDFLARE_ACCOUNT_ID: "" };
    expect(await place.run(["complete", "--", "rotate", ""], { environment })).toMatchObject({ code: 0, stderr: "" });
    expect(place.sandbox.requests).toEqual([]);
    expect(existsSync(place.stateDirectory)).toBe(false);
  });
});
