import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { parseChecks, type Runtime } from "./runtime.ts";

/** What we use of miniflare; its own types are there only once it is installed. */
interface Miniflare {
  dispatchFetch(url: string, init: { method: string; body: string }): Promise<{ text(): Promise<string> }>;
  dispose(): Promise<void>;
}

/** Cloudflare Workers' runtime, without compatibility flags: no Node modules, no `process`. */
export const workerd: Runtime = {
  name: "workerd",
  async run({ project, modules, addresses }) {
    const load = createRequire(join(modules, "miniflare"));
    const { Miniflare }: { Miniflare: new (options: object) => Miniflare } = load("miniflare");
    const worker = new Miniflare({
      modules: true,
      script: await bundle(join(project, "programs/worker.js"), "workerd"),
      compatibilityDate: "2026-07-01",
      cf: false,
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
