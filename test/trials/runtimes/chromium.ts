import { join } from "node:path";
import { bundle } from "../../support/bundle.ts";
import { launchChromium, missingChromium } from "../../support/chromium.ts";
import { parseChecks, type Runtime } from "./runtime.ts";

export const chromium: Runtime = {
  name: "Chromium",
  missing: missingChromium,
  async run({ project, addresses, page: address }) {
    const browser = await launchChromium();
    const limit = setTimeout(() => browser.close(), 30_000);
    try {
      const page = await browser.newPage();
      await page.goto(address);
      await page.addScriptTag({ type: "module", content: await bundle(join(project, "programs/page.js"), "browser") });
      const results = await page.evaluate(`runSuite(${JSON.stringify(addresses)}).then(JSON.stringify)`);
      return { version: browser.version(), checks: parseChecks(results) };
    } finally {
      clearTimeout(limit);
      await browser.close();
    }
  },
};
