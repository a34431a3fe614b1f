import createClient, { type Client } from "openapi-fetch";
import type { paths } from "../../generated/openapi.ts";
import { responseOf } from "./answer.ts";
import { Call, type HeadersLike } from "./call.ts";
import { checkHeaders } from "./headers.ts";
import type { ClientOptions } from "./options.ts";
import { serializePath } from "./path.ts";
import type { Send } from "./transport.ts";

/** Makes the openapi-fetch client whose requests go down our layers. */
export function createApi(
  { baseURL, timeout, maxRetries }: ClientOptions & { readonly baseURL: string },
  send: Send,
): Client<paths> {
  const api = createClient<paths>({
    baseUrl: baseURL,
    // Settings of ours, which openapi-fetch hands to each `Call`.
    ...{ timeout, maxRetries },
    pathSerializer: serializePath,
    // openapi-fetch asks no more of these than our types have.
    Request: Call as unknown as typeof Request,
    fetch: (request) => respond(send(request as unknown as Call)),
  });
  refuseBadHeaders(api as unknown as Record<string, Method>);
  return api;
}

/** An answer as openapi-fetch's users expect it: a refusal is a response too. */
async function respond(answer: ReturnType<Send>): Promise<Response> {
  try {
    const { text, status, statusText, headers } = await answer;
    return new Response(text, { status, statusText, headers });
  } catch (error) {
    const response = responseOf(error);
    if (!response) throw error;
    return response;
  }
}

type Method = (...args: unknown[]) => unknown;

function refuseBadHeaders(methods: Record<string, Method>): void {
  for (const name of ["request", "GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]) {
    const method = methods[name];
    methods[name] = async (...args) => {
      const init = args.at(-1);
      if (typeof init === "object" && init !== null && "headers" in init) checkHeaders(init.headers as HeadersLike);
      return method?.(...args);
    };
  }
}
