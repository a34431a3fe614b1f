import type { Answer } from "./answer.ts";
import { APIPromise } from "./api-promise.ts";
import { CloudflareError } from "./errors.ts";

/** The extent of a list, as the server gives it. */
export interface ResultInfo {
  /** Items on this page. */
  count?: number;
  /** This page, from 1. */
  page?: number;
  /** Items on a full page. */
  per_page?: number;
  /** Items on all pages. */
  total_count?: number;
}

/** Asks for a page, from 1. */
export type FetchPage = (page: number) => Promise<Answer>;

/**
 * A page of a list. The documented lists come as one page; should `result_info` count more items than came, the next
 * page is asked for by `page=2`, until all have come or the server repeats itself.
 */
export class SinglePage<Item> implements AsyncIterable<Item> {
  /** The items of this page. */
  readonly result: Item[];
  /** The extent of the list; undefined if the server does not give it. */
  readonly result_info: ResultInfo | undefined;
  readonly #fetchPage: FetchPage;
  /** Items up to the end of this page. */
  readonly #seen: number;
  /** The pages up to this one, to notice when the server begins to repeat them. */
  readonly #pages: readonly string[];

  /** @internal */
  constructor(answer: Answer, fetchPage: FetchPage, seen = 0, pages: readonly string[] = []) {
    this.result = answer.body.result as Item[];
    this.result_info = (answer.body.result_info ?? undefined) as ResultInfo | undefined;
    this.#fetchPage = fetchPage;
    const text = JSON.stringify(this.result);
    if (pages.includes(text)) this.result.length = 0;
    this.#seen = seen + this.result.length;
    this.#pages = [...pages, text];
  }

  /**
   * Whether the server counts more items than have come.
   *
   * @returns False on the last page, and on one that the server repeats.
   */
  hasNextPage(): boolean {
    return this.result.length > 0 && this.#seen < (this.result_info?.total_count ?? 0);
  }

  /**
   * Asks for the next page.
   *
   * @returns The page; one without items if the server repeats one.
   * @throws {CloudflareError} If there is no next page; see {@link hasNextPage}.
   * @throws {APIError} If the request fails.
   */
  async getNextPage(): Promise<this> {
    if (!this.hasNextPage()) throw new CloudflareError("No next page: ask hasNextPage() first.");
    const answer = await this.#fetchPage(this.#pages.length + 1);
    return new SinglePage<Item>(answer, this.#fetchPage, this.#seen, this.#pages) as this;
  }

  /**
   * This page and all that follow; each is asked for when it is wanted.
   *
   * @returns The pages, in order.
   * @throws {APIError} If a request fails.
   */
  async *iterPages(): AsyncGenerator<this> {
    let page: this = this;
    yield page;
    while (page.hasNextPage()) {
      page = await page.getNextPage();
      yield page;
    }
  }

  /**
   * The items of this page and of all that follow.
   *
   * @returns The items, in order.
   * @throws {APIError} If a request fails.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    for await (const page of this.iterPages()) yield* page.result;
  }
}

/** The promise of a page, over whose items one can also iterate without awaiting it. */
export class PagePromise<Page extends SinglePage<Item>, Item = Page["result"][number]>
  extends APIPromise<Page>
  implements AsyncIterable<Item>
{
  /** @internal */
  constructor(fetchPage: FetchPage) {
    super(fetchPage(1), (answer) => new SinglePage<Item>(answer, fetchPage) as Page);
  }

  /**
   * The items of this page and of all that follow.
   *
   * @returns The items, in order.
   * @throws {CloudflareError} As the promise itself rejects, or if a later request fails.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    yield* await this;
  }
}
