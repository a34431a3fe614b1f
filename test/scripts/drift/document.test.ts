import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compareDescriptions } from "../../../scripts/drift/compare-descriptions.ts";
import { ApiDocument, DocumentError, parse, readDocument } from "../../../scripts/drift/document.ts";
import { served } from "./served.ts";

const path = fileURLToPath(new URL("vendor-like.yaml", import.meta.url));
const vendorLike = await readFile(path, "utf8");
const usual = { bytes: 1_000_000, milliseconds: 5_000 };

describe("a document to compare with", () => {
  it("is read from a file", async () => {
    expect((await readDocument(path)).root).toEqual(parse(vendorLike));
  });

  it("is fetched, also where a redirect leads", async (context) => {
    const address = await served(context, (request, response) => {
      if (request.url === "/openapi") response.writeHead(302, { Location: "/there" }).end();
      else response.end(vendorLike);
    });
    expect((await readDocument(address)).root).toEqual(parse(vendorLike));
  });

  it("must not come unencrypted from another machine", async () => {
    await expect(readDocument("http://example.com/openapi.json")).rejects.toThrow(
      new DocumentError("http://example.com/openapi.json is not https."),
    );
  });

  it.for([
    { what: "is missing", status: 404, limits: usual, message: "answers with status 404." },
    { what: "is too long", status: 200, limits: { ...usual, bytes: 1000 }, message: "is longer than 1000 bytes." },
  ])("is refused if it $what", async ({ status, limits, message }, context) => {
    const address = await served(context, (_, response) => response.writeHead(status).end(vendorLike));
    await expect(readDocument(address, limits)).rejects.toThrow(new DocumentError(`${address} ${message}`));
  });

  it("is refused if it does not end in time", async (context) => {
    const address = await served(context, (_, response) => response.write(vendorLike));
    await expect(readDocument(address, { ...usual, milliseconds: 50 })).rejects.toThrow(
      new DocumentError(`${address} cannot be fetched: The operation was aborted due to timeout`),
    );
  });

  it("is refused if the file is too long", async () => {
    await expect(readDocument(path, { ...usual, bytes: 1000 })).rejects.toThrow("is longer than 1000 bytes.");
  });

  it.for([
    { what: "no text that could be one", text: "{", message: "This is neither JSON nor YAML: " },
    { what: "a web page", text: "<!doctype html>", message: "This is no OpenAPI 3 document: " },
    { what: "of an older kind", text: "swagger: '2.0'\npaths: {}", message: "This is no OpenAPI 3 document: " },
    { what: "without operations", text: "openapi: 3.0.3", message: "This is no OpenAPI 3 document: " },
  ])("is refused if it is $what", ({ text, message }) => {
    expect(() => new ApiDocument(parse(text))).toThrow(message);
  });

  it.for([
    { what: "nowhere", to: "#/components/schemas/none", message: "#/components/schemas/none leads nowhere." },
    { what: "to another file", to: "common.yaml#/scope", message: "common.yaml#/scope is in another file." },
    { what: "back to itself", to: "#/components/schemas/iam_scope", message: "iam_scope is a part of itself." },
  ])("is refused if a reference of our operations leads $what", ({ to, message }) => {
    const text = vendorLike.replace(
      "    iam_scope:\n      type: object\n",
      `    iam_scope:\n      allOf: [{ $ref: "${to}" }]\n`,
    );
    expect(text).not.toBe(vendorLike);
    const document = new ApiDocument(parse(vendorLike));
    expect(() => compareDescriptions(document, new ApiDocument(parse(text)), {})).toThrow(message);
  });
});
