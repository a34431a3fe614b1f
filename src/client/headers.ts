import type { HeadersLike } from "./call.ts";
import { CloudflareError } from "./errors.ts";
import type { Send } from "./transport.ts";

/** Adds the client's headers where the call has none of that name, then the call's own. */
export function withHeaders(send: Send, defaults: HeadersLike | undefined): Send {
  return async (call) => {
    const { headers } = call;
    for (const [name, value] of entries(defaults)) if (value != null && !headers.has(name)) set(headers, name, value);
    for (const [name, value] of entries(call.init.ownHeaders)) {
      if (value === null) headers.delete(name);
      else if (value !== undefined) set(headers, name, value);
    }
    return send(call);
  };
}

function entries(headers: HeadersLike | undefined): Iterable<readonly [string, string | null | undefined]> {
  if (!headers) return [];
  return Symbol.iterator in headers ? headers : Object.entries(headers);
}

function set(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    // The platform's message would repeat the value, which may be a credential.
    throw new CloudflareError(`The header ${JSON.stringify(name)} or its value cannot be sent. Nothing was sent.`);
  }
}
