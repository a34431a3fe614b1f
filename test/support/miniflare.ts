import { createRequire } from "node:module";
import { join } from "node:path";
import { tools } from "./packed-package.ts";

/** What we use of miniflare; its own types are there only once it is installed. */
export interface Miniflare {
  /** The address of its first Worker, when workerd listens. */
  readonly ready: Promise<URL>;
  getWorker(name: string): Promise<{ scheduled(options: { cron: string }): Promise<{ outcome: string }> }>;
  unsafeGetDirectURL(name: string): Promise<URL>;
  dispatchFetch(url: string, init: object): Promise<Response>;
  dispose(): Promise<void>;
}

/** Starts workerd; nothing of it asks the network for anything. */
export function startMiniflare(options: object): Miniflare {
  process.env.WRANGLER_SEND_METRICS = "false";
  const load = createRequire(join(tools, "node_modules/miniflare"));
  const { Miniflare }: { Miniflare: new (options: object) => Miniflare } = load("miniflare");
  return new Miniflare({ ...options, cf: false });
}
