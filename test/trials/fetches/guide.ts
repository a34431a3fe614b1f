/** The program with MSW in the client's guide, which is a test of its own. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBlock } from "../../guides/blocks.ts";
import { root } from "../../support/packed-package.ts";

/**
 * Compiles and runs it in a folder that has the built package.
 *
 * @param modules has MSW.
 * @returns What is wrong.
 */
export function runGuide(modules: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "fetches-"));
  const tsc = [join(root, "node_modules/typescript-7/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck"];
  try {
    mkdirSync(join(folder, "node_modules"));
    for (const [name, target] of [
      ["cloudflare-oauth-clients", root],
      ["msw", join(modules, "msw")],
      ["@types", join(root, "node_modules/@types")],
    ] as const)
      symlinkSync(target, join(folder, "node_modules", name), "junction");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "program.ts"), findBlock("ts", "msw/node").code);
    const options = { cwd: folder, encoding: "utf8", stdio: "pipe" } as const;
    execFileSync(process.execPath, [...tsc, "--module", "nodenext", "--types", "node", "program.ts"], options);
    const printed = execFileSync(process.execPath, ["program.ts"], options);
    return /^. pass 1$/m.test(printed) ? [] : [`The guide's program with MSW: ${printed}`];
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as { stdout?: string; stderr?: string; message: string };
    return [`The guide's program with MSW: ${stdout}${stderr}` || message];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
