import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readAccepted, withoutAccepted } from "../../../scripts/drift/accepted.ts";
import { compareDescriptions } from "../../../scripts/drift/compare-descriptions.ts";
import { ApiDocument, fields, parse } from "../../../scripts/drift/document.ts";
import { renderReport } from "../../../scripts/drift/report.ts";
import { runNode } from "../../support/run-node.ts";
import { breaking, harmless, type Seeded, told } from "./seeded.ts";
import { served } from "./served.ts";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const vendorLike = await readFile(new URL("vendor-like.yaml", import.meta.url), "utf8");
const description = await readFile(new URL("../../../openapi/openapi.yaml", import.meta.url), "utf8");

/** The description, but for the operations that the vendor-like document lacks, so that one can be added there alone. */
function known(text: string): ApiDocument {
  const { paths, ...rest } = fields(parse(text));
  const kept = (item: unknown) =>
    Object.entries(fields(item)).filter(([, operation]) => {
      const { operationId } = fields(operation);
      return operationId === undefined || vendorLike.includes(`operationId: ${operationId}\n`);
    });
  const items = Object.entries(fields(paths)).map(([path, item]) => [path, Object.fromEntries(kept(item))]);
  return new ApiDocument({ ...rest, paths: Object.fromEntries(items) });
}

const ours = known(description);

const accepted = await readAccepted();

function compare(theirs: string) {
  const differences = compareDescriptions(ours, new ApiDocument(parse(theirs)), accepted.recorded);
  return withoutAccepted(differences, accepted.differences);
}

const unedited = new Set(compare(vendorLike).map((difference) => JSON.stringify(difference)));

/** The differences that an edit of the vendor-like document makes. */
function compareEdited({ from, to }: Seeded): ReturnType<typeof compare> {
  const text = vendorLike.replace(from, () => to);
  if (text === vendorLike) throw new Error(`vendor-like.yaml does not contain ${from}`);
  return compare(text).filter((difference) => !unedited.has(JSON.stringify(difference)));
}

describe("drift", () => {
  it.for([
    { what: "a document in the vendor's manner", text: vendorLike },
    { what: "the same as JSON", text: JSON.stringify(parse(vendorLike)) },
    { what: "the same with a byte order mark", text: `\uFEFF${JSON.stringify(parse(vendorLike))}` },
    { what: "the same as YAML with a byte order mark", text: `\uFEFF${vendorLike}` },
    { what: "the same as OpenAPI 3.1", text: vendorLike.replace("3.0.3", "3.1.0") },
  ])("finds none in $what", ({ text }) => {
    expect(compare(text), "If you have changed the description, change vendor-like.yaml, too.").toEqual([]);
  });

  it.for(breaking)("could break a caller if $what", (seeded) => {
    const differences = compareEdited(seeded);
    expect(told(renderReport(differences, 8))).toEqual(seeded.told);
    expect(differences.some(({ breaks }) => breaks)).toBe(true);
  });

  it.for(harmless)("could break no caller if $what", (seeded) => {
    const differences = compareEdited(seeded);
    expect(told(renderReport(differences, 8))).toEqual(seeded.told);
    expect(differences.some(({ breaks }) => breaks)).toBe(false);
  });

  it("does not ask of the vendor what the description calls assumed", () => {
    const assumed =
      "          x-assumed: Seen with authentication errors; the vendor's description does not declare it.\n";
    expect(description).toContain(assumed);
    const asked = known(description.replace(assumed, ""));
    expect(compareDescriptions(asked, new ApiDocument(parse(vendorLike)), accepted.recorded)).toContainEqual({
      operation: "oauth-scopes-list",
      breaks: true,
      text: "4XX errors[].error_chain: not in the vendor's document",
    });
  });
});

describe("of a parameter is told that it", () => {
  const document = (parameters: object[]) =>
    new ApiDocument({ openapi: "3.1.0", paths: { "/pets": { get: { parameters, responses: {} } } } });
  const page = { name: "page", in: "query", schema: { type: "integer" } };

  it.for([
    { what: "is gone", is: [], told: "breaks query parameter page: not in the vendor's document" },
    {
      what: "is required",
      is: [{ ...page, required: true }],
      told: "breaks query parameter page: was optional, is required",
    },
    {
      what: "is a header",
      is: [{ ...page, in: "header" }],
      told: "breaks query parameter page: not in the vendor's document, note header parameter page: new",
    },
    {
      what: "has another type",
      is: [{ ...page, schema: { type: "boolean" } }],
      told: "breaks query parameter page: was integer, is boolean",
    },
    {
      what: "has another type, and is told by its content",
      is: [{ name: "page", in: "query", content: { "application/json": { schema: { type: "boolean" } } } }],
      told: "breaks query parameter page: was integer, is boolean",
    },
    {
      what: "is told by a reference, which is nothing to tell",
      is: [{ $ref: "#/paths/~1pets/get/parameters/1" }, page],
      told: "",
    },
  ])("$what", ({ is, told }) => {
    const differences = compareDescriptions(document([page]), document(is), {});
    expect(differences.map(({ breaks, text }) => `${breaks ? "breaks" : "note"} ${text}`).join(", ")).toBe(told);
  });
});

describe("npm run drift", { timeout: 30_000 }, () => {
  const drift = (...given: string[]) => runNode("scripts/drift.ts", given, project);

  it.concurrent("ends with 0 where nothing differs", async () => {
    const { exit, stdout, stderr } = await drift("test/scripts/drift/vendor-like.yaml");
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toMatch(/^All \d+ operations are as the description says\.\n$/);
  });

  it.concurrent("ends with 1, and says what, where a caller could break", async (context) => {
    const [path, id] = ["  /oauth/scopes:", "operationId: oauth-scopes-list"];
    const other = vendorLike.replace(path, "  /oauth/permissions:").replace(id, "operationId: oauth-permissions-list");
    expect(await drift(await served(context, other))).toEqual({
      exit: 1,
      stdout: [
        "oauth-scopes-list",
        "  breaks  GET /oauth/scopes: not in the vendor's document",
        "",
        "oauth-permissions-list",
        "  note    GET /oauth/permissions: not described here",
        "",
        "1 could break a caller, 1 could not.",
        "To accept a difference, list it in openapi/accepted-drift.yaml with your reason.",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it.concurrent("ends with 2 where there is no such file", async () => {
    const { exit, stdout, stderr } = await drift("no-such-file.json");
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toMatch(/^no-such-file\.json cannot be read: ENOENT.*\n$/);
  });
});
