import type { PresentedCredentials } from "./client-authentication.ts";
import type { FaultyOperation } from "./fault.ts";

/** A request as a server sees it. */
export interface Arrival {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Empty if it has no body. */
  readonly body: string;
}

/** A request that has been recognised, and has not been applied yet. */
export interface Received {
  readonly operation: FaultyOperation | "unknown";
  /** How a client authenticates itself, at the issuer. */
  readonly credentials?: PresentedCredentials;
  /** Applies it. */
  answer(): Response;
}

/** A server behind the sandbox's `fetch`. */
export interface Server {
  readonly origin: string;
  receive(arrival: Arrival): Received;
}
