import type {
  Message,
  OAuthClientCreateRequest,
  OAuthClientSettings,
  OAuthClientUpdateRequest,
  operations,
} from "../../generated/openapi.ts";
import type { OperationId } from "../../generated/operations.ts";
import { Refusal } from "./envelope.ts";
import type { Arrival } from "./server.ts";

// The tables repeat the description's rules for bodies, because the bundled description would be ten times their size. Their
// types are made of the generated ones, so that `tsc` fails when the description moves on.

type WithBody = {
  readonly [Id in OperationId as operations[Id] extends { requestBody: object } ? Id : never]: true;
};

const withBody: WithBody = { "oauth-clients-create": true, "oauth-clients-update": true };

type Values<Value extends string> = string extends Value ? "any string" : { readonly [V in Value]: true };
type Rule<Value> = [Value] extends [readonly (infer Item extends string)[]]
  ? { readonly items: Values<Item> }
  : [Value] extends [string]
    ? { readonly value: Values<Value> }
    : never;
type Rules<Body> = { readonly [Name in keyof Body]-?: Rule<Exclude<Body[Name], undefined>> };
type RequiredNames<Body> = {
  readonly [Name in keyof Body as undefined extends Body[Name] ? never : Name]: true;
};

const string = { value: "any string" } as const;
const strings = { items: "any string" } as const;

const settings: Rules<OAuthClientSettings> = {
  allowed_cors_origins: strings,
  client_name: string,
  client_uri: string,
  grant_types: { items: { authorization_code: true, refresh_token: true } },
  logo_uri: string,
  optional_scopes: strings,
  policy_uri: string,
  post_logout_redirect_uris: strings,
  redirect_uris: strings,
  response_types: { items: { token: true, id_token: true, code: true } },
  scopes: strings,
  token_endpoint_auth_method: { value: { none: true, client_secret_basic: true, client_secret_post: true } },
  tos_uri: string,
};
const createRules: Rules<OAuthClientCreateRequest> = settings;
const createRequires: RequiredNames<OAuthClientCreateRequest> = {
  client_name: true,
  grant_types: true,
  redirect_uris: true,
  response_types: true,
  scopes: true,
  token_endpoint_auth_method: true,
};
const updateRules: Rules<OAuthClientUpdateRequest> = { ...settings, visibility: { value: { public: true } } };
const updateRequires: RequiredNames<OAuthClientUpdateRequest> = {};

/** @throws {Refusal} 415 for a body where none is taken, or that is not JSON. */
export function checkMediaType(operation: OperationId, { body, headers }: Arrival): void {
  const type = headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (body !== "" && !(operation in withBody && type === "application/json"))
    throw new Refusal(415, [{ code: 10415, message: `Unsupported media type: ${type ?? "none"}` }]);
}

/** @throws {Refusal} 400 if it is not JSON, 422 if the description does not allow it. */
export function createRequest(text: string): OAuthClientCreateRequest {
  const body = parse(text);
  assertFits<OAuthClientCreateRequest>(body, createRules, createRequires);
  return body;
}

/** @throws {Refusal} 400 if it is not JSON, 422 if the description does not allow it. */
export function updateRequest(text: string): OAuthClientUpdateRequest {
  const body = parse(text);
  assertFits<OAuthClientUpdateRequest>(body, updateRules, updateRequires);
  return body;
}

/** @throws {Refusal} 422 for settings that contradict each other. */
export function checkSettings({ grant_types, scopes = [], optional_scopes = [] }: OAuthClientSettings): void {
  const errors: Message[] = [];
  if (grant_types && !grant_types.includes("authorization_code"))
    errors.push(invalid("grant_types", "must include authorization_code"));
  for (const scope of optional_scopes) {
    if (["openid", "offline", "offline_access"].includes(scope))
      errors.push(invalid("optional_scopes", `must not include ${scope}`));
    else if (!scopes.includes(scope)) errors.push(invalid("optional_scopes", `must each be in scopes: ${scope}`));
  }
  if (errors.length) throw new Refusal(422, errors);
}

function parse(text: string): unknown {
  // As the description has it, a body that is missing is an invalid one.
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, [{ code: 10400, message: "The request body is not valid JSON" }]);
  }
}

/** Also removes what the description does not know: it is accepted, and ignored. */
function assertFits<Body extends object>(
  body: unknown,
  rules: Rules<Body>,
  required: RequiredNames<Body>,
): asserts body is Body {
  if (!isRecord(body)) throw new Refusal(422, [{ code: 10422, message: "The request body must be a JSON object" }]);
  const errors = Object.keys(required)
    .filter((name) => !Object.hasOwn(body, name))
    .map((name) => invalid(name, "is required"));
  const known = new Map<string, Rule<string> | Rule<string[]>>(Object.entries(rules));
  for (const [name, value] of Object.entries(body)) {
    const rule = known.get(name);
    if (!rule) delete body[name];
    else if ("items" in rule) {
      if (!Array.isArray(value) || !value.every((item) => allows(rule.items, item)))
        errors.push(invalid(name, `must be an array of ${wanted(rule.items)}`));
    } else if (!allows(rule.value, value)) errors.push(invalid(name, `must be ${wanted(rule.value)}`));
  }
  if (errors.length) throw new Refusal(422, errors);
}

type Allowed = "any string" | Readonly<Record<string, true>>;

function allows(allowed: Allowed, value: unknown): boolean {
  return typeof value === "string" && (allowed === "any string" || Object.hasOwn(allowed, value));
}

function wanted(allowed: Allowed): string {
  return allowed === "any string" ? "string" : Object.keys(allowed).join(" | ");
}

function invalid(name: string, message: string): Message {
  return { code: 10422, message: `${name} ${message}`, source: { pointer: `/${name}` } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
