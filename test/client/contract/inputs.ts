import fc from "fast-check";
import type { Body, Input } from "./operations.ts";

type Creation = Body<"oauth-clients-create">;
type Change = Body<"oauth-clients-update">;

/** An arbitrary for each field, so that a field that the description gains has to be added here. */
type Fields<T> = { readonly [Name in keyof T]-?: fc.Arbitrary<Exclude<T[Name], undefined>> };

const text = fc.string({ unit: "binary", maxLength: 12 });
const texts = fc.array(text, { maxLength: 3 });

const settings: Fields<Creation> = {
  client_name: text,
  client_uri: text,
  logo_uri: text,
  policy_uri: text,
  tos_uri: text,
  redirect_uris: texts,
  post_logout_redirect_uris: texts,
  allowed_cors_origins: texts,
  scopes: texts,
  optional_scopes: texts,
  grant_types: fc.array(fc.constantFrom("authorization_code", "refresh_token"), { maxLength: 3 }),
  response_types: fc.array(fc.constantFrom("token", "id_token", "code"), { maxLength: 4 }),
  token_endpoint_auth_method: fc.constantFrom("none", "client_secret_basic", "client_secret_post"),
};
const registration: fc.Arbitrary<Creation> = fc.record(settings, {
  requiredKeys: [
    "client_name",
    "grant_types",
    "redirect_uris",
    "response_types",
    "scopes",
    "token_endpoint_auth_method",
  ],
});
const changes: Fields<Change> = { ...settings, visibility: fc.constant("public") };
const change: fc.Arbitrary<Change> = fc.record(changes, { requiredKeys: [] });

// In any script. What needs two UTF-16 units is in limits.test.ts, since only there it matters.
const character = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }).filter((one) => !/[/\\?#%]/.test(one)),
  },
  fc.constantFrom("é", "ß", "к", "字", "。"),
);

function id(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const characters = fc.array(character, { minLength, maxLength });
  return characters.map((all) => all.join("")).filter((text) => !/^\.\.?$/.test(text));
}

/** All that the client may be asked to send. */
export const anyInput: fc.Arbitrary<Input> = fc.record({
  account_id: id(32, 32),
  oauth_client_id: id(1, 40),
  registration,
  change,
});
