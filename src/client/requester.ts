import type { Client } from "openapi-fetch";
import type { operations as Operations, paths } from "../../generated/openapi.ts";
import { type OperationId, operations } from "../../generated/operations.ts";
import { type Answer, readAnswer, type Send } from "./answer.ts";
import type { Perform } from "./api.ts";
import { APIPromise } from "./api-promise.ts";
import type { Call } from "./call.ts";
import type { RequestOptions } from "./options.ts";
import { PagePromise, type SinglePage } from "./page.ts";

/** The path parameters of an operation. */
export type Path<Id extends OperationId> = Operations[Id]["parameters"] extends { path: infer Path } ? Path : object;

/** The request body of an operation. */
export type Body<Id extends OperationId> = Operations[Id] extends {
  requestBody: { content: { "application/json": infer Body } };
}
  ? Body
  : undefined;

/** The envelope's `result` of an operation. */
export type Result<Id extends OperationId> = Exclude<
  Operations[Id]["responses"][200]["content"]["application/json"]["result"],
  undefined
>;

/** The item of an operation whose result is a list. */
export type Item<Id extends OperationId> = Result<Id> extends (infer Item)[] ? Item : never;

/** Performs operations through openapi-fetch, and hands out their results; what the resources are built on. */
export class Requester {
  readonly #api: () => Client<paths>;
  readonly #send: Send;

  /** @param api makes the openapi-fetch client at the first call, since that is when it costs least. */
  constructor(api: () => Client<paths>, send: Send) {
    this.#api = api;
    this.#send = send;
  }

  result<Id extends OperationId>(
    id: Id,
    path: Path<Id>,
    body: Body<Id>,
    options: RequestOptions | undefined,
  ): APIPromise<Result<Id>> {
    return new APIPromise(this.#request(id, { path }, body, options), (answer) => answer.body.result as Result<Id>);
  }

  list<Id extends OperationId>(
    id: Id,
    path: Path<Id>,
    options: RequestOptions | undefined,
  ): PagePromise<SinglePage<Item<Id>>, Item<Id>> {
    return new PagePromise((page) =>
      this.#request(id, { path, query: page > 1 ? { page } : undefined }, undefined, options),
    );
  }

  async #request(
    id: OperationId,
    params: { readonly path: unknown; readonly query?: object | undefined },
    body: unknown,
    { headers, ...options }: RequestOptions = {},
  ): Promise<Answer> {
    // The operation table vouches for method, path and body.
    const request = this.#api().request as Perform;
    const { method, path: template } = operations[id];
    const { response, error } = await request(method, template, {
      ...options,
      ownHeaders: headers,
      params,
      body,
      parseAs: "stream",
      // Unlike the `fetch` of `client.api`, this one rejects with typed errors, and has parsed the body already.
      fetch: (call: Call) => this.#send(call),
    });
    if (!(response instanceof Response)) return response;
    // A middleware has put it there. openapi-fetch has read the body of a refusal.
    const unread = error === undefined ? response : new Response(JSON.stringify(error), response);
    return readAnswer(unread, { headers: new Headers(), operation: operations[id] });
  }
}
