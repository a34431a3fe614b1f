import { fileURLToPath } from "node:url";
import { createLogger } from "@stoplight/prism-core";
import { getHttpOperationsFromSpec } from "@stoplight/prism-http";
import { createServer } from "@stoplight/prism-http-server";

const description = fileURLToPath(new URL("../openapi/openapi.yaml", import.meta.url));

/** A running mock server. */
export interface MockServer {
  /** For example `http://127.0.0.1:40123`. Prism ignores the base path of the description's server. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the description by Prism, in this process, on a free loopback port: examples as answers (random ones with
 * `Prefer: dynamic=true`, a refusal with `Prefer: code=429`), 401 without credentials, 422 for anything that the
 * description does not allow.
 */
export async function startMockServer(): Promise<MockServer> {
  const server = createServer(await getHttpOperationsFromSpec(description), {
    cors: true,
    config: {
      isProxy: false,
      checkSecurity: true,
      validateRequest: true,
      validateResponse: true,
      errors: true,
      mock: { dynamic: false },
      upstreamProxy: undefined,
    },
    components: { logger: createLogger("prism", { level: "silent" }) },
  });
  return { url: await server.listen(0, "127.0.0.1"), close: () => server.close() };
}
