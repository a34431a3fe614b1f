import type { Send } from "./answer.ts";
import type { HeadersLike } from "./call.ts";
import { CloudflareError } from "./errors.ts";

/** Adds the client's headers where the call has none of that name, then the call's own. */
export function withHeaders(send: Send, defaults: HeadersLike | undefined): Send {
  return (call) => {
    const { headers } = call;
    // Asked for anything else, Cloudflare's edge says in HTML why it refuses a request.
    for (const [name, value] of [...entries(defaults), ["Accept", "application/json"] as const])
      if (typeof value === "string") change(name, () => headers.has(name) || headers.set(name, value));
    for (const [name, value] of entries(call.init.ownHeaders))
      change(name, () => (value === null ? headers.delete(name) : value !== undefined && headers.set(name, value)));
    return send(call);
  };
}

/** Refuses headers that cannot be sent, before openapi-fetch tries to. */
export function checkHeaders(headers: HeadersLike | undefined): void {
  for (const [name, value] of entries(headers)) change(name, () => new Headers().set(name, String(value)));
}

function entries(headers: HeadersLike | undefined): Iterable<readonly [string, string | null | undefined]> {
  if (!headers) return [];
  return Symbol.iterator in headers ? headers : Object.entries(headers);
}

function change(name: string, action: () => unknown): void {
  try {
    action();
  } catch {
    // The platform's message would repeat the value, which may be a credential.
    throw new CloudflareError(`The header ${JSON.stringify(name)} or its value cannot be sent. Nothing was sent.`);
  }
}
