import { writeFileSync } from "node:fs";

/** A journal's command that keeps its entries in a folder: the simplest store that has create-if-absent. */
const script = `#!/bin/sh
set -eu
folder="$STORE/$(printf %s "$2" | sha256sum | cut -c 1-64)"
case "$1" in
latest)
  while [ -d "$folder" ]; do
    last=$(ls "$folder" | grep -v tmp | sort -n | tail -n 1)
    [ -n "$last" ] || exit 0
    # Erased since it was listed, there is a later one.
    entry=$(cat "$folder/$last" 2>/dev/null) || continue
    [ "$last" != "$(ls "$folder" | grep -v tmp | sort -n | head -n 1)" ] || last="$last only"
    printf '%s\\n%s' "$last" "$entry"
    exit 0
  done ;;
append)
  mkdir -p "$folder"
  cat > "$folder/$$.tmp"
  [ "$(tail -c 1 "$folder/$$.tmp")" = "}" ] || { rm "$folder/$$.tmp"; exit 1; }
  ln "$folder/$$.tmp" "$folder/$3" 2>/dev/null || { rm "$folder/$$.tmp"; exit 9; }
  rm "$folder/$$.tmp" ;;
erase)
  [ -d "$folder" ] || exit 0
  for sequence in $(ls "$folder" | grep -v tmp); do [ "$sequence" -ge "$3" ] || rm -f "$folder/$sequence"; done ;;
esac
`;

/** Writes the command, and gives the shell's line that runs it. */
export function journalCommand(file: string, store: string): string {
  writeFileSync(file, script, { mode: 0o700 });
  return `STORE='${store}' '${file}'`;
}
