import type { OAuthClient } from "../../generated/openapi.ts";
import type { Fault } from "./fault.ts";

/** How a sandbox is to behave. What is left out behaves as documented, or, where nothing is, most carefully. */
export interface SandboxOptions {
  /** 32 characters. By default the documentation's example. */
  readonly accountId?: string;
  /** The account's OAuth clients. By default one, with the documentation's `client_id` and `client_secret_basic`. */
  readonly clients?: readonly SandboxClient[];
  /**
   * What rotating does while an old secret is waiting to be deleted: `keep` up to five, as Ory Hydra does, the oldest
   * falling off; `refuse` (the default) with a 409; or `replace` the oldest, so that there are never more than two.
   */
  readonly onSecondRotation?: "keep" | "refuse" | "replace";
  /** What creating or deleting a secret does to `updated_at`: `moves` it (the default), leaves it `still`, or it is `absent`. */
  readonly updatedAt?: "moves" | "still" | "absent";
  /** Milliseconds. Details and lists show the state of so long ago. By default 0. */
  readonly readLag?: number;
  /** Milliseconds between doing what a request asks and answering it. By default 0. */
  readonly latency?: number;
  /** What goes wrong; see {@link Fault}. */
  readonly faults?: readonly Fault[];
  /** How the authorization server behaves. */
  readonly issuer?: IssuerOptions;
}

/** An OAuth client that exists from the start. */
export interface SandboxClient extends Partial<OAuthClient> {
  readonly client_id: string;
  /**
   * By default a fresh one, unless `token_endpoint_auth_method` is `none`. With `has_rotated_secret: true` it is the old
   * one, and there is a new one that nobody knows.
   */
  readonly client_secret?: string;
  /** All its live secrets, oldest first; all but the first were made by rotations. Replaces `client_secret`. */
  readonly client_secrets?: readonly string[];
}

/** How the sandbox's authorization server behaves: properly, unless told otherwise. */
export interface IssuerOptions {
  /** Its identifier. By default `https://dash.cloudflare.com`. */
  readonly url?: string;
  /** `grant-first` answers `invalid_grant` before it has authenticated the client; `absent` answers 404. */
  readonly token?: "proper" | "grant-first" | "absent";
  /** `accepts-everything` answers 200 without authenticating the client; `absent` answers 404. */
  readonly revocation?: "proper" | "accepts-everything" | "absent";
  /** `html` answers 200 with a page; `absent` answers 404. */
  readonly discovery?: "proper" | "html" | "absent";
  /**
   * Whether each of the first requests that present a secret made by a rotation is authenticated, as if replicas learnt
   * of it one after another. Every later one is.
   */
  readonly learning?: readonly boolean[];
  /** No secret made by a rotation is ever authenticated. */
  readonly learnsNever?: boolean;
  /** After so many failed authentications of one client it gets 429 for everything. By default never. */
  readonly lockOutAfter?: number;
}
