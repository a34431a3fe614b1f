/** What is meant to be otherwise than in the vendor's SDK. */
export interface Difference {
  /** What a user would notice. */
  readonly what: string;
  /** What the vendor's SDK 7.3.0 does. */
  readonly vendor: string;
  /** What this package does. */
  readonly here: string;
  readonly why: string;
}

/** By name: `sdk/differing.ts` or `sdk/vendor-only.ts` proves each, and the run fails for one that is not proved. */
export const differences: Readonly<Record<string, Difference>> = {
  // What is repeated.
  "lost-rotation": {
    what: "`rotateSecret` or `create` whose response is lost (5xx, time-out, reset)",
    vendor: "sent up to three times",
    here: 'sent once; the error says `outcome: "unknown"`',
    why: "each repetition may create a secret that nobody holds",
  },
  "lost-deletion": {
    what: "`deleteRotatedSecret` whose response is lost",
    vendor: "sent up to three times",
    here: "sent once",
    why: "a repetition deletes whatever is the old secret by then",
  },
  conflict: {
    what: "status 409",
    vendor: "retried",
    here: "an error at once",
    why: "a conflict does not pass by itself",
  },
  "too-early": {
    what: "status 425",
    vendor: "an error at once",
    here: "retried, where repeating is safe",
    why: "the server asks for it",
  },
  "should-retry": {
    what: "the header `x-should-retry`",
    vendor: "obeyed, before anything else",
    here: "ignored",
    why: "the API does not document it, and a header must not cause a second POST",
  },
  "retry-after-ms": {
    what: "the header `retry-after-ms`",
    vendor: "obeyed",
    here: "ignored",
    why: "the API does not document it",
  },
  "long-wait": {
    what: "`Retry-After` of more than a minute",
    vendor: "waited for, however long",
    here: "the error at once, saying how long",
    why: "a call that hangs for an hour looks like a crash",
  },
  "rate-limit": {
    what: "a 429 with `Ratelimit` but no `Retry-After`",
    vendor: "retried within seconds",
    here: "retried when the limit is reset",
    why: "the API documents the header, and refuses every call until then",
  },

  // What is taken for a response.
  redirect: {
    what: "a redirect",
    vendor: "followed, `X-Auth-Key` included, to another host",
    here: "an `APIResponseError`",
    why: "credentials must not travel",
  },
  "not-successful": {
    what: "status 200 with `success: false`",
    vendor: "resolves to its `result`, null",
    here: "an `APIResponseError`",
    why: "it is a failure",
  },
  "no-secret": {
    what: "a rotation answered without a secret",
    vendor: "resolves to an object without `client_secret`",
    here: "an `APIResponseError`; the type of `client_secret` is `string`",
    why: "a secret may exist that nobody holds",
  },
  "not-the-envelope": {
    what: "status 200 with a body that is not the envelope",
    vendor: "resolves to undefined",
    here: "an `APIResponseError` with status, content type and Ray ID",
    why: "a proxy's page is not a result",
  },
  "huge-body": {
    what: "a body of more than 1 MiB, or 64 MiB for a list",
    vendor: "read",
    here: "an `APIResponseError`",
    why: "no response of these endpoints is that long",
  },
  "slow-body": {
    what: "a body that stalls",
    vendor: "waited for, whatever `timeout` says: it covers the head alone",
    here: "an `APIConnectionTimeoutError`",
    why: "`timeout` should hold for the whole attempt",
  },
  "as-response": {
    what: "`asResponse()`",
    vendor: "the response of `fetch` itself, unchecked; after `await` its body is used up",
    here: "rejects like the call if the response is not good; status, headers and body are the same, `url` is empty",
    why: "a response is checked whichever way it is asked for",
  },

  // Credentials and options.
  "one-scheme": {
    what: "a token together with e-mail and key",
    vendor: "all three are sent",
    here: "the token alone",
    why: "which one the server takes is not documented",
  },
  "one-source": {
    what: "`apiToken` given, e-mail and key in the environment",
    vendor: "all three are sent",
    here: "the token alone",
    why: "a stray variable must not add credentials that nobody meant",
  },
  "half-a-pair": {
    what: "`apiEmail` without `apiKey`",
    vendor: "sent",
    here: "a `CloudflareError` that names the missing half; nothing is sent",
    why: "it cannot work",
  },
  "no-credentials": {
    what: "no credentials at all",
    vendor: "sent without any",
    here: "a `CloudflareError`; nothing is sent",
    why: "it cannot work",
  },
  "broken-token": {
    what: "a token with a line break in it",
    vendor: "an error that quotes the token",
    here: "a `CloudflareError` that names the option, not its value",
    why: "errors end up in logs",
  },
  "more-environment": {
    what: "`CLOUDFLARE_CUSTOM_HEADERS`, `CLOUDFLARE_API_USER_SERVICE_KEY`",
    vendor: "read",
    here: "not read",
    why: "the key is for another API; headers come from `defaultHeaders`",
  },
  "more-client-options": {
    what: "the options `userServiceKey`, `defaultQuery`, `apiVersion`",
    vendor: "there",
    here: "not there",
    why: "these endpoints take none of it",
  },
  "more-request-options": {
    what: "per call: `query`, `body`, `path`, `method`, `idempotencyKey`, `defaultBaseURL`",
    vendor: "there",
    here: "not there",
    why: "they turn a call into another one",
  },
  "header-values": {
    what: "headers with a list of values, or null for all",
    vendor: "accepted",
    here: "one value for a name; null removes one",
    why: "no header of these endpoints has several",
  },
  "checked-options": {
    what: "a `baseURL`, `timeout` or `maxRetries` that cannot work",
    vendor: "accepted, or refused at the call",
    here: "a `CloudflareError` from the constructor",
    why: "found at the start, not at the first call",
  },
  "checked-ids": {
    what: "an id with `/ \\ ? # %`, or an `account_id` that has not 32 characters",
    vendor: "encoded and sent",
    here: "a `CloudflareError`; nothing is sent",
    why: "not every proxy leaves an encoded slash alone",
  },
  "sent-headers": {
    what: "request headers other than credentials",
    vendor: "`accept`, `api-version`, `user-agent`, `x-stainless-*`",
    here: "`accept: application/json` alone",
    why: "Cloudflare's edge answers in HTML if it is asked for anything else, and the API does not need to know your platform",
  },

  // What is shown.
  "logged-secret": {
    what: '`logLevel: "debug"`',
    vendor: "logs whole bodies, a new `client_secret` included",
    here: "method, address, status, time, and headers without credentials",
    why: "a log is read by others",
  },
  "logged-success": {
    what: '`logLevel: "info"`',
    vendor: "a line for every request",
    here: "a line for every retry",
    why: "every request is `debug`",
  },
  "shown-token": {
    what: "`console.log(client)`",
    vendor: "shows the credentials",
    here: "does not",
    why: "a log is read by others",
  },
  "readable-credentials": {
    what: "`client.apiToken`, `apiKey`, `apiEmail`, `logger`, `fetchOptions` and the like",
    vendor: "readable",
    here: "not readable; `baseURL`, `timeout` and `maxRetries` are",
    why: "what can be read can be logged",
  },
  "echoed-token": {
    what: "`error.error`",
    vendor: "the body as it came, whatever is in it",
    here: "`success`, `errors`, `messages`, `result: null`, with credentials cut out",
    why: "a server may repeat a credential, or send a secret",
  },
  "error-names": {
    what: "`error.name`",
    vendor: '"Error", though its README says otherwise',
    here: 'the class, such as "NotFoundError"',
    why: "it tells errors apart in logs; messages are worded differently, too",
  },
  outcome: {
    what: "`error.outcome`",
    vendor: "not there",
    here: "whether the server may have applied the request",
    why: "only that tells whether to repeat",
  },

  // Lists.
  "more-pages": {
    what: "a list whose `result_info` counts more items than came",
    vendor: "the first page only",
    here: "the next ones too, until all have come or the server repeats itself",
    why: "a list that ends early looks complete",
  },
  "result-info": {
    what: "`page.result_info`",
    vendor: "dropped",
    here: "kept",
    why: "it is in the response",
  },
  "page-internals": {
    what: "`getPaginatedItems()`, `nextPageRequestOptions()`",
    vendor: "public",
    here: "not there; the items are `page.result`",
    why: "its own machinery",
  },

  // What else there is.
  "other-resources": {
    what: "other resources, such as `client.zones`",
    vendor: "there",
    here: "not there",
    why: "this package is about OAuth clients; both can be used side by side",
  },
  "raw-requests": {
    what: "`client.get()`, `post()`, `request()` and the like",
    vendor: "any path, untyped",
    here: "`client.api`, typed by the description",
    why: "a mistyped path does not compile",
  },
  subpaths: {
    what: "entries such as `cloudflare/resources/…` and `cloudflare/tree-shakable`",
    vendor: "there",
    here: "everything comes from the package itself",
    why: "it is small as it is",
  },
  "readonly-settings": {
    what: "assigning to `client.maxRetries` or to a property of a `ClientOptions`",
    vendor: "compiles",
    here: "does not; `withOptions()` makes a copy",
    why: "a shared client does not change under its users",
  },
  "readonly-results": {
    what: "assigning to a field that the server decides, such as `oauthClient.client_id`",
    vendor: "compiles",
    here: "does not",
    why: "the description says `readOnly`",
  },
  "made-errors": {
    what: "making an error yourself: `new APIError(status, error, message, headers)`",
    vendor: "four arguments, and `APIError.generate()`",
    here: "`new APIError(message, outcome, { status, headers, error })`",
    why: "no error without its outcome",
  },
  "promise-internals": {
    what: "`promise._thenUnwrap()`",
    vendor: "public",
    here: "not there",
    why: "its own machinery",
  },
};

/** The differences as a Markdown table. */
export function renderDifferences(): string {
  const rows = Object.values(differences).map(({ what, vendor, here, why }) => [what, vendor, here, why]);
  const lines = [["", "`cloudflare` 7.3.0", "here", "because"], ["---", "---", "---", "---"], ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}
