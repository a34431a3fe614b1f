/**
 * `npm run trial -- parity`: whether code written for the vendor's SDK compiles and behaves alike with this package, and
 * whether every difference that is meant is one. Installs the vendor's SDK (120 MB) beside this file first.
 */
import { inspect, isDeepStrictEqual } from "node:util";
import { differences } from "./differences.ts";
import { installVendor } from "./install.ts";
import { loadCallSites, loadDiffering, sdks } from "./load-sdk.ts";
import { observe, unreached } from "./observe.ts";
import { type Recorded, startRecordingServer } from "./recording-server.ts";
import { Report } from "./report.ts";
import { type Compiler, checkTypes, compilers, type Fault, vendorOnly } from "./type-checks.ts";

const report = new Report();
const statements = vendorOnly();

function show(faults: readonly Fault[]): string {
  return faults.map(({ file, line, text }) => `${file}:${line} ${text}`).join("\n");
}

async function compareTypes(compiler: Compiler): Promise<void> {
  const [vendor, here] = await Promise.all([checkTypes(compiler, "vendor"), checkTypes(compiler, "here")]);
  const isNames = ({ file }: Fault) => file === "type-names.ts";
  const isAssignable = ({ file }: Fault) => file === "assignable.ts";
  const isMeant = ({ file, line }: Fault) =>
    file === "vendor-only.ts" && statements.some(({ from, to }) => from <= line && line <= to);

  const others = vendor.filter((fault) => !isAssignable(fault));
  report.check(`${compiler}: everything compiles with the vendor's SDK`, others.length === 0, show(others));
  const misfits = vendor.filter(isAssignable);
  report.check(`${compiler}: our types fit the vendor's, and back`, misfits.length === 0, show(misfits));
  const names = here.filter(isNames);
  report.check(`${compiler}: the type names are the vendor's`, names.length === 0, show(names));
  const calls = here.filter((fault) => !isNames(fault) && !isMeant(fault));
  report.check(`${compiler}: the call sites compile with this package`, calls.length === 0, show(calls));
  for (const { difference, name, from, to } of statements) {
    const isOne = here.some(({ file, line }) => file === "vendor-only.ts" && from <= line && line <= to);
    report.check(`${compiler}: ${difference} (${name}) compiles with the vendor's SDK only`, isOne, "it compiles here");
  }
}

async function compareCalls(): Promise<void> {
  const server = await startRecordingServer();
  const [theirs, ours] = await Promise.all([loadCallSites("vendor"), loadCallSites("here")]);
  const all: Recorded[] = [];
  for (const [name, call] of Object.entries(theirs)) {
    const vendor = await observe(server, "vendor", call);
    const here = await observe(server, "here", ours[name] ?? (() => Promise.reject(new Error("missing"))));
    all.push(...here.sent);
    report.row(name, vendor.sent, {
      sent: isDeepStrictEqual(vendor.sent, here.sent),
      seen: isDeepStrictEqual(vendor.seen, here.seen) && !("failure" in vendor || "failure" in here),
      detail: inspect({ vendor, here }, { depth: 9 }),
    });
  }
  const missing = unreached(all);
  report.check("every operation is called", missing.length === 0, missing.join(", "));

  const proofs = { vendor: await loadDiffering("vendor"), here: await loadDiffering("here") };
  for (const sdk of sdks)
    for (const [name, proof] of Object.entries(proofs[sdk])) {
      const { seen, failure } = await observe(server, sdk, proof.see);
      const detail = `expected ${inspect(proof[sdk], { depth: 9 })}, saw ${inspect(failure ?? seen, { depth: 9 })}`;
      report.check(
        `${name}: ${sdk} shows what the difference says`,
        failure === undefined && isDeepStrictEqual(seen, proof[sdk]),
        detail,
      );
    }
  for (const [name, { vendor, here }] of Object.entries(proofs.here))
    report.check(`${name} is a difference`, !isDeepStrictEqual(vendor, here), "both must show the same");
  await server.close();

  const proved = new Set([...Object.keys(proofs.here), ...statements.map(({ difference }) => difference)]);
  for (const name of new Set([...proved, ...Object.keys(differences)]))
    report.check(`${name} is listed and proved`, name in differences && proved.has(name), "see differences.ts");
}

installVendor();
await Promise.all(compilers.map(compareTypes));
await compareCalls();
process.exitCode = report.print() ? 0 : 1;
