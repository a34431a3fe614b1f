import { writeFileSync } from "node:fs";

/** A journal's command that keeps its entries in a folder: the simplest store that has create-if-absent. */
const script = `#!/bin/sh
set -eu
# The key of a client makes a folder's name; that of any other key is a digest.
case "$2" in
*[!0-9a-f/]* | */*/*) folder="$STORE/$(printf %s "$2" | sha256sum | cut -c 1-64)" ;;
*) folder="$STORE/\${2%%/*}-\${2#*/}" ;;
esac
case "$1" in
latest)
  while :; do
    last=0 only=" only"
    for file in "$folder"/[0-9]*; do
      [ -f "$file" ] || continue
      sequence=\${file##*/}
      [ "$last" = 0 ] || only=
      [ "$sequence" -le "$last" ] || last=$sequence
    done
    [ "$last" != 0 ] || exit 0
    # Erased since it was listed, there is a later one.
    entry=$(cat "$folder/$last" 2>/dev/null) || continue
    printf '%s%s\\n%s' "$last" "$only" "$entry"
    exit 0
  done ;;
append)
  mkdir -p "$folder"
  cat > "$folder/.$$.tmp"
  [ "$(tail -c 1 "$folder/.$$.tmp")" = "}" ] || { rm "$folder/.$$.tmp"; exit 1; }
  ln "$folder/.$$.tmp" "$folder/$3" 2>/dev/null || { rm "$folder/.$$.tmp"; exit 9; }
  rm "$folder/.$$.tmp" ;;
erase)
  for file in "$folder"/[0-9]*; do
    [ -f "$file" ] || continue
    [ "\${file##*/}" -ge "$3" ] || rm -f "$file"
  done ;;
esac
`;

/** Writes the command, and gives the shell's line that runs it. */
export function journalCommand(file: string, store: string): string {
  writeFileSync(file, script, { mode: 0o700 });
  return `STORE='${store}' '${file}'`;
}
