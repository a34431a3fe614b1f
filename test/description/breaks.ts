import { edited } from "./description.ts";

const failure = '        4XX: { $ref: "#/components/responses/Failure" }\n';
const sensitive = "          x-sensitive: true\n";
const readOnly = `          readOnly: true\n${sensitive}`;

/** For each rule of ours: what somebody may do to the description, and the text that it leads to. */
export const breaks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "rule/operation-id": {
    "an operation has no operationId": edited("      operationId: oauth-scopes-list\n", ""),
    "an operationId is not in kebab-case": edited("operationId: oauth-scopes-list", "operationId: oauthScopesList"),
  },
  "rule/idempotent": {
    "an operation does not say whether it is idempotent": edited("      x-idempotent: false\n", ""),
    "x-idempotent is a word and not a boolean": edited("x-idempotent: false", 'x-idempotent: "false"'),
  },
  "rule/permission": {
    "an operation names no permission": edited("      x-permission: none\n", ""),
    "a permission goes by another of its names": edited(
      "x-permission: OAuth Client Write",
      "x-permission: OAuth Clients Write",
    ),
  },
  "rule/responses": {
    "an operation does not describe its failure": edited(failure, ""),
    "an operation does not describe its success": edited('        "200":\n', '        "201":\n'),
    "an operation describes a response that no caller treats differently": edited(
      failure,
      `${failure}        "402": { $ref: "#/components/responses/Failure" }\n`,
    ),
  },
  "rule/success-envelope": {
    "a success does not start from the envelope": edited(
      '- $ref: "#/components/schemas/Success"',
      '- allOf: [{ $ref: "#/components/schemas/Success" }]',
    ),
    "a success is a schema of its own": edited(
      /allOf:\n +- \$ref: "#\/components\/schemas\/Success"\n.*\n.*\n +result: { \$ref: "#\/components\/schemas\/Deleted" }/,
      "{ type: object }",
    ),
    "an envelope has no result": edited(
      'properties:\n                      result: { $ref: "#/components/schemas/Deleted" }',
      "additionalProperties: true",
    ),
    "a success is not JSON": edited(
      "content:\n            application/json:",
      "content:\n            application/xml:",
    ),
    "a success has no content": edited(/(?<= {10}headers: \*limits\n) {10}content:[\s\S]*?(?= {8}4XX)/, ""),
  },
  "rule/failure-envelope": {
    "a failure has no content": edited(failure, "        4XX: { description: Refused. }\n"),
    "a failure has a schema of its own": edited(
      'schema: { $ref: "#/components/schemas/Failure" }',
      'schema: { allOf: [{ $ref: "#/components/schemas/Failure" }] }',
    ),
  },
  "examples/known-properties": {
    "a response has a property that only another schema of its allOf could name": edited(
      "          client_secret: cf-oauth-secret-example\n",
      "          client_secrets: cf-oauth-secret-example\n",
    ),
    "a request has a property that its schema does not name": edited(
      "value: { client_name: Dashboard }",
      "value: { client_name: Dashboard, client_title: Dashboard }",
    ),
    "an item of a list has one": edited(/(?<=result:\n +- \{ id: account.read, )name/, "label: Accounts, name"),
    "an envelope has one": edited(
      "        result_info: { count: 1",
      "        pages: 1\n        result_info: { count: 1",
    ),
    "an object within a result has one": edited(
      "        result: &client\n",
      "        result: &client\n          client_uri_verification: { state: verified }\n",
    ),
  },
  "rule/examples": {
    "a request has no example": edited(/ {12}examples:\n {14}rename: .*\n/, ""),
    "a response has no example": edited(/ {14}examples:\n {16}scopes: .*\n/, ""),
    "the list of examples is empty": edited(/ {14}examples:\n {16}scopes: .*\n/, "              examples: {}\n"),
  },
  "rule/secret-sensitive": {
    "the client secret is not marked": edited(sensitive, ""),
    "the client secret is marked as harmless": edited(sensitive, "          x-sensitive: false\n"),
    "a new secret is not marked": edited(
      "        client_secret:\n",
      "        client_secret_previous: { type: string }\n        client_secret:\n",
    ),
    "a secret refers to a schema that is not marked": edited(
      "        client_secret:\n",
      '        previous_secret: { $ref: "#/components/schemas/Plain" }\n        client_secret:\n',
    ).replace("  schemas:\n", "  schemas:\n    Plain: { type: string }\n"),
  },
  "rule/sensitive-read-only": {
    "a secret could be sent": edited(readOnly, sensitive),
    "a secret is said to be writable": edited(readOnly, readOnly.replace("true", "false")),
  },
};
