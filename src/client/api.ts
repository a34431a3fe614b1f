import createClient, { type Client, type Middleware } from "openapi-fetch";
import type { paths } from "../../generated/openapi.ts";
import { operations } from "../../generated/operations.ts";
import { type Answer, realResponse, responseOf, type Send } from "./answer.ts";
import { Call } from "./call.ts";
import { checkHeaders } from "./headers.ts";
import { giveRealRequests, wrap } from "./middleware.ts";
import type { ClientOptions, RequestOptions } from "./options.ts";
import { serializePath } from "./path.ts";

/** Makes the openapi-fetch client whose requests go down our layers. */
export function createApi(
  client: Required<Pick<ClientOptions, "timeout" | "maxRetries">> & { readonly baseURL: string },
  send: Send,
): Client<paths> {
  const api = createClient<paths>({
    baseUrl: client.baseURL,
    // openapi-fetch types what it makes and sends as the platform's Request, but asks no more of it than a Call has.
    Request: Call as unknown as typeof Request,
    fetch: (call: unknown) => respond(send(call as Call)),
  });
  giveRealRequests(api);
  const request = api.request as Perform;
  // Here method and path still stand apart; what is added to `init`, openapi-fetch hands to the `Call`.
  const perform: Perform = async (method, path, init = {}) => {
    checkHeaders(init.headers);
    const { timeout = client.timeout, maxRetries = client.maxRetries } = init;
    const operation = Object.values(operations).find((one) => one.method === method.toUpperCase() && one.path === path);
    const pathSerializer = (url: string, parameters: Record<string, unknown>) =>
      serializePath(url, parameters, operation?.pathParameters);
    const middleware = (init.middleware ?? []).map(wrap);
    try {
      return await request(method, path, { pathSerializer, ...init, timeout, maxRetries, operation, middleware });
    } catch (error) {
      // V8 finds the caller from here, and not from where the error was made. A call that is refused before anything is sent fails
      // before its caller awaits it.
      await undefined;
      if (error instanceof Error) (Error as StackCapturing).captureStackTrace?.(error);
      throw error;
    }
  };
  const methods = api as Client<paths> & Record<string, unknown>;
  for (const method of Object.keys(methods).filter((name) => /^[A-Z]+$/.test(name)))
    methods[method] = (path: string, init?: Init) => perform(method, path, init);
  return Object.assign(api, { request: perform });
}

/** What V8 has, and other engines may lack. */
interface StackCapturing {
  captureStackTrace?(error: Error): void;
}

/** A response as openapi-fetch's users expect it: a refusal is a response too. */
async function respond(answer: ReturnType<Send>): Promise<Response> {
  try {
    return realResponse(await answer);
  } catch (error) {
    const response = responseOf(error);
    if (!response) throw error;
    return response;
  }
}

interface Init extends RequestOptions {
  readonly middleware?: readonly Middleware[];
  readonly [option: string]: unknown;
}

/** `request` of an openapi-fetch client for any operation: its generics need a literal method and path. */
export type Perform = (
  method: string,
  path: string,
  init?: Init,
) => Promise<{ readonly response: Answer | Response; readonly error?: unknown }>;
