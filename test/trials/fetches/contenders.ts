import { createRequire } from "node:module";
import type { Fetch } from "../../../src/client/index.ts";
import type { Api } from "./server.ts";

const require = createRequire(import.meta.url);

/** A `fetch` that users have, or what their tests put in its place. */
export interface Contender {
  /** `VERSION` stands for that of the package. */
  readonly name: string;
  /** The package of this folder that it comes from; undefined if it comes from none. */
  readonly package?: string;
  /** It sends nothing over a network. */
  readonly isStandIn?: true;
  /**
   * Makes it ready.
   *
   * @returns The client's option `fetch`, undefined for the global one; and what undoes it.
   */
  open(api: Api): Promise<{ readonly fetch?: unknown; close?(): void }>;
}

const never = new Promise<never>(() => undefined);

/** whatwg-fetch, which is React Native's `fetch`, on an `XMLHttpRequest` for Node. It has no types. */
async function loadWhatwg(): Promise<Record<string, unknown>> {
  Object.assign(globalThis, { XMLHttpRequest: require("xhr2"), self: globalThis });
  const name: string = "whatwg-fetch";
  return import(name);
}

async function openMsw(api: Api) {
  const { http, HttpResponse } = await import("msw");
  const { setupServer } = await import("msw/node");
  const answer = http.post(`${api.url}/*`, async ({ request }) => {
    const { body, ...init } = api.take(request.headers.get("authorization")) ?? (await never);
    return new HttpResponse(body, init);
  });
  const server = setupServer(answer);
  server.listen({ onUnhandledFrame: "error" });
  return { close: () => server.close() };
}

async function openNock(api: Api) {
  const { default: nock } = await import("nock");
  nock(api.url)
    .persist()
    .post(/./)
    .reply(async (request: Request) => {
      const { status, body, headers } = api.take(request.headers.get("authorization")) ?? (await never);
      return [status, body, headers];
    });
  return { close: () => nock.restore() };
}

/** All of them, in the order of the guide's table. */
export const contenders: readonly Contender[] = [
  { name: "the global `fetch` of Node", open: async () => ({}) },
  { name: "undici VERSION", package: "undici", open: async () => ({ fetch: (await import("undici")).fetch }) },
  { name: "node-fetch VERSION", package: "node-fetch-2", open: async () => ({ fetch: require("node-fetch-2") }) },
  {
    name: "node-fetch VERSION",
    package: "node-fetch",
    open: async () => ({ fetch: (await import("node-fetch")).default }),
  },
  {
    name: "node-fetch VERSION, by `import * as fetch`",
    package: "node-fetch",
    open: async () => ({ fetch: await import("node-fetch") }),
  },
  { name: "cross-fetch VERSION", package: "cross-fetch", open: async () => ({ fetch: require("cross-fetch") }) },
  { name: "whatwg-fetch VERSION", package: "whatwg-fetch", open: async () => ({ fetch: (await loadWhatwg()).fetch }) },
  {
    name: "React Native's: whatwg-fetch VERSION and its `Headers`",
    package: "whatwg-fetch",
    async open() {
      const { Headers, Request, Response, fetch } = await loadWhatwg();
      const before = { Headers: globalThis.Headers, Request: globalThis.Request, Response: globalThis.Response };
      Object.assign(globalThis, { Headers, Request, Response });
      return { fetch, close: () => Object.assign(globalThis, before) };
    },
  },
  { name: "MSW VERSION", package: "msw", isStandIn: true, open: openMsw },
  { name: "nock VERSION", package: "nock", isStandIn: true, open: openNock },
  {
    name: "a spy that returns `{ ok, status, headers, text }`",
    isStandIn: true,
    async open(api) {
      const fetch: (...given: Parameters<Fetch>) => Promise<unknown> = async (_, { headers }) => {
        const { status, body, headers: sent } = api.take(new Headers(headers).get("authorization")) ?? (await never);
        return { ok: status < 300, status, headers: sent, text: async () => body };
      };
      return { fetch };
    },
  },
];
