import { fileURLToPath } from "node:url";
import { createLogger } from "@stoplight/prism-core";
import { getHttpOperationsFromSpec } from "@stoplight/prism-http";
import { createServer } from "@stoplight/prism-http-server";

const description = fileURLToPath(new URL("../../openapi/openapi.yaml", import.meta.url));

/** A running proxy that holds what passes through it to the description. */
export interface PrismProxy {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts Prism in front of an API. A response that the description does not allow becomes a 500; a request that it does
 * not allow is answered by Prism itself, unless `validateRequest` is false.
 */
export async function startPrismProxy(upstream: string, validateRequest: boolean): Promise<PrismProxy> {
  const server = createServer(await getHttpOperationsFromSpec(description), {
    cors: true,
    config: {
      isProxy: true,
      upstream: new URL(upstream),
      upstreamProxy: undefined,
      checkSecurity: validateRequest,
      validateRequest,
      validateResponse: true,
      errors: true,
      mock: { dynamic: false },
    },
    components: { logger: createLogger("prism", { level: "silent" }) },
  });
  return { url: await server.listen(0, "127.0.0.1"), close: () => server.close() };
}
