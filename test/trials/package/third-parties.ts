import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { readNotices } from "../../../scripts/third-party-notices.ts";
import { type Manifest, readManifest } from "../../support/manifest.ts";
import { root } from "../../support/packed-package.ts";

/** Licences that let their code be passed on within a package of another licence, if their text comes along. */
const allowed = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];

/** What is wrong with the notices of a package: for whom there is none, or no good one, and who is not in the command. */
export async function examineNotices(folder: string): Promise<string[]> {
  const notices = readNotices(join(folder, "dist/cli"));
  const bundled = await bundledPackages();
  return [
    ...lacks("notices", bundled, notices),
    ...lacks("command", notices, bundled),
    ...notices.flatMap(({ name, license, text }) => [
      ...(allowed.includes(license) ? [] : [`${name}: ${license} is none of ${allowed.join(", ")}`]),
      ...(/copyright/i.test(text) && text.length > 500 ? [] : [`${name}: that is no text of a licence`]),
    ]),
  ];
}

/** What is wrong with the bill of materials; its text must be valid, and name what is installed and what is bundled. */
export async function examineBill(bill: string, folder: string): Promise<string[]> {
  // Installed when this runs, so it has no types here.
  const library: string = "@cyclonedx/cyclonedx-library";
  const { Spec, Validation } = await import(library);
  const errors: unknown = await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(bill);
  if (errors !== null) return [JSON.stringify(errors)];
  const { metadata, components }: { metadata: { component: Manifest }; components: Manifest[] } = JSON.parse(bill);
  const project = join(folder, "../..");
  const expected = [...readNotices(join(folder, "dist/cli")), ...installedPackages(project)];
  return [
    ...lacks("bill's heading", [readManifest(folder)], [metadata.component]),
    ...lacks("bill", expected, [...components, metadata.component]),
    ...lacks("package", components, expected),
  ];
}

export function makeBill(): string {
  return execFileSync(process.execPath, [join(root, "scripts/sbom.ts")], { encoding: "utf8" });
}

/** Packages that run something when they are installed. */
export function installScripts(project: string): string[] {
  return installedPackages(project).flatMap(({ name, hasInstallScript }) => (hasInstallScript ? [name] : []));
}

interface Package {
  readonly name: string;
  readonly version: string;
}

interface InstalledPackage extends Package {
  readonly hasInstallScript?: boolean;
}

function lacks(place: string, expected: readonly Package[], found: readonly Package[]): string[] {
  return expected
    .filter(({ name, version }) => !found.some((one) => one.name === name && one.version === version))
    .map(({ name, version }) => `the ${place} lacks ${name} ${version}`);
}

/** The packages in the command, as another bundler than the one that built it finds them. */
async function bundledPackages(): Promise<Package[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/cli/bin.ts"],
    bundle: true,
    platform: "node",
    format: "esm",
    metafile: true,
    write: false,
    logLevel: "error",
  });
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)].map((folder) => readManifest(join(root, folder)));
}

/** As npm has noted them in a project's lock. */
function installedPackages(project: string): InstalledPackage[] {
  const lock: { packages: Record<string, Omit<InstalledPackage, "name">> } = JSON.parse(
    readFileSync(join(project, "package-lock.json"), "utf8"),
  );
  return Object.entries(lock.packages).flatMap(([path, found]) =>
    path === "" ? [] : [{ ...found, name: path.replace(/^.*node_modules\//, "") }],
  );
}
