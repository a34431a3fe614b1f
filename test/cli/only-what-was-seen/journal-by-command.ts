/** A journal by a small script in the world's folder, which can be slow, lag, fail or stop the process that calls it. */

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { program } from "../command.ts";
import type { How, World } from "./world.ts";

const script = `#!/bin/sh
# Called with latest|append|erase, the key, and a sequence: see execJournal.
folder=$(dirname "$0")
lag=$(cat "$folder/lag")
mkdir -p "$folder/entries"
cd "$folder/entries" || exit 1

# What a test has put there to happen at this moment, once.
hook() {
  if mv "$folder/hook-$1" "$folder/hook-$1-$$" 2>/dev/null; then . "$folder/hook-$1-$$"; fi
}
now() { date +%s%3N; }

case $1 in
latest)
  if [ -e "$folder/is-down" ]; then rm "$folder/is-down"; exit 1; fi
  for number in $(ls | grep '^[0-9]*$' | sort -rn); do
    [ "$lag" -gt 0 ] && [ $(($(now) - $(cat "$number.at"))) -lt "$lag" ] && continue
    entry=$(cat "$number")
    hook "showing-$number"
    printf '%s\\n%s\\n' "$number" "$entry"
    hook "shown-$number"
    break
  done
  ;;
append)
  cat >"$3.$$" && now >"$3.at"
  ln "$3.$$" "$3" 2>/dev/null || exit 9
  rm "$3.$$"
  hook "appended-$3"
  ;;
erase)
  for number in $(ls | grep '^[0-9]*$'); do [ "$number" -lt "$3" ] && rm "$number"; done
  ;;
esac
exit 0
`;

/** The journal, as commands are told of it. */
export interface JournalByCommand extends How {
  /** The latest sequence. */
  latest(): number;
  /** Has a line of the shell run at a moment, once: \`appended-1\`, \`showing-1\` before it is shown, \`shown-1\`. */
  hook(moment: string, line: string): void;
}

/** @param lag true milliseconds until a read shows an entry. */
export function journalByCommand(
  world: World,
  { lag = 0, hooks = {} }: { readonly lag?: number; readonly hooks?: Readonly<Record<string, string>> } = {},
): JournalByCommand {
  mkdirSync(world.path("journal"));
  world.write("journal/journal.sh", script, 0o700);
  world.write("journal/lag", String(lag));
  const hook = (moment: string, line: string) => world.write(`journal/hook-${moment}`, line);
  for (const [moment, line] of Object.entries(hooks)) hook(moment, line);
  const key = execFileSync(process.execPath, [program, "keygen"], { encoding: "utf8" }).trim();
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
