/** A process: bundled as a function, so that each start runs all of it anew, by that process's clock. */
export { Cloudflare } from "../../../src/client/index.ts";
export { plainScript } from "./plain-script.ts";
export { withJournal } from "./with-journal.ts";
