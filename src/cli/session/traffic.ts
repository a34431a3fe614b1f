import type { Fetch } from "../../client/call.ts";
import { type Hidden, hideInBody, hideInUrl } from "./hide-values.ts";

/** One request and its response in an HTTP archive, of which we fill what readers ask for. */
interface Entry {
  readonly startedDateTime: string;
  /** Milliseconds. */
  readonly time: number;
  readonly request: object;
  readonly response: object;
  readonly cache: object;
  readonly timings: object;
}

/** Headers that tell nothing of who sent or answered. */
const harmless = ["accept", "content-type", "ratelimit", "ratelimit-policy", "retry-after"];

/**
 * Records the traffic of a `fetch` as an HTTP archive (HAR 1.2) without ids, secrets, names and addresses.
 *
 * A value is left out unless it is known to be harmless, so that what the API adds one day is left out, too.
 */
export class TrafficRecorder {
  readonly fetch: Fetch;
  readonly #entries: Promise<Entry>[] = [];

  constructor(fetch: Fetch, hidden: Hidden) {
    this.fetch = async (url, init) => {
      const started = new Date();
      const start = performance.now();
      const response = await fetch(url, init);
      const copy = response.clone();
      this.#entries.push(entryOf(url, init, copy, hidden, started, performance.now() - start));
      return response;
    };
  }

  /**
   * @param extra fields of the log; HAR asks that their names begin with `_`.
   * @returns The archive as JSON, once all responses have come or broken off.
   */
  async archive(extra: Readonly<Record<`_${string}`, unknown>>): Promise<string> {
    const creator = { name: "cf-oauth selftest", version: "1" };
    const comment = "It holds no ids, secrets, names and addresses: their letters are replaced by x.";
    const entries = await Promise.all(this.#entries);
    return `${JSON.stringify({ log: { version: "1.2", creator, comment, ...extra, entries } }, undefined, 2)}\n`;
  }
}

async function entryOf(
  url: string,
  init: RequestInit,
  response: Response,
  hidden: Hidden,
  started: Date,
  time: number,
): Promise<Entry> {
  // A body that breaks off is an error for the caller; here it is an empty one.
  const text = await response.text().catch(() => "");
  const sent = typeof init.body === "string" ? init.body : undefined;
  const mimeType = response.headers.get("Content-Type") ?? "";
  const common = { httpVersion: "HTTP/1.1", cookies: [], headersSize: -1, bodySize: -1 };
  return {
    startedDateTime: started.toISOString(),
    time: Math.round(time),
    request: {
      ...common,
      method: init.method ?? "GET",
      url: hideInUrl(url, hidden),
      headers: [...headersOf(new Headers(init.headers)), { name: "authorization", value: "Bearer x" }],
      queryString: [],
      ...(sent !== undefined && { postData: { mimeType: "application/json", text: hideInBody(sent, hidden) } }),
    },
    response: {
      ...common,
      status: response.status,
      statusText: "",
      headers: headersOf(response.headers),
      content: { size: text.length, mimeType, text: hideInBody(text, hidden) },
      redirectURL: "",
    },
    cache: {},
    timings: { send: 0, wait: Math.round(time), receive: 0 },
  };
}

function headersOf(headers: Headers): { name: string; value: string }[] {
  return (
    [...headers]
      .filter(([name]) => harmless.includes(name))
      // The limit's partition key would name whose limit it is.
      .map(([name, value]) => ({ name, value: value.replaceAll(/;\s*pk=[^;,]*/gi, "") }))
  );
}
