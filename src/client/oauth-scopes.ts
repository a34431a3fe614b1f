import type { RequestOptions } from "./options.ts";
import type { PagePromise, SinglePage } from "./page.ts";
import type { Item, Requester } from "./requester.ts";

/**
 * A scope: its `id` is what a client's `scopes` take.
 *
 * @interface
 */
export type OAuthScopeListResponse = Item<"oauth-scopes-list">;
/** A page of scopes. */
export type OAuthScopeListResponsesSinglePage = SinglePage<OAuthScopeListResponse>;

/** The scopes that an OAuth client may be given. */
export class OAuthScopes {
  readonly #requester: Requester;

  /** @internal */
  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /**
   * Lists the scopes. Any valid credentials will do.
   *
   * @param options for this call alone; what is not given is the client's.
   * @returns A page; iterate over it, or over the promise, for the scopes.
   * @throws {CloudflareError} If there are no credentials; nothing has been sent.
   * @throws {APIError} If the request fails.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_scopes/methods/list/
   */
  list(options?: RequestOptions): PagePromise<OAuthScopeListResponsesSinglePage, OAuthScopeListResponse> {
    return this.#requester.list("oauth-scopes-list", {}, options);
  }
}

/** The names that the vendor's SDK nests here. @hidden */
export declare namespace OAuthScopes {
  export type { OAuthScopeListResponse, OAuthScopeListResponsesSinglePage };
}
