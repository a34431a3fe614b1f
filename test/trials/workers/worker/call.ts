/** A call of a journal's method. */
export type Call =
  | readonly ["latest", key: string]
  | readonly ["append", key: string, sequence: number, entry: string]
  | readonly ["erase", key: string, before: number];
