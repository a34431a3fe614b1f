import { describe, expect, test } from "vitest";
import { APIResponseError, Cloudflare, CloudflareError } from "../../src/client/index.ts";
import { account, apiToken, envelope, response } from "./examples.ts";

/** A client whose server has these pages, and answers any further page by `beyond`; and the queries that it got. */
function listing(
  pages: readonly string[][],
  info: object | undefined,
  beyond: (page: number) => string[] = () => [],
): { client: Cloudflare; queries: string[] } {
  const queries: string[] = [];
  const client = new Cloudflare({
    apiToken,
    fetch: async (url) => {
      const { search, searchParams } = new URL(url);
      if (queries.push(search) > 100) throw new Error("The list does not end.");
      const page = Number(searchParams.get("page") ?? 1);
      const result = (pages[page - 1] ?? beyond(page)).map((id) => ({ client_id: id, visibility: "private" }));
      return response(200, envelope(result, info && { result_info: info }));
    },
  });
  return { client, queries };
}

async function idsOf(list: AsyncIterable<{ client_id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { client_id } of list) ids.push(client_id);
  return ids;
}

describe("iterating", () => {
  test("over the promise gives the items of all pages", async () => {
    const { client, queries } = listing([["a", "b"], ["c"]], { total_count: 3 });
    expect(await idsOf(client.iam.oauthClients.list(account))).toEqual(["a", "b", "c"]);
    expect(queries).toEqual(["", "?page=2"]);
  });

  test("over a page gives its items and those of the pages that follow", async () => {
    const { client } = listing([["a", "b"], ["c"]], { total_count: 3 });
    expect(await idsOf(await client.iam.oauthClients.list(account))).toEqual(["a", "b", "c"]);
  });

  test("over pages gives each of them", async () => {
    const { client } = listing([["a", "b"], ["c"]], { total_count: 3 });
    const sizes: number[] = [];
    for await (const page of (await client.iam.oauthClients.list(account)).iterPages()) sizes.push(page.result.length);
    expect(sizes).toEqual([2, 1]);
  });

  test("over scopes works likewise", async () => {
    const client = new Cloudflare({ apiToken, fetch: async () => response(200, envelope([{ id: "a", name: "A" }])) });
    const ids: string[] = [];
    for await (const { id } of client.iam.oauthScopes.list()) ids.push(id);
    expect(ids).toEqual(["a"]);
  });

  test("over a list that cannot be had rejects", async () => {
    const client = new Cloudflare({ apiToken, fetch: async () => response(200, envelope({})) });
    await expect(idsOf(client.iam.oauthClients.list(account))).rejects.toThrow(APIResponseError);
  });
});

describe("a list ends", () => {
  test("after one request if nothing is said of its extent", async () => {
    const { client, queries } = listing([["a", "b"]], undefined);
    expect(await idsOf(client.iam.oauthClients.list(account))).toEqual(["a", "b"]);
    expect(queries).toHaveLength(1);
  });

  test("when all items have come, though the server repeats its last page", async () => {
    const { client, queries } = listing([["a", "b"], ["c"]], { total_count: 3 }, () => ["c"]);
    expect(await idsOf(client.iam.oauthClients.list(account))).toEqual(["a", "b", "c"]);
    expect(queries.length).toBeLessThanOrEqual(3);
  });

  test("when the server repeats its only page, though it counts more", async () => {
    const { client, queries } = listing([["a"]], { total_count: 3 }, () => ["a"]);
    expect(await idsOf(client.iam.oauthClients.list(account))).toEqual(["a"]);
    expect(queries).toHaveLength(2);
  });

  test("when the server repeats its last page, though it counts more", async () => {
    const { client, queries } = listing([["a", "b"], ["c"]], { total_count: 9 }, () => ["c"]);
    expect(await idsOf(client.iam.oauthClients.list(account))).toEqual(["a", "b", "c"]);
    expect(queries).toHaveLength(3);
  });

  test("when the server begins again, though it counts more", async () => {
    const { client } = listing([["a", "b"], ["c"]], { total_count: 1e9 }, (page) => (page % 2 ? ["a", "b"] : ["c"]));
    expect(await idsOf(client.iam.oauthClients.list(account))).toEqual(["a", "b", "c"]);
  });

  test("when a page is empty, though more are counted", async () => {
    const { client, queries } = listing([["a"], []], { total_count: 3 });
    expect(await idsOf(client.iam.oauthClients.list(account))).toEqual(["a"]);
    expect(queries).toHaveLength(2);
  });
});

describe("a page", () => {
  test("keeps result_info", async () => {
    const info = { count: 2, page: 1, per_page: 2, total_count: 3 };
    const page = await listing([["a", "b"], ["c"]], info).client.iam.oauthClients.list(account);
    expect(page.result_info).toEqual(info);
  });

  test("knows that there is another one", async () => {
    const page = await listing([["a", "b"], ["c"]], { total_count: 3 }).client.iam.oauthClients.list(account);
    expect(page.hasNextPage()).toBe(true);
    const next = await page.getNextPage();
    expect(next.result).toMatchObject([{ client_id: "c" }]);
    expect(next.hasNextPage()).toBe(false);
  });

  test("refuses to get one that does not exist", async () => {
    const page = await listing([["a"]], { total_count: 1 }).client.iam.oauthClients.list(account);
    expect(page.hasNextPage()).toBe(false);
    await expect(page.getNextPage()).rejects.toThrow(CloudflareError);
  });

  test("of a list whose result_info is null is the only one", async () => {
    const client = new Cloudflare({ apiToken, fetch: async () => response(200, envelope([], { result_info: null })) });
    const page = await client.iam.oauthClients.list(account);
    expect(page.hasNextPage()).toBe(false);
    expect(page.result_info).toBeUndefined();
  });
});
