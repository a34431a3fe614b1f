/**
 * Where the comment of a line begins, to a shell; the line's length if there is none; `undefined` if to a shell the line continues
 * after its end.
 */
export function commentStart(line: string): number | undefined {
  let isWord = false;
  for (let at = 0; at < line.length; ) {
    const char = line.charAt(at);
    if (char === "#" && !isWord) return at;
    if (line.startsWith("<<", at)) return undefined;
    const next = skip(line, at, "");
    if (next === undefined) return undefined;
    isWord = char !== " " && char !== "\t";
    at = next;
  }
  return line.length;
}

/** The place after one character, or after all that it opens; `undefined` if that is not closed on this line. */
function skip(line: string, at: number, within: string): number | undefined {
  const char = line.charAt(at);
  const isQuoted = within === '"';
  if (char === "\\") return at + 1 < line.length ? at + 2 : undefined;
  if (char === "'" && !isQuoted) {
    const close = line.indexOf("'", at + 1);
    return close === -1 ? undefined : close + 1;
  }
  if ((char === '"' && !isQuoted) || (char === "`" && within !== "`")) return skipTo(line, at + 1, char);
  if (line.startsWith("$(", at)) return skipTo(line, at + 2, ")");
  if (line.startsWith("${", at)) return skipTo(line, at + 2, "}");
  return at + 1;
}

function skipTo(line: string, at: number, close: string): number | undefined {
  let next: number | undefined = at;
  while (next !== undefined && next < line.length) {
    if (line.charAt(next) === close) return next + 1;
    next = skip(line, next, close);
  }
  return undefined;
}
