import type { OAuthScope } from "../../generated/openapi.ts";

/** Some scopes that a client may be given. */
export const scopes: readonly OAuthScope[] = [
  { id: "openid", name: "Sign in", category: "Identity" },
  { id: "offline_access", name: "Stay signed in", category: "Identity" },
  { id: "account.read", name: "Read accounts", category: "Account", scopes: ["account:read"] },
  { id: "zone.read", name: "Read zones", category: "Zone", scopes: ["zone:read"] },
];
