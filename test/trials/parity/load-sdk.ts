import { registerHooks } from "node:module";
import type Cloudflare from "../../../src/client/index.ts";
import type { ClientOptions } from "../../../src/client/index.ts";

/** The vendor's SDK, or this package. */
export type Sdk = "vendor" | "here";
export const sdks: readonly Sdk[] = ["vendor", "here"];

/** A call of `sdk/call-sites.ts`. The vendor's client takes the place of ours: that is what is under test. */
export type Call = (client: Cloudflare, options: ClientOptions) => Promise<unknown>;

/** A call of `sdk/differing.ts`, and what each SDK must show. */
export type Proof = { readonly see: Call } & Readonly<Record<Sdk, unknown>>;

const root = new URL("../../../", import.meta.url);
const entries: Record<Sdk, string> = { vendor: "cloudflare", here: new URL("src/client/index.ts", root).href };
const packages: Record<Sdk, string> = { vendor: "cloudflare", here: "cloudflare-oauth-clients" };

// `sdk` means another package in each copy of the modules: the copies differ by a query, which imports hand on.
registerHooks({
  resolve(specifier, context, next) {
    const sdk = new URL(context.parentURL ?? "data:").searchParams.get("sdk");
    if (sdk !== "vendor" && sdk !== "here") return next(specifier, context);
    if (specifier === "sdk") return next(entries[sdk], context);
    if (specifier.startsWith("sdk/")) {
      // So that this package finds itself by its name.
      const parentURL = sdk === "here" ? new URL("package.json", root).href : context.parentURL;
      return next(specifier.replace("sdk", packages[sdk]), { ...context, parentURL });
    }
    const found = next(specifier, context);
    return found.url.includes("/parity/sdk/") ? { ...found, url: `${found.url}?sdk=${sdk}` } : found;
  },
});

/** The class of an SDK. */
export async function loadClient(sdk: Sdk): Promise<typeof Cloudflare> {
  return (await import(entries[sdk])).default;
}

/** The calls whose effect must be the same, by name. */
export async function loadCallSites(sdk: Sdk): Promise<Readonly<Record<string, Call>>> {
  return (await import(`./sdk/call-sites.ts?sdk=${sdk}`)).callSites;
}

/** The calls whose effect must differ, by the name of the difference. */
export async function loadDiffering(sdk: Sdk): Promise<Readonly<Record<string, Proof>>> {
  return (await import(`./sdk/differing.ts?sdk=${sdk}`)).differing;
}
