import type { ClientOptions, Fetch } from "../../src/client/index.ts";
import { clientId, envelope, refusal } from "./examples.ts";
import {
  answer,
  closedPort,
  cutBody,
  type Received,
  redirect,
  repeat,
  resetAfterReading,
  type Step,
  stallBody,
  stallHead,
} from "./scripted-server.ts";

// No six characters in a row of these stand in anything else that a test shows.
const apiToken = "tQ9vZx3KpLw7RnBd5YhJ2mFsGc8TuVe4XaWk6NqP";
const apiEmail = "marked.person@leaks.example";
const apiKey = "q7z1x9w3v5k8j2h6g4f0d1s3a5p7o9i2u4y6t";
export const clientSecret = "Zk3-Xw8_Qm5.Vt1~Rb7Yp9Lc2Hd4";

/** Credentials that are recognised wherever they turn up. */
export interface Marked {
  readonly options: ClientOptions;
  /** Of which no six characters in a row may show. */
  readonly secrets: readonly string[];
  /** Which may not show as a whole. */
  readonly wholes: readonly string[];
}

export const credentials: readonly [name: string, Marked][] = [
  ["a token", { options: { apiToken }, secrets: [apiToken], wholes: [] }],
  ["e-mail and key", { options: { apiEmail, apiKey }, secrets: [apiKey], wholes: [apiEmail] }],
];

/** What meets the calls: a server that takes this step each time, or another `fetch`; and options of the client. */
export interface Situation {
  readonly step?: Step;
  readonly fetch?: Fetch;
  readonly options?: ClientOptions;
  /** Headers of each call. */
  readonly headers?: (marked: Marked) => Record<string, string>;
}

/** The credentials of a request, as it carries them. */
function carried({ headers }: Received): string[] {
  return [headers.authorization, headers["x-auth-email"], headers["x-auth-key"]]
    .flatMap((value) => value ?? [])
    .map(String);
}

const all = (received: Received) => carried(received).join(" and ");
const escaped = (text: string) =>
  Array.from(text, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");

/** A refusal that repeats the request wherever it can. */
function repeatEverywhere(status: number, headers: Record<string, string> = {}): Step {
  return repeat(
    status,
    (received) =>
      refusal(`You sent ${JSON.stringify(received.headers)}`, 1000, {
        errors: [
          {
            code: 1000,
            message: `Wrong: ${all(received)}`,
            documentation_url: `https://example.com/?${all(received)}`,
            source: { pointer: all(received) },
            error_chain: [{ code: 1001, message: all(received) }],
            request: received.headers,
          },
        ],
        messages: [{ code: 1, message: all(received) }],
        request: received,
      }),
    (received) => ({
      ...headers,
      "X-Echo": all(received),
      Authorization: all(received),
      "X-Auth-Key": all(received),
      "Set-Cookie": `session=${all(received)}`,
      "CF-Ray": all(received),
      "Content-Type": `application/json; echo=${all(received)}`,
    }),
  );
}

const good = envelope({ client_id: clientId, visibility: "public", client_secret: clientSecret });
const secretInPassing = { result: { client_secret: clientSecret }, client_secret: clientSecret };
const secretInEntry = { errors: [{ code: 1000, message: "Refused.", client_secret: clientSecret }] };

const asText = (init: RequestInit) => JSON.stringify(Object.fromEntries(new Headers(init.headers)));

function bodyThatFails(error: unknown): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.error(error) });
}

export const situations: readonly [name: string, Situation][] = [
  ["a good answer", { step: answer(200, good) }],
  [
    "a secret that is cut off in malformed JSON",
    { step: answer(200, `{"success":true,"result":{"client_secret":"${clientSecret}`) },
  ],
  ["a secret under another name", { step: answer(200, envelope({ secret: clientSecret })) }],
  ["a secret without the envelope", { step: answer(200, JSON.stringify({ client_secret: clientSecret })) }],
  ["a secret as text", { step: answer(200, clientSecret, { "Content-Type": "text/plain" }) }],
  ["a secret with success: false", { step: answer(200, refusal("Refused.", 1000, secretInPassing)) }],
  ["a secret in an entry with success: false", { step: answer(200, refusal("Refused.", 1000, secretInEntry)) }],
  ["a secret in a body that is cut", { step: cutBody(`{"success":true,"result":{"client_secret":"${clientSecret}`) }],
  [
    "a secret in a body that does not end",
    { step: stallBody(`{"success":true,"result":{"client_secret":"${clientSecret}`), options: { timeout: 100 } },
  ],
  ["a secret in a refusal", { step: answer(400, refusal("Refused.", 1000, secretInPassing)) }],
  ["a secret in an entry of a refusal", { step: answer(400, refusal("Refused.", 1000, secretInEntry)) }],
  [
    "a secret in place of the entries of a refusal",
    { step: answer(400, refusal("", 1, { errors: { client_secret: clientSecret } })) },
  ],
  ["a secret in a failure", { step: answer(500, refusal("Failed.", 1000, secretInPassing)) }],

  ...[400, 401, 403, 404, 409, 422, 500].map((status): [string, Situation] => [
    `status ${status} that repeats the request`,
    { step: repeatEverywhere(status) },
  ]),
  ["a rate limit that repeats the request", { step: repeatEverywhere(429, { "Retry-After": "600" }) }],
  [
    "a rate limit that repeats the request, and a retry",
    { step: repeatEverywhere(429, { "Retry-After": "0.01" }), options: { maxRetries: 1 } },
  ],
  ["success: false that repeats the request", { step: repeatEverywhere(200) }],
  [
    "a refusal that repeats a part of the request",
    {
      step: repeat(400, (received) =>
        refusal(
          carried(received)
            .map((value) => value.slice(12, 25))
            .join(" "),
        ),
      ),
    },
  ],
  [
    "a refusal that repeats the request in JSON's escapes",
    {
      step: repeat(400, (received) => refusal("ESCAPED").replace("ESCAPED", carried(received).map(escaped).join(" "))),
    },
  ],
  ["HTML that repeats the request", { step: repeat(502, (received) => `<p>${all(received)}</p>`) }],
  [
    "a good answer whose headers repeat the request",
    {
      step: repeat(
        200,
        () => good,
        (received) => ({ "X-Echo": all(received) }),
      ),
    },
  ],
  [
    "a redirect that repeats the request",
    {
      step: repeat(
        307,
        () => "",
        (received) => ({ Location: `https://example.com/?${all(received)}` }),
      ),
    },
  ],
  ["a redirect", { step: redirect("https://example.com/") }],
  ["no response", { step: stallHead(), options: { timeout: 100 } }],
  ["a reset", { step: resetAfterReading() }],
  ["a closed port", { options: { baseURL: closedPort } }],

  [
    "a fetch that hangs the request on its error",
    {
      fetch: async (url, init) => {
        const details = { config: init, request: { url, headers: asText(init), init }, code: "UND_ERR_SOCKET" };
        const cause = Object.assign(new Error(`socket closed: ${asText(init)}`), details);
        throw Object.assign(new TypeError(`fetch failed: ${asText(init)}`, { cause }), details);
      },
    },
  ],
  [
    "a fetch that fails with several errors",
    {
      fetch: async (_, init) => {
        throw new AggregateError([new Error(asText(init)), Object.assign(new Error("two"), { init })], asText(init));
      },
    },
  ],
  [
    "a fetch that fails with a text",
    {
      fetch: async (_, init) => {
        throw `failed: ${asText(init)}`;
      },
    },
  ],
  [
    "a fetch that fails with the request in the error's code",
    {
      fetch: async (_, init) => {
        throw Object.assign(new Error("failed"), { code: asText(init) });
      },
    },
  ],
  [
    "a fetch that takes the credentials out of the headers, and fails with them",
    {
      fetch: async (_, init) => {
        const text = asText(init);
        if (init.headers instanceof Headers)
          for (const name of ["authorization", "x-auth-email", "x-auth-key"]) init.headers.delete(name);
        throw new Error(text);
      },
    },
  ],
  [
    "a body that fails with the request",
    { fetch: async (_, init) => new Response(bodyThatFails(Object.assign(new Error(asText(init)), { init }))) },
  ],
  [
    "headers that cannot be sent",
    { fetch: async () => new Response(), headers: ({ secrets }) => ({ "X-One": `${secrets[0]}\n${secrets[0]}` }) },
  ],
];
