/** Cloudflare: bundled as a function, so that it runs by its own clock. */
export { createSandbox } from "../../../src/sandbox/index.ts";
