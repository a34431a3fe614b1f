import type { Client, Middleware, MiddlewareCallbackParams } from "openapi-fetch";
import type { paths } from "../../generated/openapi.ts";
import { type Answer, realResponse } from "./answer.ts";
import { Call } from "./call.ts";

/** Gives the middleware of an openapi-fetch client real requests and responses, instead of our cheaper ones. */
export function giveRealRequests(api: Pick<Client<paths>, "use" | "eject">): void {
  const { use, eject } = api;
  api.use = (...added) => use(...added.map(wrap));
  api.eject = (...removed) => eject(...removed.map(wrap));
}

/** The arguments of a middleware's hooks; only `onResponse` gets a response. */
type Told = MiddlewareCallbackParams & { response: Response; error: unknown };

/** The same as openapi-fetch passes it here: our request, and our response or that of another middleware. */
type Given = Omit<Told, "request" | "response"> & { readonly request: Call; readonly response: Response | Answer };

const wrapped = new WeakMap<Middleware, Middleware>();

/** A middleware that is given real requests and responses. What it does to a request, the call gets. */
export function wrap(middleware: Middleware): Middleware {
  const known = wrapped.get(middleware);
  if (known || !middleware) return known ?? middleware;
  const real: Record<string, unknown> = {};
  for (const name of ["onRequest", "onResponse", "onError"] as const) {
    const hook: ((told: Told) => unknown) | undefined = middleware[name];
    if (hook)
      real[name] = async (given: Given) => {
        const { request: call, response } = given;
        const request = new Request(call.url, call.init);
        const result = await hook.call(middleware, { ...given, request, response: response && realResponse(response) });
        return name === "onRequest" ? callOf(result ?? request, call) : result;
      };
  }
  wrapped.set(middleware, real as Middleware);
  return real as Middleware;
}

/** The call that a request stands for; what is no request stays as it is. */
async function callOf(request: unknown, call: Call): Promise<unknown> {
  if (!(request instanceof Request)) return request;
  const { url, method, headers, body } = request;
  // Another request is of no operation that is known, and so never repeated.
  const operation = url === call.url && method === call.method ? call.operation : undefined;
  const init = { ...call.init, method, headers: new Headers(headers), operation };
  return new Call(url, body ? { ...init, body: await request.text() } : init);
}
