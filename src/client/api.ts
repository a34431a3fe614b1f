import createClient, { type Client, type Middleware } from "openapi-fetch";
import type { paths } from "../../generated/openapi.ts";
import { operations } from "../../generated/operations.ts";
import { realResponse, responseOf, type Send } from "./answer.ts";
import { Call } from "./call.ts";
import { checkHeaders } from "./headers.ts";
import { giveRealRequests, wrap } from "./middleware.ts";
import type { ClientOptions, RequestOptions } from "./options.ts";
import { serializePath } from "./path.ts";

/** Makes the openapi-fetch client whose requests go down our layers. */
export function createApi(client: ClientOptions & { readonly baseURL: string }, send: Send): Client<paths> {
  const api = createClient<paths>({
    baseUrl: client.baseURL,
    // openapi-fetch asks no more of these than our types have.
    Request: Call as unknown as typeof Request,
    fetch: (request) => respond(send(request as unknown as Call)),
  });
  giveRealRequests(api);
  const methods = api as unknown as Record<string, unknown> & { request: Perform };
  const { request } = methods;
  // Here method and path still stand apart; what is added to `init`, openapi-fetch hands to the `Call`.
  methods.request = async (method, path, init = {}) => {
    checkHeaders(init.headers);
    const { timeout = client.timeout, maxRetries = client.maxRetries } = init;
    const operation = Object.values(operations).find((one) => one.method === method.toUpperCase() && one.path === path);
    const pathSerializer = (url: string, parameters: Record<string, unknown>) =>
      serializePath(url, parameters, operation?.pathParameters);
    const middleware = (init.middleware ?? []).map(wrap);
    return request(method, path, { pathSerializer, ...init, timeout, maxRetries, operation, middleware });
  };
  for (const method of ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
    methods[method] = (path: string, init?: Init) => methods.request(method, path, init);
  return api;
}

/** An answer as openapi-fetch's users expect it: a refusal is a response too. */
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

type Perform = (method: string, path: string, init?: Init) => Promise<unknown>;
