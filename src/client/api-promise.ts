import { type Answer, realResponse } from "./answer.ts";

/** The promise of a result, which can give the HTTP response too. */
export class APIPromise<T> extends Promise<T> {
  /**
   * What `then` makes is a plain promise: it has no response.
   *
   * @internal
   */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  readonly #answer: Promise<Answer>;
  #response: Response | undefined;

  /** @internal */
  constructor(answer: Promise<Answer>, parse: (answer: Answer) => T) {
    super((resolve) => resolve(answer.then(parse)));
    this.#answer = answer;
  }

  /**
   * The response, its body read and checked.
   *
   * @returns The response; its body can be read, and its `url` is empty.
   * @throws {CloudflareError} As the promise itself rejects.
   */
  async asResponse(): Promise<Response> {
    return (await this.withResponse()).response;
  }

  /**
   * The result and the response.
   *
   * @returns `data`, what the promise itself resolves to, and `response`, as by {@link asResponse}.
   * @throws {CloudflareError} As the promise itself rejects.
   */
  async withResponse(): Promise<{ data: T; response: Response }> {
    const data = await this;
    this.#response ??= realResponse(await this.#answer);
    return { data, response: this.#response };
  }
}
