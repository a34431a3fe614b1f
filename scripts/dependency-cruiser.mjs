/**
 * The house: which folder of `src/` may know which. Arrows point down only, and there is no circle, of types neither.
 *
 * @type {import("dependency-cruiser").IConfiguration}
 */

/** The folders, from the top. One knows what stands below it. */
const folders = ["cli", "workers", "node", "sandbox", "rotation", "client", "running"];
/** What a folder may not know although it stands below. */
const strangers = {
  workers: ["node", "sandbox"],
  node: ["sandbox"],
  sandbox: ["rotation", "client", "running"],
  client: ["running"],
};
/** The rooms of the command, from the top. */
const rooms = ["commands", "plan", "attempt", "session", "terminal"];

const upward = (path, names) =>
  names.map((name, index) => ({
    name: `nothing-above-${name}`,
    severity: "error",
    from: { path: `^src/${path}${name}/` },
    to: { path: `^src/${path}(${["[^/]*\\.ts$", ...names.slice(0, index).map((one) => `${one}/`)].join("|")})` },
  }));

export default {
  forbidden: [
    { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    ...upward("", folders),
    ...upward("cli/", rooms),
    ...Object.entries(strangers).map(([name, others]) => ({
      name: `strangers-to-${name}`,
      severity: "error",
      from: { path: `^src/${name}/` },
      to: { path: `^src/(${others.join("|")})/` },
    })),
    {
      name: "errors-of-any-copy",
      comment: "A client may be of another copy of the package: ask error-kind.ts, not instanceof.",
      severity: "error",
      from: { path: "^src/(rotation|workers|node)/" },
      to: { path: "^src/client/errors\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "only-what-is-installed",
      severity: "error",
      from: { path: "^src/(client|rotation|running|sandbox|workers|node)/" },
      to: { dependencyTypesNot: ["npm", "core", "local", "type-only"], pathNot: "^(src|generated)/" },
    },
    {
      name: "no-platform",
      comment: "The client, the rotation and the sandbox run anywhere.",
      severity: "error",
      from: { path: "^src/(client|rotation|running|sandbox)/" },
      to: { dependencyTypes: ["core"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".json"] },
  },
};
