import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIResponseError,
  ConflictError,
  InternalServerError,
  type Outcome,
  RateLimitError,
} from "../../src/client/index.ts";
import { envelope, refusal } from "./examples.ts";
import {
  answer,
  closeBeforeReading,
  redirect,
  resetAfterReading,
  type Step,
  stallBody,
  stallHead,
} from "./scripted-server.ts";

/** What can happen to a request, and what follows. */
export interface Situation {
  readonly name: string;
  /** What the server does each time; a closed port has no server. */
  readonly step: Step | "closed port";
  /** What a call rejects with when its retries, if any, are used up. */
  readonly error: typeof APIError;
  /** Whether the server may have applied the request. */
  readonly outcome: Outcome;
  /** Whether `rotateSecret`, which is not idempotent, is sent again. */
  readonly rotateIsRepeated: boolean;
  /** Whether `get` is sent again. */
  readonly readIsRepeated: boolean;
}

type Row = [name: string, step: Step | "closed port", error: typeof APIError, Outcome, rotate: boolean, read: boolean];

const status = (code: number, error: typeof APIError, outcome: Outcome, rotate: boolean, read: boolean): Row => [
  `status ${code}`,
  answer(code, refusal("Refused.")),
  error,
  outcome,
  rotate,
  read,
];

const rows: readonly Row[] = [
  status(408, APIError, "unknown", false, true),
  status(409, ConflictError, "not-applied", false, false),
  status(425, APIError, "not-applied", true, true),
  status(429, RateLimitError, "not-applied", true, true),
  ...[500, 501, 502, 503, 504, 520, 521, 522, 523, 524].map((code) =>
    // What a server does not implement, it will not implement a second later.
    status(code, InternalServerError, "unknown", false, code !== 501),
  ),
  ["connection refused", "closed port", APIConnectionError, "not-applied", true, true],
  ["connection closed before the request is read", closeBeforeReading(), APIConnectionError, "unknown", false, true],
  ["connection reset after the request is read", resetAfterReading(), APIConnectionError, "unknown", false, true],
  ["no response within `timeout`", stallHead(), APIConnectionTimeoutError, "unknown", false, true],
  ["a response that does not end within `timeout`", stallBody(), APIConnectionTimeoutError, "unknown", false, true],
  ["status 200, empty", answer(200), APIResponseError, "unknown", false, false],
  [
    "status 200, HTML",
    answer(200, "<p>Hello</p>", { "Content-Type": "text/html" }),
    APIResponseError,
    "unknown",
    false,
    false,
  ],
  [
    "status 200, `success: false`",
    answer(200, envelope(null, { success: false })),
    APIResponseError,
    "unknown",
    false,
    false,
  ],
  ["redirect", redirect("https://example.com/"), APIResponseError, "unknown", false, false],
];

export const outcomeTable: readonly Situation[] = rows.map(
  ([name, step, error, outcome, rotateIsRepeated, readIsRepeated]) => ({
    name,
    step,
    error,
    outcome,
    rotateIsRepeated,
    readIsRepeated,
  }),
);

/** The table as Markdown, for the guide to the client; statuses of which the same is true share a row. */
export function renderOutcomeTable(): string {
  const rows = new Map<string, string[]>();
  for (const { name, error, outcome, rotateIsRepeated, readIsRepeated } of outcomeTable) {
    const cells = [
      rotateIsRepeated ? "sent again" : "sent once",
      readIsRepeated ? "sent again" : "sent once",
      `\`${error.name}\``,
      `\`"${outcome}"\``,
    ].join(" | ");
    const isStatus = /^status \d+$/.test(name);
    const key = isStatus ? cells : `${name} ${cells}`;
    rows.set(key, [cells, ...(rows.get(key)?.slice(1) ?? []), isStatus && rows.has(key) ? name.slice(7) : name]);
  }
  const lines = [...rows.values()].map(([cells, ...names]) => `| ${names.join(", ")} | ${cells} |\n`);
  return `| what happens | \`rotateSecret\` | \`get\` | error | \`outcome\` |\n| --- | --- | --- | --- | --- |\n${lines.join("")}`;
}
