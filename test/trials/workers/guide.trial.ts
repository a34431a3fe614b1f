import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import { createSandbox } from "../../../src/sandbox/index.ts";
import { findBlock } from "../../guides/blocks.ts";
import { startMiniflare } from "../../support/miniflare.ts";
import { bundleWorker } from "./project.ts";

/** As the guide says. */
const config = JSON.parse(findBlock("json", "durable_objects").code);

test("the guide's Worker rotates by its alarm, and waits for the end of the overlap", async () => {
  const sandbox = createSandbox();
  const said: string[] = [];
  const [rotation] = config.durable_objects.bindings;
  const [service] = config.services;
  const compatibilityDate = config.compatibility_date;
  const miniflare = startMiniflare({
    handleRuntimeStdio: (...streams: Readable[]) => {
      for (const input of streams) createInterface({ input }).on("line", (line) => said.push(line));
    },
    workers: [
      {
        name: config.name,
        modules: true,
        script: await bundleWorker("guide.ts"),
        compatibilityDate,
        durableObjects: { [rotation.name]: { className: rotation.class_name, useSQLite: true } },
        serviceBindings: { [service.binding]: { name: service.service, entrypoint: service.entrypoint } },
        bindings: {
          ...config.vars,
          CLOUDFLARE_API_TOKEN: sandbox.apiToken,
          JOURNAL_KEY: Buffer.alloc(32, 7).toString("base64"),
        },
        // All that the Worker sends.
        outboundService: async (request: Request) => {
          const { method, url, headers } = request;
          const body = method === "GET" ? null : await request.text();
          return sandbox.fetch(url, { method, headers: [...headers], body });
        },
      },
      {
        name: service.service,
        modules: true,
        script: await bundleWorker("vault.ts"),
        compatibilityDate,
        kvNamespaces: ["SECRETS"],
        bindings: { LATENCY: 0 },
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      },
    ],
  });
  try {
    await miniflare.ready;
    const worker = await miniflare.getWorker(config.name);
    expect(await worker.scheduled({ cron: config.triggers.crons[0] })).toMatchObject({ outcome: "ok" });
    await expect.poll(() => said.join("\n"), { timeout: 45_000, interval: 200 }).toContain('"phase":"verified"');
    const [older, newer, ...others] = sandbox.secretsOf(config.vars.CLIENT_ID);
    expect([older === newer, others]).toEqual([false, []]);
    const vault = new URL(config.vars.CLIENT_ID, await miniflare.unsafeGetDirectURL(service.service));
    expect(await (await fetch(vault)).text()).toBe(newer);
    expect(said.join("\n")).not.toContain(newer);
  } finally {
    await miniflare.dispose();
  }
});
