import Cloudflare, { type APIPromise, type ClientOptions, type PagePromise } from "sdk";

/** The names under which users reach the types: through the class, as the vendor's README does. */
export type Names = [
  Cloudflare.IAM.OAuthClientCreateParams,
  Cloudflare.IAM.OAuthClientUpdateParams,
  Cloudflare.IAM.OAuthClientListParams,
  Cloudflare.IAM.OAuthClientDeleteParams,
  Cloudflare.IAM.OAuthClientDeleteRotatedSecretParams,
  Cloudflare.IAM.OAuthClientGetParams,
  Cloudflare.IAM.OAuthClientRotateSecretParams,
  Cloudflare.IAM.OAuthClientCreateResponse,
  Cloudflare.IAM.OAuthClientUpdateResponse,
  Cloudflare.IAM.OAuthClientListResponse,
  Cloudflare.IAM.OAuthClientDeleteResponse,
  Cloudflare.IAM.OAuthClientDeleteRotatedSecretResponse,
  Cloudflare.IAM.OAuthClientGetResponse,
  Cloudflare.IAM.OAuthClientRotateSecretResponse,
  Cloudflare.IAM.OAuthClientListResponsesSinglePage,
  Cloudflare.IAM.OAuthScopeListResponse,
  Cloudflare.IAM.OAuthScopeListResponsesSinglePage,
];

/** The same one floor deeper, where each resource is a class and a namespace. */
export type NestedNames = [
  Cloudflare.IAM,
  Cloudflare.IAM.OAuthClients,
  Cloudflare.IAM.OAuthScopes,
  Cloudflare.IAM.OAuthClients.OAuthClientCreateParams,
  Cloudflare.IAM.OAuthClients.OAuthClientRotateSecretResponse,
  Cloudflare.IAM.OAuthClients.OAuthClientListResponsesSinglePage,
  Cloudflare.IAM.OAuthScopes.OAuthScopeListResponse,
];

export type Verification = [
  Cloudflare.IAM.OAuthClientCreateResponse.ClientURIVerification,
  Cloudflare.IAM.OAuthClientUpdateResponse.ClientURIVerification,
  Cloudflare.IAM.OAuthClientListResponse.ClientURIVerification,
  Cloudflare.IAM.OAuthClientGetResponse.ClientURIVerification,
];

export type Others = [ClientOptions, Cloudflare.RequestOptions, Cloudflare.ErrorData];

/** Annotations that users write where they hand a call on. */
export function handOn(client: Cloudflare, account_id: string) {
  const clients: PagePromise<
    Cloudflare.IAM.OAuthClientListResponsesSinglePage,
    Cloudflare.IAM.OAuthClientListResponse
  > = client.iam.oauthClients.list({ account_id });
  const scopes: PagePromise<Cloudflare.IAM.OAuthScopeListResponsesSinglePage> = client.iam.oauthScopes.list();
  const secret: APIPromise<Cloudflare.IAM.OAuthClientRotateSecretResponse> = client.iam.oauthClients.rotateSecret("", {
    account_id,
  });
  return { clients, scopes, secret };
}

/** After `instanceof`, an error that stands for a status has headers, and its status is a number. */
export function wait(error: unknown): string | null {
  if (error instanceof Cloudflare.RateLimitError) return error.headers.get("retry-after");
  if (error instanceof Cloudflare.InternalServerError) return `${error.status + 0}`;
  if (error instanceof Cloudflare.NotFoundError) {
    const status: 404 = error.status;
    return `${status}`;
  }
  return null;
}
