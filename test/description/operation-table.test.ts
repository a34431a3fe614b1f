import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { operations } from "../../generated/operations.ts";

const document: unknown = JSON.parse(await readFile(new URL("../../generated/openapi.json", import.meta.url), "utf8"));

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** What stands at `keys` below `value`, following references; undefined where the way ends. */
function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of [...keys, undefined]) {
    if (isObject(here) && typeof here.$ref === "string") here = at(document, ...here.$ref.split("/").slice(1));
    if (key !== undefined) here = isObject(here) ? here[key] : undefined;
  }
  return here;
}

function entries(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

/** Whether `mark` is true anywhere below, however deep. */
function marked(value: unknown, mark: string): boolean {
  const target = at(value);
  if (!isObject(target)) return false;
  return target[mark] === true || Object.keys(target).some((key) => marked(target[key], mark));
}

const described = entries(at(document, "paths")).flatMap(([path, item]) =>
  entries(item)
    .filter(([key]) => key !== "parameters")
    .map(([method, operation]) => ({ path, item, method, operation, id: String(at(operation, "operationId")) })),
);

describe("the operation table", () => {
  it("has every operation of the description, and no other", () => {
    expect(described.map(({ id }) => id).sort()).toEqual(Object.keys(operations).sort());
  });

  describe.each(described)("for $id", ({ path, item, method, operation, id }) => {
    const row = Object.entries(operations).find(([name]) => name === id)?.[1];

    it("has its method and path", () => {
      expect(row).toMatchObject({ method: method.toUpperCase(), path });
    });

    it("has the limits of its path parameters, and of no other", () => {
      const limits = entries(at(item, "parameters")).map(([, parameter]) => [
        at(parameter, "name"),
        { minLength: at(parameter, "schema", "minLength"), maxLength: at(parameter, "schema", "maxLength") },
      ]);
      expect(row?.pathParameters).toEqual(Object.fromEntries(limits));
      expect(Object.keys(row?.pathParameters ?? {})).toEqual(path.match(/(?<=\{)\w+(?=\})/g) ?? []);
    });

    it("names its permission also where people read", () => {
      const [, named] = /Permission: \*\*(.+?)\*\*/.exec(String(at(operation, "description"))) ?? [];
      expect(named ?? "none").toBe(row?.permission);
    });

    it("has its idempotency and permission", () => {
      expect(row).toMatchObject({
        idempotent: at(operation, "x-idempotent"),
        permission: at(operation, "x-permission"),
      });
    });

    it("has what the description promises of the result", () => {
      expect(row?.promised).toEqual(
        expect.arrayContaining(entries(at(operation, "x-promised")).map(([, name]) => name)),
      );
    });
  });

  it("says of creating, updating, rotating and deleting the old secret, and of nothing else, that it is not idempotent", () => {
    const ids = Object.entries(operations).flatMap(([id, { idempotent }]) => (idempotent ? [] : [id]));
    expect(ids.sort()).toEqual([
      "oauth-clients-create",
      "oauth-clients-delete-rotated-secret",
      "oauth-clients-rotate-secret",
      "oauth-clients-update",
    ]);
  });

  it("says of creating and rotating, and of nothing else, that the response holds a secret", () => {
    const ids = described.flatMap(({ id, operation }) =>
      marked(at(operation, "responses"), "x-sensitive") ? [id] : [],
    );
    expect(ids.sort()).toEqual(["oauth-clients-create", "oauth-clients-rotate-secret"]);
  });
});

it("the workflow asks for a token with the permissions of its operations, and no others", async () => {
  const text = await readFile(new URL("../../openapi/rotation.arazzo.yaml", import.meta.url), "utf8");
  const [workflow] = parse(text).workflows;
  const used = workflow.steps.map(({ operationId }: { operationId: keyof typeof operations }) => operationId);
  const needed = new Set(used.map((id: keyof typeof operations) => operations[id].permission));
  expect(workflow.inputs.properties.apiToken.description).toBe(
    `An API token with the permissions ${[...needed].join(" and ")}.`,
  );
});

it("every extension is explained where the published description carries it, and no other", () => {
  const text = JSON.stringify(document);
  const used = new Set(text.match(/(?<=")x-[A-Za-z-]+(?=":)/g));
  used.delete("x-extensions");
  expect(
    entries(at(document, "info", "x-extensions"))
      .map(([name]) => name)
      .sort(),
  ).toEqual([...used].sort());
});
