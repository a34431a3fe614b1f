/** Small edits of the vendor-like document, and the lines that must be told of each under the operations that it is of. */
export interface Seeded {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly told: Readonly<Record<string, readonly string[]>>;
}

/** The lines of a report by their heads, without the count at its end. */
export function told(report: string): Seeded["told"] {
  const blocks = report.split("\n\n").slice(0, -1);
  return Object.fromEntries(
    blocks.map((block) => {
      const [head, ...lines] = block.split("\n");
      return [head, lines.map((line) => line.trim())];
    }),
  );
}

const list = "oauth-clients-list";
const create = "oauth-clients-create";
const get = "oauth-clients-get";
const update = "oauth-clients-update";
const remove = "oauth-clients-delete";
const rotate = "oauth-clients-rotate-secret";
const removeRotated = "oauth-clients-delete-rotated-secret";
const scopes = "oauth-scopes-list";

const all = "all 8 operations";
const inAccount = [list, create, get, update, remove, rotate, removeRotated].join(", ");
const onClient = [get, update, remove, rotate, removeRotated].join(", ");
const oneClient = [create, get, update].join(", ");
const withSettings = `${create}, ${update}`;
const withSecret = `${create}, ${rotate}`;
const deletions = `${remove}, ${removeRotated}`;

// Places of the document.
const rotateId = "operationId: oauth-clients-rotate-secret\n";
const scopesId = "operationId: oauth-scopes-list\n";
const bearer = "[{ api_token: [] }, { api_email: [], api_key: [] }]";
const account = "iam_account: { type: string, minLength: 32, maxLength: 32";
const clientId = "iam_client_id: { type: string,";
const rotateResponses = `x-cfPermissionsRequired: { enum: [com.cloudflare.api.account.oauth-client.update] }\n      responses:\n        "200": { $ref: "#/components/responses/iam_rotated" }\n`;
const failure = 'content: { application/json: { schema: { $ref: "#/components/schemas/iam_response_failure" } } }';
const createBody = 'application/json: { schema: { $ref: "#/components/schemas/iam_client_create"';
const updateFields = "properties: { visibility: { type: string, enum: [public] } }";
const name = "client_name: { type: string, x-auditable: true }";
const method = "enum: [none, client_secret_basic, client_secret_post]";
const secret = "client_secret: { type: string, readOnly: true, x-sensitive: true }";
const created = "created_at: { type: string, format: date-time, readOnly: true }";
const updated = "updated_at: { type: string, format: date-time, readOnly: true }";
const flag = "has_rotated_secret: { type: boolean, readOnly: true }";
const visibility = "visibility: { type: string, enum: [public, private], readOnly: true }";
const idAnswer =
  'iam_id: { content: { application/json: { schema: { $ref: "#/components/schemas/iam_id_response" } } } }';
const scopesAnswer = '"200": { $ref: "#/components/responses/iam_scopes" }\n';
const scopesFailure = `${scopesAnswer}        4XX:`;

/** What is told of the operations that answer with clients. */
function ofClients(...lines: string[]): Seeded["told"] {
  return {
    [list]: lines.map((line) => line.replace("result.", "result[].")),
    [oneClient]: lines,
  };
}

function edit(what: string, from: string, to: string, told: Seeded["told"]): Seeded {
  return { what, from, to, told };
}

/** Each could break a caller. */
export const breaking: readonly Seeded[] = [
  edit("an operation is not described", `post:\n      ${rotateId}`, "x-post:\n      operationId: gone\n", {
    [rotate]: [
      "breaks  POST /accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate_secret: not in the vendor's document",
    ],
  }),
  edit("an operation has another method", "    patch:\n", "    put:\n", {
    [update]: [
      "breaks  PATCH /accounts/{account_id}/oauth_clients/{oauth_client_id}: moved to PUT /accounts/{account_tag}/oauth_clients/{id}",
    ],
  }),
  edit("an operation has another path", "  /oauth/scopes:\n", "  /user/oauth_scopes:\n", {
    [scopes]: ["breaks  GET /oauth/scopes: moved to GET /user/oauth_scopes"],
  }),
  edit("the API is elsewhere", "client/v4", "client/v5", {
    [all]: ["breaks  server: was https://api.cloudflare.com/client/v4, is https://api.cloudflare.com/client/v5"],
  }),

  edit("credentials of one kind are no longer taken", bearer, "[{ api_token: [] }]", {
    [all]: ["breaks  credentials: header X-Auth-Email with header X-Auth-Key is no longer enough"],
  }),
  edit("a token is no longer enough", "[{ api_token: [] },", "[{ api_token: [], api_key: [] },", {
    [all]: ["breaks  credentials: bearer is no longer enough"],
  }),
  edit("a key goes by another header", "name: X-Auth-Key }", "name: X-Auth-Service-Key }", {
    [all]: [
      "breaks  credentials: header X-Auth-Email with header X-Auth-Key is no longer enough",
      "note    credentials: header X-Auth-Email with header X-Auth-Service-Key is enough, too",
    ],
  }),
  edit("a token needs a permission where none was needed", scopesId, `${scopesId}      x-api-token-group: [Read]\n`, {
    [scopes]: ["breaks  permission: was none, is Read"],
  }),
  edit(
    "a token needs another permission",
    `${rotateId}      security: *security\n      x-api-token-group: [OAuth Client Write]`,
    `${rotateId}      security: *security\n      x-api-token-group: [OAuth Secret Write]`,
    {
      [rotate]: ["breaks  permission: was OAuth Client Write, is OAuth Secret Write"],
    },
  ),

  edit(
    "a required parameter is new",
    scopesId,
    `${scopesId}      parameters: [{ name: page, in: query, required: true, schema: { type: integer } }]\n`,
    { [scopes]: ["breaks  query parameter page: new, and required"] },
  ),
  edit("an id must be shorter", clientId, `${clientId} maxLength: 32,`, {
    [onClient]: ["breaks  path parameter oauth_client_id: maxLength was none, is 32"],
    ...ofClients("note    200 result.client_id: maxLength was none, is 32"),
  }),
  edit(
    "an id must be longer",
    account,
    account.replace("minLength: 32", "minLength: 33").replace("maxLength: 32", "maxLength: 36"),
    {
      [inAccount]: [
        "breaks  path parameter account_id: minLength was 32, is 33",
        "note    path parameter account_id: maxLength was 32, is 36",
      ],
    },
  ),
  edit(
    "an id must be a number",
    "iam_account: { type: string, minLength: 32, maxLength: 32",
    "iam_account: { type: integer",
    {
      [inAccount]: ["breaks  path parameter account_id: was string, is integer"],
    },
  ),
  edit(
    "a body is needed where none was",
    rotateId,
    `${rotateId}      requestBody: { required: true, content: { application/json: { schema: { type: object } } } }\n`,
    {
      [rotate]: ["breaks  request body: new, and required"],
    },
  ),
  edit("a body is sent in another format", createBody, createBody.replace("json", "x-www-form-urlencoded"), {
    [create]: ["breaks  request: is not application/json now"],
  }),
  edit(
    "a property must be sent, and is new",
    "required: [client_name, grant_types,",
    "required: [contact, client_name, grant_types,",
    {
      [create]: ["breaks  request contact: new, and required"],
    },
  ),
  edit(
    "a property must be sent, and was optional",
    "required: [client_name, grant_types,",
    "required: [client_uri, client_name, grant_types,",
    {
      [create]: ["breaks  request client_uri: was optional, is required"],
    },
  ),
  edit("a property can no longer be sent", updateFields, "properties: {}", {
    [update]: ["breaks  request visibility: not in the vendor's document"],
  }),
  edit("a property is the server's now", name, name.replace("type", "readOnly: true, type"), {
    [withSettings]: ["breaks  request client_name: not in the vendor's document"],
  }),
  edit("a value can no longer be sent", method, "enum: [none, client_secret_post]", {
    [withSettings]: ['breaks  request token_endpoint_auth_method: no longer takes "client_secret_basic"'],
    ...ofClients('note    200 result.token_endpoint_auth_method: is never "client_secret_basic" now'),
  }),
  edit("only some values can be sent", "tos_uri: { type: string }", "tos_uri: { type: string, enum: [none] }", {
    [withSettings]: ['breaks  request tos_uri: is only "none" now'],
    ...ofClients('note    200 result.tos_uri: is only "none" now'),
  }),
  edit("a text must be shorter", name, name.replace("type", "maxLength: 64, type"), {
    [withSettings]: ["breaks  request client_name: maxLength was none, is 64"],
    ...ofClients("note    200 result.client_name: maxLength was none, is 64"),
  }),
  edit(
    "a text must have a form",
    "logo_uri: { type: string }",
    'logo_uri: { type: string, format: uri, pattern: "^https:" }',
    {
      [withSettings]: [
        "breaks  request logo_uri: format was none, is uri",
        "breaks  request logo_uri: pattern was none, is ^https:",
      ],
      ...ofClients(
        "note    200 result.logo_uri: format was none, is uri",
        "note    200 result.logo_uri: pattern was none, is ^https:",
      ),
    },
  ),
  edit(
    "a list must not be empty",
    "redirect_uris: { type: array, items",
    "redirect_uris: { type: array, minItems: 1, items",
    {
      [withSettings]: ["breaks  request redirect_uris: minItems was none, is 1"],
      ...ofClients("note    200 result.redirect_uris: minItems was none, is 1"),
    },
  ),
  edit(
    "a list must not be long",
    "optional_scopes: { type: array,",
    "optional_scopes: { type: array, maxItems: 50, uniqueItems: true,",
    {
      [withSettings]: [
        "breaks  request optional_scopes: maxItems was none, is 50",
        "breaks  request optional_scopes: uniqueItems was none, is true",
      ],
      ...ofClients(
        "note    200 result.optional_scopes: maxItems was none, is 50",
        "note    200 result.optional_scopes: uniqueItems was none, is true",
      ),
    },
  ),
  edit(
    "a list has other items",
    "allowed_cors_origins: { type: array, items: { type: string } }",
    "allowed_cors_origins: { type: array, items: { type: object } }",
    {
      [withSettings]: ["breaks  request allowed_cors_origins[]: was string, is object"],
      ...ofClients("breaks  200 result.allowed_cors_origins[]: was string, is object"),
    },
  ),

  edit("a property of the result is not described", flag, "x: {}", {
    ...ofClients("breaks  200 result.has_rotated_secret: not in the vendor's document", "note    200 result.x: new"),
  }),
  edit("a property of the result has another name", secret, secret.replace("client_secret", "secret"), {
    [withSecret]: ["breaks  200 result.client_secret: not in the vendor's document", "note    200 result.secret: new"],
  }),
  edit("a property of the result has another type", flag, flag.replace("boolean", "string"), {
    ...ofClients("breaks  200 result.has_rotated_secret: was boolean, is string"),
  }),
  edit(
    "a property of the result may be null, as OpenAPI 3.0 says it",
    secret,
    secret.replace("string,", "string, nullable: true,"),
    {
      [withSecret]: ["breaks  200 result.client_secret: may also be null"],
    },
  ),
  edit(
    "a property of the result may be null, as OpenAPI 3.1 says it",
    secret,
    secret.replace("string,", '[string, "null"],'),
    {
      [withSecret]: ["breaks  200 result.client_secret: may also be null"],
    },
  ),
  edit(
    "a property of the result may be null, as a choice",
    created,
    `created_at: { anyOf: [{ type: "null" }, { type: string, format: date-time }] }`,
    ofClients("breaks  200 result.created_at: may also be null"),
  ),
  edit(
    "a property of the result may be null, beside a reference",
    'allOf: [{ $ref: "#/components/schemas/iam_client_id" }],',
    'allOf: [{ $ref: "#/components/schemas/iam_client_id" }], nullable: true,',
    {
      ...ofClients("breaks  200 result.client_id: may also be null"),
    },
  ),
  edit(
    "a property of the result is one of two types",
    updated,
    "updated_at: { oneOf: [{ type: string, format: date-time }, { type: integer }] }",
    {
      ...ofClients(
        "breaks  200 result.updated_at: format was date-time, is none",
        "breaks  200 result.updated_at: may also be integer",
      ),
    },
  ),
  edit("a property of the result may be anything", flag, "has_rotated_secret: {}", {
    ...ofClients("breaks  200 result.has_rotated_secret: may be anything now"),
  }),
  edit("a property of the result may be missing", "required: [client_id, visibility]", "required: [client_id]", {
    ...ofClients("breaks  200 result.visibility: was required, is optional"),
  }),
  edit("a result has another value", visibility, visibility.replace("private", "private, internal"), {
    ...ofClients('breaks  200 result.visibility: may also be "internal"'),
  }),
  edit("a result may have any value", visibility, visibility.replace("enum: [public, private],", ""), {
    ...ofClients('breaks  200 result.visibility: is no longer only "public" or "private"'),
  }),
  edit("a date is no date", created, created.replace("date-time", "unix-time"), {
    ...ofClients("breaks  200 result.created_at: format was date-time, is unix-time"),
  }),
  edit(
    "a result is a list",
    'properties: { result: { $ref: "#/components/schemas/iam_secret" } }',
    'properties: { result: { type: array, items: { $ref: "#/components/schemas/iam_secret" } } }',
    {
      [rotate]: ["breaks  200 result: was object, is array"],
    },
  ),
  edit(
    "a result is elsewhere in the envelope",
    'result: { type: array, items: { $ref: "#/components/schemas/iam_scope" } }',
    'scopes: { type: array, items: { $ref: "#/components/schemas/iam_scope" } }',
    {
      [scopes]: [
        "breaks  200 result: may also be null",
        "breaks  200 result[]: may be anything now",
        "note    200 scopes: new",
      ],
    },
  ),
  edit("the envelope lacks what it had", "required: [success, errors, messages]\n", "required: [success, errors]\n", {
    [all]: ["breaks  200 messages: was required, is optional"],
  }),
  edit("a success has another status", scopesAnswer, scopesAnswer.replace("200", "201"), {
    [scopes]: ["breaks  200: not in the vendor's document", "breaks  201: new"],
  }),
  edit("a success may have another status", scopesAnswer, `${scopesAnswer}        "202": {}\n`, {
    [scopes]: ["breaks  202: new"],
  }),
  edit("a success has no content", idAnswer, "iam_id: {}", {
    [deletions]: ["breaks  200: is not application/json now"],
  }),
  edit("failures are not described", scopesFailure, `${scopesAnswer}        x-4XX:`, {
    [scopes]: ["breaks  4XX: not in the vendor's document"],
  }),
  edit(
    "a failure has an envelope of its own",
    scopesFailure,
    `${scopesAnswer}        "429": { content: { application/json: { schema: { type: object } } } }\n        4XX:`,
    {
      [scopes]: [
        "breaks  429 errors: not in the vendor's document",
        "breaks  429 messages: not in the vendor's document",
        "breaks  429 result: not in the vendor's document",
        "breaks  429 success: not in the vendor's document",
        "note    429: new",
      ],
    },
  ),
];

/** None could break a caller. */
export const harmless: readonly Seeded[] = [
  edit(
    "an operation beside ours is new",
    "  /oauth/scopes:\n",
    "  /oauth/consents: { get: { operationId: oauth-consents-list } }\n  /oauth/scopes:\n",
    {
      "oauth-consents-list": ["note    GET /oauth/consents: not described here"],
    },
  ),
  edit(
    "an operation below ours is new",
    "  /oauth/scopes:\n",
    "  /accounts/{id}/oauth_clients/{client}/owner: { get: {} }\n  /oauth/scopes:\n",
    {
      "GET /accounts/{id}/oauth_clients/{client}/owner": [
        "note    GET /accounts/{id}/oauth_clients/{client}/owner: not described here",
      ],
    },
  ),
  edit(
    "operations of OAuth clients elsewhere are new",
    "  /oauth/scopes:\n",
    "  /organizations/{id}/oauth_clients: { get: {} }\n  /user/oauth_client_grants: { get: {} }\n  /oauth/scopes:\n",
    {
      "GET /organizations/{id}/oauth_clients": ["note    GET /organizations/{id}/oauth_clients: not described here"],
      "GET /user/oauth_client_grants": ["note    GET /user/oauth_client_grants: not described here"],
    },
  ),
  edit("an operation of something else is new", "  /oauth/scopes:\n", "  /zones: { get: {} }\n  /oauth/scopes:\n", {}),
  edit(
    "a second rotation is refused, and that is documented",
    rotateResponses,
    `${rotateResponses}        "409": { description: A rotated secret exists., ${failure} }\n`,
    { [rotate]: ["note    409: new (A rotated secret exists.)"] },
  ),
  edit(
    "the words of an operation are others",
    "before deleting the old one.\n        The",
    "before deleting the old one.\n        The old secret keeps working for 24 hours.\n        The",
    { [rotate]: ["note    description: the words have changed", "+ The old secret keeps working for 24 hours."] },
  ),
  edit("an operation is called something else", "summary: Delete OAuth Client\n", "summary: Archive OAuth Client\n", {
    [remove]: ["note    summary: the words have changed", "- Delete OAuth Client", "+ Archive OAuth Client"],
  }),
  edit(
    "a permission underneath is another",
    rotateResponses,
    rotateResponses.replace("com.cloudflare.api.account.oauth-client.update", "rotate"),
    {
      [rotate]: [
        "note    x-cfPermissionsRequired: the words have changed",
        "- com.cloudflare.api.account.oauth-client.update",
        "+ rotate",
      ],
    },
  ),
  edit(
    "another permission is enough, too",
    `${rotateId}      security: *security\n      x-api-token-group: [`,
    `${rotateId}      security: *security\n      x-api-token-group: [OAuth Secret Write, `,
    { [rotate]: ["note    permission: was OAuth Client Write, is OAuth Secret Write or OAuth Client Write"] },
  ),
  edit("a property is deprecated", flag, flag.replace("type", "deprecated: true, type"), {
    ...ofClients("note    200 result.has_rotated_secret: deprecated"),
  }),
  edit("a setting has a default", name, name.replace("type", "default: App, type"), {
    [withSettings]: ["note    request client_name: default was none, is App"],
    ...ofClients("note    200 result.client_name: default was none, is App"),
  }),
  edit(
    "a response has another header",
    "iam_rotated: { content",
    "iam_rotated: { headers: { X-Expires: {} }, content",
    {
      [rotate]: ["note    200 header x-expires: new"],
    },
  ),
  edit(
    "what we assumed is documented",
    "documentation_url: { type: string }",
    "documentation_url: { type: string }\n          error_chain: { type: array, items: { type: object, properties: { code: { type: integer }, message: { type: string } } } }",
    {
      [all]: ["200 errors", "200 messages", "4XX errors", "4XX messages"].map(
        (place) => `note    ${place}[].error_chain: documented now, and assumed no longer`,
      ),
    },
  ),
  edit("an operation is deprecated", rotateId, `${rotateId}      deprecated: true\n`, {
    [rotate]: ["note    deprecated"],
  }),
  edit(
    "texts and examples are others",
    "{ type: number, example: 1 }",
    "{ type: number, example: 2, description: More, title: Count, x-auditable: true }",
    {},
  ),
  edit(
    "an id is told by its own keywords, not a reference",
    `{ $ref: "#/components/schemas/iam_account" }`,
    "{ type: string, minLength: 32, maxLength: 32 }",
    {},
  ),
  edit(
    "credentials of another kind are taken, too",
    bearer,
    bearer.replace("]]", "]").replace("[{", "[{ oauth: [read] }, {"),
    {
      [all]: ["note    credentials: oauth read is enough, too"],
    },
  ),
  edit("no credentials are needed", bearer, "[]", {
    [all]: ["note    credentials: nothing is enough, too"],
  }),
  edit(
    "an optional parameter is new",
    scopesId,
    `${scopesId}      parameters: [{ name: page, in: query, schema: { type: integer } }]\n`,
    {
      [scopes]: ["note    query parameter page: new"],
    },
  ),
  edit("an id may be longer", account, account.replace("maxLength: 32", "maxLength: 36"), {
    [inAccount]: ["note    path parameter account_id: maxLength was 32, is 36"],
  }),
  edit(
    "a body may be sent where none could be",
    rotateId,
    `${rotateId}      requestBody: { content: { application/json: {} } }\n`,
    {
      [rotate]: ["note    request body: new"],
    },
  ),
  edit(
    "a property may be sent that is new",
    updateFields,
    updateFields.replace("{ vis", "{ contact: { type: string }, vis"),
    {
      [update]: ["note    request contact: new"],
    },
  ),
  edit(
    "a property need not be sent that was required",
    "required: [client_name, grant_types,",
    "required: [client_name,",
    {
      [create]: ["note    request grant_types: was required, is optional"],
    },
  ),
  edit("another value may be sent", updateFields, updateFields.replace("[public]", "[public, private]"), {
    [update]: ['note    request visibility: also takes "private"'],
  }),
  edit("any value may be sent", updateFields, updateFields.replace(", enum: [public]", ""), {
    [update]: ['note    request visibility: is no longer only "public"'],
  }),
  edit("null may be sent", updateFields, updateFields.replace("string,", "string, nullable: true,"), {
    [update]: ["note    request visibility: also takes null"],
  }),
  edit("a property of the result is new", flag, `${flag}\n            contact: { type: string }`, {
    ...ofClients("note    200 result.contact: new"),
  }),
  edit(
    "a property of the result is always there",
    "required: [client_id, visibility]",
    "required: [client_id, visibility, created_at]",
    {
      ...ofClients("note    200 result.created_at: was optional, is required"),
    },
  ),
  edit("a result is never null", "nullable: true\n              required: [id]", "required: [id]", {
    [deletions]: ["note    200 result: is never null now"],
  }),
  edit("a result has a value less", visibility, visibility.replace("public, ", ""), {
    ...ofClients('note    200 result.visibility: is never "public" now'),
  }),
  edit(
    "a number of the result is whole",
    "count: { type: number, example: 1 }",
    "count: { type: integer, minimum: 0, exclusiveMinimum: true }",
    {
      [`${list}, ${scopes}`]: [
        "note    200 result_info.count: is never number now",
        "note    200 result_info.count: minimum was none, is 1",
      ],
    },
  ),
  edit("a code has another minimum", "minimum: 1000", "minimum: 900", {
    [all]: [
      "note    200 errors[].code: minimum was none, is 900",
      "note    200 messages[].code: minimum was none, is 900",
      "note    4XX errors[].code: minimum was none, is 900",
      "note    4XX messages[].code: minimum was none, is 900",
    ],
    "openapi/accepted-drift.yaml": [
      "note    no longer occurs, so remove it: errors[].code: minimum was none, is 1000",
      "note    no longer occurs, so remove it: messages[].code: minimum was none, is 1000",
    ],
  }),
  edit("failures are told by their statuses", scopesFailure, `${scopesAnswer}        "400":`, {
    [scopes]: ["note    400: new"],
  }),
  edit("failures are told as the default", scopesFailure, `${scopesAnswer}        default:`, {}),
  edit("failures of the server are described, too", scopesAnswer, `${scopesAnswer}        5XX: {}\n`, {
    [scopes]: ["note    5XX: new"],
  }),
];
