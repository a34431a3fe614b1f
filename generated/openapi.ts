// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.

export interface paths {
    "/accounts/{account_id}/oauth_clients": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
            };
            cookie?: never;
        };
        /**
         * List OAuth Clients
         * @description Lists all OAuth clients of the account, without their secrets. Permission: **OAuth Client Read**.
         */
        get: operations["oauth-clients-list"];
        put?: never;
        /**
         * Create OAuth Client
         * @description Registers a client. Unless its `token_endpoint_auth_method` is `none`, the response has its `client_secret`. No
         *     request can read that secret again. Permission: **OAuth Client Write**.
         */
        post: operations["oauth-clients-create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/accounts/{account_id}/oauth_clients/{oauth_client_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
                /**
                 * @description The client's identifier, its `client_id`. It need not be hexadecimal, and no length is documented.
                 * @example a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
                 */
                oauth_client_id: components["parameters"]["oauth_client_id"];
            };
            cookie?: never;
        };
        /**
         * OAuth Client Details
         * @description Returns one client, without its secret. While `has_rotated_secret` is `true`, the client has an old secret that you
         *     can delete. Permission: **OAuth Client Read**.
         */
        get: operations["oauth-clients-get"];
        put?: never;
        post?: never;
        /**
         * Delete OAuth Client
         * @description Deletes the client and all its secrets, and revokes what users have granted it. Permission: **OAuth Client Write**.
         */
        delete: operations["oauth-clients-delete"];
        options?: never;
        head?: never;
        /**
         * Update OAuth Client
         * @description Changes the fields that you send and keeps the others. Permission: **OAuth Client Write**.
         *
         *     Sending `client_uri` restarts the verification of its host, even if the value is the same. Leave it out unless you
         *     change it.
         *
         *     Sending `visibility: public` promotes a private client, and you cannot undo it. A client can be promoted once it has
         *     a name, a logo, a `client_uri` whose host is verified, and a scope other than those for identity (such as `openid`).
         */
        patch: operations["oauth-clients-update"];
        trace?: never;
    };
    "/accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate_secret": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
                /**
                 * @description The client's identifier, its `client_id`. It need not be hexadecimal, and no length is documented.
                 * @example a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
                 */
                oauth_client_id: components["parameters"]["oauth_client_id"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate OAuth Client Secret
         * @description Creates a second secret and returns it. No request can read it again. The old secret keeps working until you delete
         *     it, so you can move a service to the new one without downtime. Sets `has_rotated_secret` on the client.
         *     Permission: **OAuth Client Write**.
         *
         *     A client holds two secrets at most. While `has_rotated_secret` is `true`, delete the old secret first.
         *
         *     Do not repeat this request when its response was lost. The secret that it created may exist, and nobody holds it.
         */
        post: operations["oauth-clients-rotate-secret"];
        /**
         * Delete Rotated OAuth Client Secret
         * @description Deletes the old secret after a rotation and keeps the newest one. Clears `has_rotated_secret`. A service that still
         *     uses the old secret is refused from now on. Permission: **OAuth Client Write**.
         */
        delete: operations["oauth-clients-delete-rotated-secret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/scopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List OAuth Scopes
         * @description The scopes that a client may be given. Any valid credentials will do; no permission is needed.
         */
        get: operations["oauth-scopes-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Deleted: {
            /** @description The identifier of the client. */
            id: string;
        } | null;
        /** @description The envelope of a request that was refused. */
        Failure: {
            errors: components["schemas"]["Message"][];
            messages: components["schemas"]["Messages"];
            result: null;
            /** @enum {boolean} */
            success: false;
        };
        Message: {
            /**
             * @description The vendor documents 1000 as the minimum, but 971 was seen with a 429.
             * @example 10000
             */
            code: number;
            /** @description The vendor's page about the endpoint, with the permissions that it takes. */
            documentation_url?: string;
            /** @description More precise reasons, outermost first. */
            error_chain?: {
                code?: number;
                message?: string;
            }[];
            message: string;
            source?: {
                /** @description A JSON pointer to what the message is about. */
                pointer?: string;
            };
        };
        Messages: components["schemas"]["Message"][];
        OAuthClient: components["schemas"]["OAuthClientSettings"] & {
            /** @description The client's identifier. */
            readonly client_id: string;
            /** @description Whether the account has shown that it controls the host of `client_uri`. */
            readonly client_uri_verification?: {
                /** @enum {string} */
                status?: "pending" | "in_progress" | "verified" | "failed";
                /** @description The value of the TXT record that proves it. It begins with `cloudflare_oauth_client_publisher=`. */
                text?: string;
            };
            /**
             * Format: date-time
             * @description When it was registered.
             */
            readonly created_at?: string;
            /** @description Whether the client has an old secret besides the newest one. It works until you delete it. */
            readonly has_rotated_secret?: boolean;
            /**
             * Format: date-time
             * @description When it became public.
             */
            readonly promoted_at?: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            readonly updated_at?: string;
            /**
             * @description A client is private until you promote it.
             * @enum {string}
             */
            readonly visibility: "public" | "private";
        };
        /** @description The settings of a new client. */
        OAuthClientCreateRequest: {
            /** @description Origins that may call from a browser (CORS). */
            allowed_cors_origins?: string[];
            /** @description The name that users see. */
            client_name: string;
            /** @description The client's home page. */
            client_uri?: string;
            /** @description Grants that the client uses. `authorization_code` is required. */
            grant_types: ("authorization_code" | "refresh_token")[];
            /** @description The client's logo. */
            logo_uri?: string;
            /** @description Scopes that the user may decline. Each must also be in `scopes`. `openid`, `offline` and `offline_access` cannot be optional. */
            optional_scopes?: string[];
            /** @description The client's privacy policy. */
            policy_uri?: string;
            /** @description Where the user may be sent after logging out. */
            post_logout_redirect_uris?: string[];
            /** @description Where the authorization server may send the user back to. */
            redirect_uris: string[];
            /** @description Response types that the client uses. */
            response_types: ("token" | "id_token" | "code")[];
            /** @description Scopes that the client may ask for, by the `id` that the list of scopes gives. An id with a dot must be on that list, and an id with a colon is refused. The API adds or removes `openid` and `offline_access` to fit `response_types` and `grant_types`. */
            scopes: string[];
            /**
             * @description How the client authenticates at the token endpoint. With `none` it has no secret.
             * @enum {string}
             */
            token_endpoint_auth_method: "none" | "client_secret_basic" | "client_secret_post";
            /** @description The client's terms of service. */
            tos_uri?: string;
        };
        /** @description The settings of a client that its owner chooses. */
        OAuthClientSettings: {
            /** @description Origins that may call from a browser (CORS). */
            allowed_cors_origins?: string[];
            /** @description The name that users see. */
            client_name?: string;
            /** @description The client's home page. */
            client_uri?: string;
            /** @description Grants that the client uses. `authorization_code` is required. */
            grant_types?: ("authorization_code" | "refresh_token")[];
            /** @description The client's logo. */
            logo_uri?: string;
            /** @description Scopes that the user may decline. Each must also be in `scopes`. `openid`, `offline` and `offline_access` cannot be optional. */
            optional_scopes?: string[];
            /** @description The client's privacy policy. */
            policy_uri?: string;
            /** @description Where the user may be sent after logging out. */
            post_logout_redirect_uris?: string[];
            /** @description Where the authorization server may send the user back to. */
            redirect_uris?: string[];
            /** @description Response types that the client uses. */
            response_types?: ("token" | "id_token" | "code")[];
            /** @description Scopes that the client may ask for, by the `id` that the list of scopes gives. An id with a dot must be on that list, and an id with a colon is refused. The API adds or removes `openid` and `offline_access` to fit `response_types` and `grant_types`. */
            scopes?: string[];
            /**
             * @description How the client authenticates at the token endpoint. With `none` it has no secret.
             * @enum {string}
             */
            token_endpoint_auth_method?: "none" | "client_secret_basic" | "client_secret_post";
            /** @description The client's terms of service. */
            tos_uri?: string;
        };
        /** @description The settings that change. */
        OAuthClientUpdateRequest: components["schemas"]["OAuthClientSettings"] & {
            /**
             * @description Promotes a private client. You cannot undo it.
             * @enum {string}
             */
            visibility?: "public";
        };
        OAuthClientWithSecret: components["schemas"]["OAuthClient"] & components["schemas"]["RotatedSecret"];
        OAuthScope: {
            /** @description The group that it is shown in. */
            category?: string;
            /** @description What to write in a client's `scopes`. */
            id: string;
            /** @description The name that users see. */
            name: string;
            /** @description The resource scopes that it stands for. */
            scopes?: string[];
        };
        /** @description The extent of a list. */
        ResultInfo: {
            /** @description Items on this page. */
            count?: number;
            /** @description This page, from 1. */
            page?: number;
            /** @description Items on a full page. */
            per_page?: number;
            /** @description Items on all pages. */
            total_count?: number;
        };
        RotatedSecret: {
            /** @description The client secret. No request can read it again. */
            readonly client_secret?: string;
        };
        /** @description The envelope around every result. */
        Success: {
            errors: components["schemas"]["Messages"];
            messages: components["schemas"]["Messages"];
            /** @enum {boolean} */
            success: true;
        };
    };
    responses: {
        /** @description The client already has two secrets. Delete the old one first. */
        Conflict: {
            headers: {
                Ratelimit: components["headers"]["Ratelimit"];
                "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /**
         * @description The API refused the request and changed nothing. After a 408 it is not known whether it changed something. 400 means
         *     that the request is malformed, for example that the header with the credentials is.
         */
        Failure: {
            headers: {
                Ratelimit: components["headers"]["Ratelimit"];
                "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description The API token lacks the permission, or the user lacks the role. */
        Forbidden: {
            headers: {
                Ratelimit: components["headers"]["Ratelimit"];
                "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description The account does not exist, or it has no such client. */
        NotFound: {
            headers: {
                Ratelimit: components["headers"]["Ratelimit"];
                "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description Too many requests. Wait for as many seconds as `Retry-After` says. */
        TooManyRequests: {
            headers: {
                Ratelimit: components["headers"]["Ratelimit"];
                "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description The credentials are missing, expired or wrong. */
        Unauthorized: {
            headers: {
                Ratelimit: components["headers"]["Ratelimit"];
                "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description A field of the request body has a value that the API does not accept. */
        Unprocessable: {
            headers: {
                Ratelimit: components["headers"]["Ratelimit"];
                "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
    };
    parameters: {
        /**
         * @description The account's identifier.
         * @example 023e105f4ecef8ad9ca31a8372d0c353
         */
        account_id: string;
        /**
         * @description The client's identifier, its `client_id`. It need not be hexadecimal, and no length is documented.
         * @example a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
         */
        oauth_client_id: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description What is left of the limit; `r` requests remaining, `t` seconds until it is reset.
         * @example "default";r=50;t=30
         */
        Ratelimit: string;
        /**
         * @description The limit; `q` requests in `w` seconds.
         * @example "burst";q=100;w=60
         */
        "Ratelimit-Policy": string;
        /**
         * @description Only with 429. Seconds until the next request is worth sending.
         * @example 30
         */
        "Retry-After": number;
    };
    pathItems: never;
}
export type Deleted = components['schemas']['Deleted'];
export type Failure = components['schemas']['Failure'];
export type Message = components['schemas']['Message'];
export type Messages = components['schemas']['Messages'];
export type OAuthClient = components['schemas']['OAuthClient'];
export type OAuthClientCreateRequest = components['schemas']['OAuthClientCreateRequest'];
export type OAuthClientSettings = components['schemas']['OAuthClientSettings'];
export type OAuthClientUpdateRequest = components['schemas']['OAuthClientUpdateRequest'];
export type OAuthClientWithSecret = components['schemas']['OAuthClientWithSecret'];
export type OAuthScope = components['schemas']['OAuthScope'];
export type ResultInfo = components['schemas']['ResultInfo'];
export type RotatedSecret = components['schemas']['RotatedSecret'];
export type Success = components['schemas']['Success'];
export type ResponseConflict = components['responses']['Conflict'];
export type ResponseFailure = components['responses']['Failure'];
export type ResponseForbidden = components['responses']['Forbidden'];
export type ResponseNotFound = components['responses']['NotFound'];
export type ResponseTooManyRequests = components['responses']['TooManyRequests'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponseUnprocessable = components['responses']['Unprocessable'];
export type ParameterAccountId = components['parameters']['account_id'];
export type ParameterOauthClientId = components['parameters']['oauth_client_id'];
export type HeaderRatelimit = components['headers']['Ratelimit'];
export type HeaderRatelimitPolicy = components['headers']['Ratelimit-Policy'];
export type HeaderRetryAfter = components['headers']['Retry-After'];
export type $defs = Record<string, never>;
export interface operations {
    "oauth-clients-list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Failure"];
            /** @description The clients of the account. */
            200: {
                headers: {
                    Ratelimit: components["headers"]["Ratelimit"];
                    "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"] & {
                        result?: components["schemas"]["OAuthClient"][];
                        result_info?: components["schemas"]["ResultInfo"];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    "oauth-clients-create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OAuthClientCreateRequest"];
            };
        };
        responses: {
            "4XX": components["responses"]["Failure"];
            /** @description The client, with its secret. */
            200: {
                headers: {
                    Ratelimit: components["headers"]["Ratelimit"];
                    "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"] & {
                        result?: components["schemas"]["OAuthClientWithSecret"];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    "oauth-clients-get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
                /**
                 * @description The client's identifier, its `client_id`. It need not be hexadecimal, and no length is documented.
                 * @example a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
                 */
                oauth_client_id: components["parameters"]["oauth_client_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Failure"];
            /** @description The client. */
            200: {
                headers: {
                    Ratelimit: components["headers"]["Ratelimit"];
                    "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"] & {
                        result?: components["schemas"]["OAuthClient"];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    "oauth-clients-delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
                /**
                 * @description The client's identifier, its `client_id`. It need not be hexadecimal, and no length is documented.
                 * @example a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
                 */
                oauth_client_id: components["parameters"]["oauth_client_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Failure"];
            /** @description The id of what was deleted, or null. */
            200: {
                headers: {
                    Ratelimit: components["headers"]["Ratelimit"];
                    "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"] & {
                        result?: components["schemas"]["Deleted"];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    "oauth-clients-update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
                /**
                 * @description The client's identifier, its `client_id`. It need not be hexadecimal, and no length is documented.
                 * @example a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
                 */
                oauth_client_id: components["parameters"]["oauth_client_id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OAuthClientUpdateRequest"];
            };
        };
        responses: {
            "4XX": components["responses"]["Failure"];
            /** @description The client as it is now. */
            200: {
                headers: {
                    Ratelimit: components["headers"]["Ratelimit"];
                    "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"] & {
                        result?: components["schemas"]["OAuthClient"];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    "oauth-clients-rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
                /**
                 * @description The client's identifier, its `client_id`. It need not be hexadecimal, and no length is documented.
                 * @example a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
                 */
                oauth_client_id: components["parameters"]["oauth_client_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Failure"];
            /** @description The new secret. It cannot be read again. */
            200: {
                headers: {
                    Ratelimit: components["headers"]["Ratelimit"];
                    "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"] & {
                        result?: {
                            /** @description The client secret. No request can read it again. */
                            readonly client_secret: string;
                        };
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    "oauth-clients-delete-rotated-secret": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The account's identifier.
                 * @example 023e105f4ecef8ad9ca31a8372d0c353
                 */
                account_id: components["parameters"]["account_id"];
                /**
                 * @description The client's identifier, its `client_id`. It need not be hexadecimal, and no length is documented.
                 * @example a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
                 */
                oauth_client_id: components["parameters"]["oauth_client_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Failure"];
            /** @description The id of what was deleted, or null. */
            200: {
                headers: {
                    Ratelimit: components["headers"]["Ratelimit"];
                    "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"] & {
                        result?: components["schemas"]["Deleted"];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
        };
    };
    "oauth-scopes-list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Failure"];
            /** @description The scopes. */
            200: {
                headers: {
                    Ratelimit: components["headers"]["Ratelimit"];
                    "Ratelimit-Policy": components["headers"]["Ratelimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"] & {
                        result?: components["schemas"]["OAuthScope"][];
                        result_info?: components["schemas"]["ResultInfo"];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
        };
    };
}
