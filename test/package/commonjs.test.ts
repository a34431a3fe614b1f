import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { createSandbox } from "../../src/sandbox/index.ts";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
// Of Node itself, and not of vitest.
const load = createRequire(import.meta.url);
const specifier = "cloudflare-oauth-clients";
const names = (module: object) => Object.keys(module).filter((name) => name !== "__esModule");

test("require gives the class, with all that import gives on it", () => {
  const Cloudflare = load(specifier);
  const modules = load(join(dist, "index.js"));
  expect(new (load(specifier))({ apiToken: "token" })).toBeInstanceOf(Cloudflare);
  expect(Cloudflare.default).toBe(Cloudflare);
  expect(Cloudflare.Cloudflare).toBe(Cloudflare);
  // As properties of its own: a program compiled to CommonJS copies no others.
  expect(names(Cloudflare).sort()).toEqual(names(modules).sort());
});

test("the types of require have the names of those of import", () => {
  expect(exportedNames("commonjs.d.cts")).toEqual(exportedNames("index.d.cts"));
});

function exportedNames(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExportSpecifier(node)) found.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(join(dist, file), "utf8"), ts.ScriptTarget.ES2022));
  return found.sort();
}

test("the CommonJS of the sandbox exports the same names", () => {
  expect(names(load(`${specifier}/sandbox`))).toEqual(names(load(join(dist, "sandbox.js"))));
});

test("a client that is required calls the API, and throws errors of the required classes", async () => {
  const Cloudflare = load(specifier);
  const { createSandbox: createOther } = load(`${specifier}/sandbox`);
  for (const { apiToken, accountId: account_id, fetch } of [createSandbox(), createOther()]) {
    const { result } = await new Cloudflare({ apiToken, fetch }).iam.oauthClients.list({ account_id });
    expect(result).toHaveLength(1);
    const refused = new Cloudflare({ apiToken: "wrong", fetch }).iam.oauthClients.list({ account_id });
    await expect(refused).rejects.toBeInstanceOf(Cloudflare.AuthenticationError);
  }
});

test.each(["rotation", "node", "workers"])("require gives the ES module of ./%s itself", (entry) => {
  const own = load(`${specifier}/${entry}`);
  const modules = load(join(dist, `${entry}.js`));
  for (const name of names(modules)) expect(own[name], name).toBe(modules[name]);
});
