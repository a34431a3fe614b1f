/**
 * Holds the types of this package against the vendor's, in both directions: what one accepts or returns, the other does.
 * A line below an expected error that compiles fails the check, as does any other line that does not.
 */
import type * as Vendor from "cloudflare";
import type * as Here from "../../../../src/client/index.ts";

type Fits<From extends To, To> = From;
/** True if each fits the other, and neither has a property that the other lacks. */
type Same<A, B> = [A, keyof A] extends [B, keyof B]
  ? [B, keyof B] extends [A, keyof A]
    ? true
    : "theirs does not fit ours"
  : "ours does not fit theirs";
type Holds<Claim extends true> = Claim;

type Theirs = Vendor.Cloudflare["iam"];
type Ours = Here.Cloudflare["iam"];
type TheirClients = Theirs["oauthClients"];
type OurClients = Ours["oauthClients"];

// Parameters.
export type Params = [
  Holds<Same<Here.IAM.OAuthClientCreateParams, Vendor.Cloudflare.IAM.OAuthClientCreateParams>>,
  Holds<Same<Here.IAM.OAuthClientUpdateParams, Vendor.Cloudflare.IAM.OAuthClientUpdateParams>>,
  Holds<Same<Here.IAM.OAuthClientListParams, Vendor.Cloudflare.IAM.OAuthClientListParams>>,
  Holds<Same<Here.IAM.OAuthClientDeleteParams, Vendor.Cloudflare.IAM.OAuthClientDeleteParams>>,
  Holds<
    Same<Here.IAM.OAuthClientDeleteRotatedSecretParams, Vendor.Cloudflare.IAM.OAuthClientDeleteRotatedSecretParams>
  >,
  Holds<Same<Here.IAM.OAuthClientGetParams, Vendor.Cloudflare.IAM.OAuthClientGetParams>>,
  Holds<Same<Here.IAM.OAuthClientRotateSecretParams, Vendor.Cloudflare.IAM.OAuthClientRotateSecretParams>>,
];

// Results.
export type Responses = [
  Holds<Same<Here.IAM.OAuthClientCreateResponse, Vendor.Cloudflare.IAM.OAuthClientCreateResponse>>,
  Holds<Same<Here.IAM.OAuthClientUpdateResponse, Vendor.Cloudflare.IAM.OAuthClientUpdateResponse>>,
  Holds<Same<Here.IAM.OAuthClientListResponse, Vendor.Cloudflare.IAM.OAuthClientListResponse>>,
  Holds<Same<Here.IAM.OAuthClientDeleteResponse, Vendor.Cloudflare.IAM.OAuthClientDeleteResponse>>,
  Holds<
    Same<Here.IAM.OAuthClientDeleteRotatedSecretResponse, Vendor.Cloudflare.IAM.OAuthClientDeleteRotatedSecretResponse>
  >,
  Holds<Same<Here.IAM.OAuthClientGetResponse, Vendor.Cloudflare.IAM.OAuthClientGetResponse>>,
  // Ours is sure to have the secret.
  Holds<
    Same<Here.IAM.OAuthClientRotateSecretResponse, Required<Vendor.Cloudflare.IAM.OAuthClientRotateSecretResponse>>
  >,
  Holds<Same<Here.IAM.OAuthScopeListResponse, Vendor.Cloudflare.IAM.OAuthScopeListResponse>>,
];

// The nested names.
export type Verification = [
  Holds<
    Same<
      Here.IAM.OAuthClientCreateResponse.ClientURIVerification,
      Vendor.Cloudflare.IAM.OAuthClientCreateResponse.ClientURIVerification
    >
  >,
  Holds<
    Same<
      Here.IAM.OAuthClientUpdateResponse.ClientURIVerification,
      Vendor.Cloudflare.IAM.OAuthClientUpdateResponse.ClientURIVerification
    >
  >,
  Holds<
    Same<
      Here.IAM.OAuthClientListResponse.ClientURIVerification,
      Vendor.Cloudflare.IAM.OAuthClientListResponse.ClientURIVerification
    >
  >,
  Holds<
    Same<
      Here.IAM.OAuthClientGetResponse.ClientURIVerification,
      Vendor.Cloudflare.IAM.OAuthClientGetResponse.ClientURIVerification
    >
  >,
];

// Methods: what they take (options apart, see below), how many arguments, and what they resolve to, null included.
type In<Method extends (...args: never[]) => unknown, At extends number> = Parameters<Method>[At];
type Count<Method extends (...args: never[]) => unknown> = Parameters<Method>["length"];
type Out<Method extends (...args: never[]) => unknown> = Awaited<ReturnType<Method>>;
export type Methods = [
  Holds<Same<keyof OurClients, Exclude<keyof TheirClients, "_client">>>,
  Holds<Same<keyof Ours["oauthScopes"], Exclude<keyof Theirs["oauthScopes"], "_client">>>,
  Holds<Same<In<OurClients["create"], 0>, In<TheirClients["create"], 0>>>,
  Holds<Same<In<OurClients["update"], 0 | 1>, In<TheirClients["update"], 0 | 1>>>,
  Holds<Same<In<OurClients["list"], 0>, In<TheirClients["list"], 0>>>,
  Holds<Same<In<OurClients["delete"], 0 | 1>, In<TheirClients["delete"], 0 | 1>>>,
  Holds<Same<In<OurClients["deleteRotatedSecret"], 0 | 1>, In<TheirClients["deleteRotatedSecret"], 0 | 1>>>,
  Holds<Same<In<OurClients["get"], 0 | 1>, In<TheirClients["get"], 0 | 1>>>,
  Holds<Same<In<OurClients["rotateSecret"], 0 | 1>, In<TheirClients["rotateSecret"], 0 | 1>>>,
  Holds<Same<Count<OurClients["create"]>, Count<TheirClients["create"]>>>,
  Holds<Same<Count<OurClients["update"]>, Count<TheirClients["update"]>>>,
  Holds<Same<Count<OurClients["list"]>, Count<TheirClients["list"]>>>,
  Holds<Same<Count<OurClients["delete"]>, Count<TheirClients["delete"]>>>,
  Holds<Same<Count<OurClients["deleteRotatedSecret"]>, Count<TheirClients["deleteRotatedSecret"]>>>,
  Holds<Same<Count<OurClients["get"]>, Count<TheirClients["get"]>>>,
  Holds<Same<Count<OurClients["rotateSecret"]>, Count<TheirClients["rotateSecret"]>>>,
  Holds<Same<Count<Ours["oauthScopes"]["list"]>, Count<Theirs["oauthScopes"]["list"]>>>,
  Holds<Same<Out<OurClients["create"]>, Out<TheirClients["create"]>>>,
  Holds<Same<Out<OurClients["update"]>, Out<TheirClients["update"]>>>,
  Holds<Same<Out<OurClients["list"]>["result"], Out<TheirClients["list"]>["result"]>>,
  Holds<Same<Out<OurClients["delete"]>, Out<TheirClients["delete"]>>>,
  Holds<Same<Out<OurClients["deleteRotatedSecret"]>, Out<TheirClients["deleteRotatedSecret"]>>>,
  Holds<Same<Out<OurClients["get"]>, Out<TheirClients["get"]>>>,
  Holds<Same<Out<OurClients["rotateSecret"]>, Required<Out<TheirClients["rotateSecret"]>>>>,
  Holds<Same<Out<Ours["oauthScopes"]["list"]>["result"], Out<Theirs["oauthScopes"]["list"]>["result"]>>,
];

// Options of a client.
type Credentials = "apiToken" | "apiEmail" | "apiKey";
type Plain = Credentials | "baseURL" | "timeout" | "maxRetries" | "logger" | "logLevel";
export type ClientOptions = [
  Holds<Same<Pick<Here.ClientOptions, Plain>, Pick<Vendor.ClientOptions, Plain>>>,
  Fits<keyof Here.ClientOptions, keyof Vendor.ClientOptions>,
  // Whoever wrote options for the vendor's SDK can pass them on.
  Fits<Vendor.ClientOptions["fetch"], Here.ClientOptions["fetch"]>,
  // @ts-expect-error -- ours is only ever called by text and init, so a narrower function will do
  Fits<Here.ClientOptions["fetch"], Vendor.ClientOptions["fetch"]>,
  // @ts-expect-error -- theirs takes several values for a name, and null for all headers
  Fits<Vendor.ClientOptions["defaultHeaders"], Here.ClientOptions["defaultHeaders"]>,
  // @ts-expect-error -- ours takes pairs that are read-only
  Fits<Here.ClientOptions["defaultHeaders"], Vendor.ClientOptions["defaultHeaders"]>,
];

// Options of a call.
type Shared = "timeout" | "maxRetries" | "signal";
export type RequestOptions = [
  Fits<Pick<Vendor.Cloudflare.RequestOptions, Shared>, Pick<Here.RequestOptions, Shared>>,
  // @ts-expect-error -- ours also takes an explicit undefined
  Fits<Pick<Here.RequestOptions, Shared>, Pick<Vendor.Cloudflare.RequestOptions, Shared>>,
  Fits<keyof Here.RequestOptions, keyof Vendor.Cloudflare.RequestOptions>,
];

// Promises, pages and errors are classes with private fields: none of ours is one of theirs, but what can be read is.
type Readable = "status" | "headers" | "error";
type Paging = "result" | "hasNextPage";
type Page = Here.IAM.OAuthClientListResponsesSinglePage;
type TheirPage = Vendor.Cloudflare.IAM.OAuthClientListResponsesSinglePage;
export type Classes = [
  Holds<Same<Pick<Page, Paging>, Pick<TheirPage, Paging>>>,
  Fits<Page, AsyncIterable<Vendor.Cloudflare.IAM.OAuthClientListResponse>>,
  // @ts-expect-error -- a page has private fields
  Fits<Page, TheirPage>,
  Holds<
    Same<
      Awaited<ReturnType<Here.APIPromise<string>["withResponse"]>>,
      Awaited<ReturnType<Vendor.APIPromise<string>["withResponse"]>>
    >
  >,
  Fits<Here.APIPromise<string>, Promise<string>>,
  // @ts-expect-error -- a promise has private fields
  Fits<Here.APIPromise<string>, Vendor.APIPromise<string>>,
  Holds<Same<Pick<Here.APIError, Readable>, Pick<Vendor.APIError, Readable>>>,
  // @ts-expect-error -- ours also has the outcome
  Fits<Vendor.APIError, Here.APIError>,
];

// Entries of `errors`.
type Entry = Vendor.Cloudflare.ErrorData;
export type ErrorData = [
  Fits<Entry, Here.ErrorData>,
  // @ts-expect-error -- ours also takes an explicit undefined; what is read of it is the same
  Fits<Here.ErrorData, Entry>,
  Fits<Vendor.APIError["errors"], Here.APIError["errors"]>,
  Fits<keyof Entry, keyof Here.ErrorData>,
  Holds<Same<Here.ErrorData["code"], Entry["code"]>>,
  Holds<Same<Here.ErrorData["message"], Entry["message"]>>,
  Holds<Same<Here.ErrorData["documentation_url"], Entry["documentation_url"]>>,
  Holds<Same<NonNullable<Here.ErrorData["source"]>["pointer"], NonNullable<Entry["source"]>["pointer"]>>,
];
