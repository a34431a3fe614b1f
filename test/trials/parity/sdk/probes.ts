import type { ClientOptions } from "sdk";

/** Options with a `fetch` that counts, and keeps the headers that it was given. */
export function watched(options: ClientOptions) {
  const sent: Headers[] = [];
  return {
    sent,
    options: {
      ...options,
      maxRetries: 2,
      fetch: (url: string | URL | Request, init?: RequestInit) => {
        sent.push(new Headers(init?.headers));
        return fetch(url, init);
      },
    } satisfies ClientOptions,
  };
}

/** The name of the class of what a call rejects with, or what it resolves to. */
export async function outcome(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await call() };
  } catch (error) {
    return error instanceof Error ? error.constructor.name : error;
  }
}
