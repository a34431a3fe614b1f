/** A journal by a small script in the world's folder, which can be slow, lag, fail or stop the process that calls it. */

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { promisify } from "node:util";
import { program } from "../../support/command.ts";
import type { How, World } from "./world.ts";

const { stdout } = await promisify(execFile)(process.execPath, [program, "keygen"]);
const key = stdout.trim();

const script = `#!/bin/sh
# Called with latest|append|erase, the key, and a sequence: see execJournal. It starts as few processes as it can.
folder=\${0%/*}
read -r lag <"$folder/lag"
cd "$folder/entries" || exit 1

# What a test has put there to happen at this moment, once.
hook() {
  if [ -e "$folder/hook-$1" ] && mv "$folder/hook-$1" "$folder/hook-$1-$$"; then . "$folder/hook-$1-$$"; fi
}

case $1 in
latest)
  if [ -e "$folder/is-down" ]; then rm "$folder/is-down"; exit 1; fi
  newest=0
  [ "$lag" -gt 0 ] && now=$(date +%s%3N)
  for number in [0-9]*; do
    case $number in *[!0-9]*) continue ;; esac
    [ "$number" -gt "$newest" ] || continue
    if [ "$lag" -gt 0 ]; then
      read -r at <"$number.at"
      [ $((now - at)) -ge "$lag" ] || continue
    fi
    newest=$number
  done
  [ "$newest" -gt 0 ] || exit 0
  read -r entry <"$newest"
  hook "showing-$newest"
  printf '%s\\n%s\\n' "$newest" "$entry"
  hook "shown-$newest"
  ;;
append)
  { cat; echo; } >"$3.$$"
  [ "$lag" -gt 0 ] && date +%s%3N >"$3.at"
  ln "$3.$$" "$3" 2>/dev/null || exit 9
  hook "appended-$3"
  ;;
erase)
  for number in [0-9]*; do [ "\${number%%.*}" -lt "$3" ] && rm "$number"; done
  ;;
esac
exit 0
`;

/** The journal, as commands are told of it. */
export interface JournalByCommand extends How {
  /** The latest sequence. */
  latest(): number;
  /** Has a line of the shell run at a moment, once: `appended-1`, `showing-1` before it is shown, `shown-1`. */
  hook(moment: string, line: string): void;
}

/** @param lag true milliseconds until a read shows an entry. */
export function journalByCommand(
  world: World,
  { lag = 0, hooks = {} }: { readonly lag?: number; readonly hooks?: Readonly<Record<string, string>> } = {},
): JournalByCommand {
  mkdirSync(world.path("journal/entries"), { recursive: true });
  world.write("journal/journal.sh", script, 0o700);
  world.write("journal/lag", String(lag));
  const hook = (moment: string, line: string) => world.write(`journal/hook-${moment}`, line);
  for (const [moment, line] of Object.entries(hooks)) hook(moment, line);
  return {
    environment: { CF_OAUTH_JOURNAL: `exec:'${world.path("journal/journal.sh")}'`, CF_OAUTH_JOURNAL_KEY: key },
    hook,
    latest: () =>
      Math.max(
        0,
        ...readdirSync(world.path("journal/entries"))
          .filter((name) => /^\d+$/.test(name))
          .map(Number),
      ),
  };
}
