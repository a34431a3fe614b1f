import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compareDescriptions } from "../../scripts/drift/compare-descriptions.ts";
import { ApiDocument, parse } from "../../scripts/drift/document.ts";
import { renderReport } from "../../scripts/drift/report.ts";
import { runNode } from "../description/run-node.ts";
import { breaking, harmless, type Seeded } from "./seeded.ts";
import { served } from "./served.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const vendorLike = await readFile(new URL("vendor-like.yaml", import.meta.url), "utf8");
const description = await readFile(new URL("../../openapi/openapi.yaml", import.meta.url), "utf8");

function document(text: string): ApiDocument {
  return new ApiDocument(parse(text));
}

function compare(theirs: string, ours = description) {
  return compareDescriptions(document(ours), document(theirs));
}

function edited({ from, to }: Seeded): string {
  const text = vendorLike.replace(from, () => to);
  if (text === vendorLike) throw new Error(`vendor-like.yaml does not contain ${from}`);
  return text;
}

/** The lines of a report by their heads, without the count at its end. */
function told(report: string): Seeded["told"] {
  const blocks = report.split("\n\n").slice(0, -1);
  return Object.fromEntries(
    blocks.map((block) => {
      const [head, ...lines] = block.split("\n");
      return [head, lines.map((line) => line.trim())];
    }),
  );
}

describe("drift", () => {
  it.for([
    { what: "the description itself", text: description },
    { what: "a document in the vendor's manner", text: vendorLike },
    { what: "the same as JSON", text: JSON.stringify(parse(vendorLike)) },
    { what: "the same as OpenAPI 3.1", text: vendorLike.replace("3.0.3", "3.1.0") },
  ])("finds none in $what", ({ text }) => {
    expect(compare(text)).toEqual([]);
  });

  it.for(breaking)("could break a caller if $what", (seeded) => {
    const differences = compare(edited(seeded));
    expect(told(renderReport(differences, 8))).toEqual(seeded.told);
    expect(differences.some(({ breaks }) => breaks)).toBe(true);
  });

  it.for(harmless)("could break no caller if $what", (seeded) => {
    const differences = compare(edited(seeded));
    expect(told(renderReport(differences, 8))).toEqual(seeded.told);
    expect(differences.some(({ breaks }) => breaks)).toBe(false);
  });

  it("does not ask of the vendor what the description calls assumed", () => {
    const assumed =
      "          x-assumed: Seen with authentication errors; the vendor's description does not declare it.\n";
    expect(description).toContain(assumed);
    expect(compare(vendorLike, description.replace(assumed, ""))).toContainEqual({
      operation: "oauth-scopes-list",
      breaks: true,
      text: "4XX errors[].error_chain: gone",
    });
  });
});

describe("npm run drift", () => {
  const drift = (...given: string[]) => runNode("scripts/drift.ts", given, project);

  it.concurrent("ends with 0 where nothing differs", async () => {
    expect(await drift("test/drift/vendor-like.yaml")).toEqual({
      exit: 0,
      stdout: "All 8 operations are as the description says.\n",
      stderr: "",
    });
  });

  it.concurrent("ends with 1, and says what, where a caller could break", async (context) => {
    const gone = vendorLike
      .replace("  /oauth/scopes:", "  /x/scopes:")
      .replace("operationId: oauth-scopes-list", "x: y");
    const { exit, stdout } = await drift(await served(context, gone.replace("[public, private]", "[public]")));
    expect(exit).toBe(1);
    expect(stdout).toBe(
      [
        "oauth-clients-list",
        '  note    200 result[].visibility: is never "private" now',
        "",
        "oauth-clients-create, oauth-clients-get, oauth-clients-update",
        '  note    200 result.visibility: is never "private" now',
        "",
        "oauth-scopes-list",
        "  breaks  GET /oauth/scopes: gone",
        "",
        "1 could break a caller, 2 could not.",
        "",
      ].join("\n"),
    );
  });

  it.concurrent("ends with 2 where there is no such file", async () => {
    expect(await drift("no-such-file.json")).toEqual({
      exit: 2,
      stdout: "",
      stderr: "no-such-file.json cannot be read: ENOENT: no such file or directory, stat 'no-such-file.json'\n",
    });
  });
});
