/** Which types of `fetch` the client's option takes as they are; nothing here is run. */
import crossFetch from "cross-fetch";
import nodeFetch from "node-fetch";
import { fetch as undiciFetch } from "undici";
import type { ClientOptions, Fetch } from "../../../src/client/index.ts";

export const options: readonly ClientOptions[] = [
  { fetch },
  { fetch: crossFetch },
  // @ts-expect-error -- a Response of its own
  { fetch: nodeFetch },
  { fetch: nodeFetch as unknown as Fetch },
  // @ts-expect-error -- a RequestInit of its own
  { fetch: undiciFetch },
  { fetch: undiciFetch as unknown as Fetch },
];
