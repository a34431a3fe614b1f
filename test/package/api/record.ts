/**
 * `npm run api`: records the public API of what was built, once the CHANGELOG says what has changed in it. Build first.
 */
import { readPublicApi } from "./public-api.ts";
import { changedNames, newestChanges, readSnapshot, unsaidWords, writeSnapshot } from "./snapshot.ts";

const recorded = readSnapshot();
const api = await readPublicApi();
const changelog = newestChanges();
const changed = changedNames(recorded.api, api);
const unsaid = unsaidWords(changed, changelog, recorded.changelog);
for (const name of changed) console.log(`changed: ${name}`);
if (unsaid.length > 0) {
  console.error(`Not recorded: under its newest heading CHANGELOG.md has no new line that names ${unsaid.join(", ")}.`);
  process.exitCode = 1;
} else if (changed.length > 0) writeSnapshot({ api, changelog });
else console.log("The public API is as it was recorded.");
