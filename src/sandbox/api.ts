import type { Account } from "./account.ts";
import { failure, Refusal, success } from "./envelope.ts";
import { handlers } from "./oauth-clients.ts";
import type { SandboxOptions } from "./options.ts";
import { checkMediaType } from "./request-body.ts";
import { checkParameters, type Route, route } from "./route.ts";
import type { Arrival, Server } from "./server.ts";

/** Where the API is. */
export const baseURL = "https://api.cloudflare.com/client/v4";

const base = new URL(baseURL);

/** The documentation's example of a token. */
export const apiToken = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY";

/** The API: finds the operation, checks the request as the description says, and does what it asks. */
export function createApi(account: Account, options: SandboxOptions): Server {
  const handle = handlers(account, options);

  function answer(found: Route, arrival: Arrival): Response {
    checkCredentials(arrival.headers);
    checkParameters(found);
    const { account_id = account.id, oauth_client_id = "" } = found.parameters;
    checkMediaType(found.operation, arrival);
    if (account_id !== account.id)
      throw new Refusal(404, [
        {
          code: 7003,
          message: `Could not route to /accounts/${account_id}, perhaps your object identifier is invalid?`,
        },
      ]);
    return success(handle[found.operation]({ clientId: oauth_client_id, body: arrival.body }));
  }

  return {
    origin: base.origin,
    receive: (arrival) => {
      try {
        const found = route(arrival.method, below(arrival.url.pathname));
        return { operation: found.operation, answer: () => orFailure(() => answer(found, arrival)) };
      } catch (error) {
        return {
          operation: "unknown",
          answer: () =>
            orFailure(() => {
              throw error;
            }),
        };
      }
    },
  };
}

/** The path below the base URL. A path outside of it leads nowhere. */
function below(path: string): string {
  return path.startsWith(`${base.pathname}/`) ? path.slice(base.pathname.length) : "";
}

function orFailure(answer: () => Response): Response {
  try {
    return answer();
  } catch (error) {
    if (error instanceof Refusal) return failure(error);
    throw error;
  }
}

function checkCredentials(headers: Headers): void {
  const authorization = headers.get("Authorization");
  if (authorization === null) {
    if (headers.get("X-Auth-Email") && headers.get("X-Auth-Key")) return;
    throw new Refusal(401, [{ code: 9106, message: "Missing X-Auth-Key, X-Auth-Email or Authorization headers" }]);
  }
  const [, token] = /^Bearer +([\w-]+)$/i.exec(authorization) ?? [];
  if (token === undefined)
    throw new Refusal(400, [
      {
        code: 6003,
        message: "Invalid request headers",
        error_chain: [{ code: 6111, message: "Invalid format for Authorization header" }],
      },
    ]);
  if (token !== apiToken) throw new Refusal(401, [{ code: 10000, message: "Authentication error" }]);
}
