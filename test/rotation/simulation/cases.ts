/** How the faults of version 0.1.0 (the second set of cases) show in what the oracle says. */
export const cases: Readonly<Record<string, RegExp>> = {
  "D1, done without evidence": /^done-untrue: .* still accepted: the flag is never shown/,
  "D2, a live run is declared lost": /^secret-missing-untrue: .* waits for its response/,
  "D3, alive is not newest": /^deployed-died: .* delivered the older/,
  "D4, a frozen process": /^secret-lost/,
  "D5, a stale read before DELETE": /^deployed-died: the DELETE of /,
  "D6, the clock is wrong": /^overlap-shortened/,
  "D11, adopt is not named": /^rescue-not-named/,
  "D12, a journal whose reads lag": /^locked-untrue/,
  "D14a, superseded during a freeze": /^one-post-per-announcement: .* superseded, after a freeze/,
  "D14b, superseded by a slow journal": /^one-post-per-announcement: .* (superseded|announcement), with a slow journal/,
  "D14c, announced too long ago": /^one-post-per-announcement: .* s after its announcement, after a freeze/,
  "D15, one lagging read": /^done-untrue: .* still accepted: a read was not true/,
  "D16, a dead secret over a live one": /^deployed-died: .* delivered the dead/,
};
