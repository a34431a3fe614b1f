import { describe, expect, test, vi } from "vitest";
import { Cloudflare, CloudflareError } from "../../src/client/index.ts";
import { isLogLevel } from "../../src/client/log.ts";
import { account, apiToken, clientId, success } from "./examples.ts";

test("the defaults are the vendor's: a minute, and two retries", () => {
  vi.stubEnv("CLOUDFLARE_BASE_URL", undefined);
  expect(new Cloudflare({ apiToken })).toMatchObject({
    baseURL: "https://api.cloudflare.com/client/v4",
    timeout: 60_000,
    maxRetries: 2,
  });
});

test("options that are undefined count as not given", () => {
  expect(new Cloudflare({ apiToken, timeout: undefined, maxRetries: undefined })).toMatchObject({
    timeout: 60_000,
    maxRetries: 2,
  });
});

describe("baseURL", () => {
  async function addressFor(baseURL: string): Promise<string> {
    let address = "";
    const client = new Cloudflare({
      apiToken,
      baseURL,
      fetch: async (url) => {
        address = url;
        return success();
      },
    });
    await client.iam.oauthClients.get(clientId, account);
    return address;
  }

  test.each(["https://api.example.com/v4", "https://api.example.com/v4/", " https://api.example.com/v4 "])(
    "may be %j",
    async (baseURL) => {
      expect(await addressFor(baseURL)).toBe(
        `https://api.example.com/v4/accounts/${account.account_id}/oauth_clients/${clientId}`,
      );
    },
  );

  test.each([
    "localhost:8080",
    "/client/v4",
    "ftp://api.example.com",
    "https://",
    "https://user:hunter22@api.example.com",
    "https://api.example.com?x=1",
    "https://api.example.com/v4#x",
    "https://api.example.com/{x}",
    "https://api.example.com/a b",
  ])("is refused if it is %j", (baseURL) => {
    expect(() => new Cloudflare({ apiToken, baseURL })).toThrow(CloudflareError);
  });

  test("is not repeated when it is refused, for it may hold a password", () => {
    expect(() => new Cloudflare({ apiToken, baseURL: "https://user:hunter22@api.example.com" })).toThrow(
      /^(?!.*hunter22).*baseURL/,
    );
  });
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("maxRetries of %d is refused", async (maxRetries) => {
  expect(() => new Cloudflare({ apiToken, maxRetries })).toThrow(/maxRetries/);
  const client = new Cloudflare({ apiToken, fetch: async () => success() });
  await expect(client.iam.oauthClients.get(clientId, account, { maxRetries })).rejects.toThrow(/maxRetries/);
});

describe("logging", () => {
  /** The levels of the lines that one good call writes. */
  async function levels(options: object): Promise<string[]> {
    const seen: string[] = [];
    const note = (level: string) => () => void seen.push(level);
    const logger = { error: note("error"), warn: note("warn"), info: note("info"), debug: note("debug") };
    await new Cloudflare({ apiToken, logger, fetch: async () => success(), ...options }).iam.oauthClients.get(
      clientId,
      account,
    );
    return seen;
  }

  test("tells request and answer at debug", async () => {
    expect(await levels({ logLevel: "debug" })).toEqual(["debug", "debug"]);
  });

  test("tells how long the response took, or the failure", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const lines: string[] = [];
    const logger = { ...console, debug: (line: string) => void lines.push(line) };
    for (const end of [async () => success(), () => Promise.reject(new Error("the cable is out"))]) {
      const fetch = () => {
        vi.setSystemTime(Date.now() + 1234);
        return end();
      };
      const client = new Cloudflare({ apiToken, logger, logLevel: "debug", maxRetries: 0, fetch });
      await client.iam.oauthClients.get(clientId, account).catch(() => undefined);
    }
    vi.useRealTimers();
    const [, answered, , failed] = lines;
    expect(answered).toContain(": 200 after 1234 ms");
    expect(failed).toMatch(/: APIConnectionError: .*the cable is out.* after 1234 ms$/);
  });

  test("knows its levels from any other text", () => {
    const texts = ["off", "error", "warn", "info", "debug", "loud", "", undefined];
    expect(texts.filter(isLogLevel)).toEqual(["off", "error", "warn", "info", "debug"]);
  });

  test.each(["off", "error", "warn", "info", undefined])("tells nothing of a good call at %s", async (logLevel) => {
    vi.stubEnv("CLOUDFLARE_LOG", undefined);
    expect(await levels({ logLevel })).toEqual([]);
  });

  test("goes to the console if there is no other logger", async () => {
    const debug = vi.spyOn(console, "debug").mockImplementation(() => undefined);
    await new Cloudflare({ apiToken, logLevel: "debug", fetch: async () => success() }).iam.oauthClients.get(
      clientId,
      account,
    );
    expect(debug).toHaveBeenCalledTimes(2);
    debug.mockRestore();
  });

  test("does not show a token that was given for a client id by mistake", async () => {
    const lines: string[] = [];
    const logger = { ...console, debug: (line: string) => void lines.push(line) };
    const client = new Cloudflare({ apiToken, logger, logLevel: "debug", fetch: async () => success() });
    await client.iam.oauthClients.get(apiToken, account);
    expect(lines.join()).toContain("oauth_clients/[redacted]");
    expect(lines.join()).not.toContain(apiToken);
  });

  test("that fails does not lose the secret that came", async () => {
    const fail = () => {
      throw new Error("The disk is full.");
    };
    const client = new Cloudflare({
      apiToken,
      logLevel: "debug",
      logger: { error: fail, warn: fail, info: fail, debug: fail },
      fetch: async () => success(),
    });
    await expect(client.iam.oauthClients.rotateSecret(clientId, account)).resolves.toHaveProperty("client_secret");
  });
});
