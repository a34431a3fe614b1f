import { parse } from "node:path";

/** The package's name: what `npx` finds wherever this command comes from. */
const packageName = "cloudflare-oauth-clients";

/** The words by which this command was started, so that a command line that is printed starts it again. */
export function programName(): string {
  // Under npx none of the package's commands need be on the PATH, and `npx cf-oauth` may run another package.
  if (process.env.npm_command === "exec") return `npx ${packageName}`;
  return parse(process.argv[1] ?? "").name === packageName ? packageName : "cf-oauth";
}
