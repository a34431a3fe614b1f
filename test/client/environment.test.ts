import { beforeEach, describe, expect, test, vi } from "vitest";
import { Cloudflare, CloudflareError } from "../../src/client/index.ts";
import { account, apiToken, clientId, success } from "./examples.ts";

beforeEach(() => {
  vi.stubEnv("CLOUDFLARE_BASE_URL", undefined);
  vi.stubEnv("CLOUDFLARE_LOG", undefined);
});
describe("CLOUDFLARE_BASE_URL", () => {
  const other = "https://api.example.com/v4";

  test("is where the API is", () => {
    vi.stubEnv("CLOUDFLARE_BASE_URL", other);
    expect(new Cloudflare({ apiToken }).baseURL).toBe(other);
  });

  test("yields to the option", () => {
    vi.stubEnv("CLOUDFLARE_BASE_URL", "https://elsewhere.example.com");
    expect(new Cloudflare({ apiToken, baseURL: other }).baseURL).toBe(other);
  });

  test.each(["", "  "])("counts as unset if it is %j", (value) => {
    vi.stubEnv("CLOUDFLARE_BASE_URL", value);
    expect(new Cloudflare({ apiToken }).baseURL).toBe("https://api.cloudflare.com/client/v4");
  });

  test("is named when it cannot be used", () => {
    vi.stubEnv("CLOUDFLARE_BASE_URL", "localhost:8080");
    expect(() => new Cloudflare({ apiToken })).toThrow(CloudflareError);
    expect(() => new Cloudflare({ apiToken })).toThrow(/CLOUDFLARE_BASE_URL/);
  });
});

describe("CLOUDFLARE_LOG", () => {
  async function lines(options: object): Promise<number> {
    const debug = vi.fn();
    const logger = { error: debug, warn: debug, info: debug, debug };
    const client = new Cloudflare({ apiToken, logger, fetch: async () => success(), ...options });
    await client.iam.oauthClients.get(clientId, account);
    return debug.mock.calls.length;
  }

  test("is how much is logged", async () => {
    vi.stubEnv("CLOUDFLARE_LOG", "debug");
    expect(await lines({})).toBeGreaterThan(0);
  });

  test("yields to the option", async () => {
    vi.stubEnv("CLOUDFLARE_LOG", "debug");
    expect(await lines({ logLevel: "off" })).toBe(0);
  });

  test("does not keep a service from starting if it is no level", async () => {
    vi.stubEnv("CLOUDFLARE_LOG", "loud");
    expect(await lines({})).toBe(0);
  });
});

test("a platform without an environment will do", async () => {
  vi.stubGlobal("process", undefined);
  const client = new Cloudflare({ apiToken, fetch: async () => success() });
  await expect(client.iam.oauthClients.get(clientId, account)).resolves.toMatchObject({ client_id: clientId });
});
