// Loaded before every script (`node --import`): the scripts are TypeScript, which Node runs as it is from 24 on. npm puts
// the `node` of our devDependencies first on the PATH; with --ignore-scripts it is never installed.
const major = Number.parseInt(process.versions.node, 10);
if (major < 24) {
  console.error(
    `The scripts of this project need Node 24, and this is Node ${process.versions.node}.\n` +
      "Start them by `npm run`, after an `npm ci` without --ignore-scripts: that installs Node 24 beside yours.",
  );
  process.exit(1);
}
