import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { describe, expect, it } from "vitest";
import { description, edited } from "./description.ts";
import { ProjectCopy } from "./project-copy.ts";

const renamed = description.replaceAll(/\bclient_secret\b/g, "secret_value");

/** The line of the description, from 1, on which `text` first stands. */
function lineOf(text: string, within: string): number {
  return within.slice(0, within.indexOf(text)).split("\n").length;
}

/** Resolves once the process has said `text`, and rejects if it ends before. */
function said(child: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const listen = (chunk: Buffer) => {
      heard += chunk;
      if (heard.includes(text)) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("close", () => reject(new Error(`ended without saying "${text}": ${heard}`)));
  });
}

describe.concurrent("generate", { timeout: 60_000 }, () => {
  it("yields the same bytes each time, which --check then finds fresh", async (context) => {
    const copy = await ProjectCopy.make(context);
    await copy.empty();

    expect(await copy.generate()).toMatchObject({ exit: 0, stderr: "" });
    const first = await copy.generated();
    expect(Object.keys(first)).toEqual(["openapi.json", "openapi.ts", "operations.ts"]);

    expect(await copy.generate("--check")).toMatchObject({ exit: 0, stderr: "" });
    expect(await copy.generated()).toEqual(first);
  });

  it("--check names every file that a renamed property makes stale, and writes nothing", async (context) => {
    const copy = await ProjectCopy.make(context);
    const before = await copy.generated();
    await copy.describe(renamed);

    const { exit, stderr } = await copy.generate("--check");
    expect(exit).toBe(1);
    expect(stderr.match(/(?<=^stale: ).+$/gm)).toEqual(Object.keys(before).map((name) => `generated/${name}`));
    expect(await copy.generated()).toEqual(before);
  });

  const gone = edited("schemas/Deleted", "schemas/Gone");
  const unclosed = edited("openapi: 3.1.1", "openapi: [3.1.1");
  const mistyped = edited("x-promised: [client_secret]", "x-promised: [client_secert]");
  it.for([
    {
      fault: "a YAML error",
      text: unclosed,
      place: /openapi\.yaml" \(\d+:\d+\)/,
      reason: "indentation",
    },
    {
      fault: "a reference to nothing",
      text: gone,
      place: `openapi/openapi.yaml:${lineOf("schemas/Gone", gone)}:`,
      reason: "Can't resolve $ref",
    },
    {
      fault: "a promised property that the result does not have",
      text: mistyped,
      place: `openapi/openapi.yaml:${lineOf("operationId: oauth-clients-rotate-secret", mistyped)}:`,
      reason: "`client_secert` is promised",
    },
  ])(
    "tells file, line and reason of $fault, and leaves everything as it was",
    async ({ text, place, reason }, context) => {
      const copy = await ProjectCopy.make(context);
      const before = await copy.generated();
      await copy.describe(text);

      const { exit, stderr } = await copy.generate();
      expect(exit).toBe(1);
      expect(stderr).toMatch(place);
      expect(stderr).toContain(reason);
      expect(await copy.generated()).toEqual(before);
    },
  );

  it("--watch writes at every save, and outlives a broken one", async (context) => {
    const copy = await ProjectCopy.make(context);
    const before = await copy.generated();
    const child = copy.watch(context);
    await said(child, "watching");

    const complained = said(child, "Can't resolve $ref");
    await copy.describe(gone);
    await complained;
    expect(await copy.generated()).toEqual(before);

    const wrote = said(child, "wrote generated/operations.ts");
    await copy.describe(renamed);
    await wrote;
    expect((await copy.generated())["operations.ts"]).toContain('"promised":["secret_value"]');
  });
});
