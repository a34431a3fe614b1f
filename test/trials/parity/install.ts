import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Where what is made on the way may lie: git, the formatter and the compiler pass it by. */
export const scratch: string = join(here, "node_modules/.parity");

/** Installs the vendor's SDK beside this file, unless that has been done. */
export function installVendor(): void {
  const wanted = readFileSync(join(here, "package-lock.json"), "utf8");
  const stamp = join(here, "node_modules/.installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("Installing the vendor's SDK …");
  execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
  writeFileSync(stamp, wanted);
}
