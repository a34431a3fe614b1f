import { type Verification, verifyClientSecret } from "../../src/rotation/index.ts";
import { createSandbox, type Sandbox, type SandboxOptions, type SandboxRequest } from "../../src/sandbox/index.ts";
import { clientId, settle } from "../support/rotation-world.ts";

/** A sandbox whose client has an old secret and, from a rotation, a new one. */
export function rotatedSandbox(issuer: SandboxOptions["issuer"] = {}, options: SandboxOptions = {}): Sandbox {
  return createSandbox({ clients: [{ client_id: clientId, has_rotated_secret: true }], issuer, ...options });
}

/** The client's newest secret. */
export function newest(sandbox: Sandbox): string {
  return sandbox.secretsOf(clientId).at(-1) ?? "";
}

/** Verifies a secret at a sandbox's issuer; by default the newest. */
export function verify(
  sandbox: Sandbox,
  options: Partial<Parameters<typeof verifyClientSecret>[0]> = {},
): Promise<Verification> {
  return settle(
    verifyClientSecret({
      clientId,
      method: "client_secret_basic",
      clientSecret: newest(sandbox),
      fetch: sandbox.fetch,
      ...options,
    }),
  );
}

/** The requests to an endpoint of the issuer. */
export function probes(sandbox: Sandbox, operation: "token" | "revocation"): SandboxRequest[] {
  return sandbox.requests.filter((request) => request.operation === operation);
}

/** Those that presented a secret, in order. */
export function probesWith(sandbox: Sandbox, secret: string): SandboxRequest[] {
  return sandbox.requests.filter((request) => request.secret === secret);
}

/** Milliseconds between requests that follow each other. */
export function gapsBetween(requests: readonly SandboxRequest[]): number[] {
  return requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? at));
}

/** A `fetch` that answers, in place of the issuer, some of the requests to an endpoint that present a secret. */
export function answering(
  { fetch }: Sandbox,
  path: "token" | "revoke",
  answer: (attempt: number, init: RequestInit) => Response | undefined,
): (url: string, init: RequestInit) => Promise<Response> {
  let attempt = 0;
  return async (url, init) => {
    if (!url.endsWith(`/oauth2/${path}`)) return fetch(url, init);
    attempt++;
    return answer(attempt, init) ?? fetch(url, init);
  };
}
