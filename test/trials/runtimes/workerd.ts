import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../support/bundle.ts";
import { startMiniflare } from "../../support/miniflare.ts";
import { parseChecks, type Runtime } from "./runtime.ts";

/** Cloudflare Workers' runtime, without compatibility flags: no Node modules, no `process`. */
export const workerd: Runtime = {
  name: "workerd",
  async run({ project, modules, addresses }) {
    const worker = startMiniflare({
      modules: true,
      script: await bundle(join(project, "programs/worker.js"), "workerd"),
      compatibilityDate: "2026-07-01",
    });
    try {
      const init = { method: "POST", body: JSON.stringify(addresses), signal: AbortSignal.timeout(30_000) };
      const response = await worker.dispatchFetch("http://worker/", init);
      const { version } = JSON.parse(readFileSync(join(modules, "workerd/package.json"), "utf8"));
      return { version, checks: parseChecks(await response.text()) };
    } finally {
      await worker.dispose();
    }
  },
};
