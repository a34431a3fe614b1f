/** A trial: what is too heavy for `npm test`, or needs packages of its own. */
export interface Trial {
  /** What it shows, in a line. */
  readonly what: string;
  /** What Node runs, one after the other; arguments of the trial go to the last. */
  readonly runs: readonly (readonly string[])[];
  /** Seconds that it may take on two cores. */
  readonly budget: number;
  /** CI runs it for every change; or every night; or a person does, before and after a change of what it judges. */
  readonly when: "ci" | "night" | "by hand";
  /** It mostly waits, so those that follow run beside it. */
  readonly mostlyWaits?: true;
}

const vitest = (project: string) => [
  "node_modules/vitest/vitest.mjs",
  ...["run", "--config", "test/vitest.config.ts", "--project", project],
];
/** Builds the command that the tests run. CI does it once, before everything else. */
export const build: readonly string[] = ["node_modules/tsdown/dist/run.mjs", "--config", "scripts/tsdown.config.ts"];
const simulate = "test/rotation/simulation/simulate.ts";

/** All of them, in the order in which CI runs them. */
export const trials: Readonly<Record<string, Trial>> = {
  simulation: {
    what: "random histories of rotations, judged by an oracle",
    runs: [[simulate]],
    budget: 60,
    when: "ci",
  },
  "planted-faults": {
    what: "known faults are put back, one at a time, and the simulation finds each",
    runs: [[simulate, "--planted"]],
    budget: 120,
    when: "ci",
  },
  processes: {
    what: "the tests that start a process for each thing that they look at (*.process.test.ts)",
    runs: [build, vitest("processes")],
    budget: 800,
    when: "ci",
  },
  // Those before it are about time. Beside it, from here on, nothing builds: the trials run the built command.
  journals: {
    what: "journals in stores by a command: conformance, failures, and runners that race",
    runs: [build, vitest("journals"), ["test/trials/journals/two-runners.ts", "--rounds", "40"]],
    budget: 1500,
    when: "ci",
    mostlyWaits: true,
  },
  terminal: {
    what: "random texts of others through every place that prints one, read by a terminal emulator",
    runs: [["test/trials/terminal/run.ts"]],
    budget: 120,
    when: "ci",
  },
  drift: {
    what: "drift on documents of the vendor's size: what is seeded is reported, nothing else is, and how long it takes",
    runs: [["test/trials/drift/run.ts"]],
    budget: 30,
    when: "ci",
  },
  prose: {
    what: "the words of documents, help, messages and comments: spelling, and phrases that read like a translation",
    runs: [["test/trials/prose/run.ts"]],
    budget: 60,
    when: "ci",
  },
  neighbours: {
    what: "the built command beside another user who attacks it; its system calls; its regular expressions",
    runs: [build, ["test/trials/neighbours/run.ts"]],
    budget: 600,
    when: "night",
  },
  package: {
    what: "the packed package: its files, its types under two compilers, how it loads",
    runs: [build, ["test/trials/package/run.ts"]],
    budget: 90,
    when: "ci",
  },
  parity: {
    what: "code written for the vendor's SDK compiles and behaves alike, except where a difference is meant",
    runs: [["test/trials/parity/run.ts"]],
    budget: 120,
    when: "ci",
  },
  fetches: {
    what: "the client on each `fetch` that users have: it returns the secret, or sends nothing",
    runs: [build, ["test/trials/fetches/run.ts"]],
    budget: 60,
    when: "ci",
  },
  runtimes: {
    what: "the package on Node 20 to 26, Bun, Deno, workerd and in Chromium",
    runs: [build, ["test/trials/runtimes/run.ts"]],
    budget: 180,
    when: "ci",
  },
  workers: {
    what: "the journal in Durable Objects, and a Worker that rotates by it, killed at random",
    runs: [build, ["test/trials/workers/run.ts"]],
    budget: 300,
    when: "ci",
  },
  examples: {
    what: "the programs that README offers for copying, run from the packed package",
    runs: [build, ["test/trials/examples/run.ts"]],
    budget: 300,
    when: "ci",
  },
  "journal-servers": {
    what: "the recipes for journals on PostgreSQL and Redis, which are killed, and with the real AWS CLI",
    runs: [
      build,
      vitest("journal-servers"),
      ["test/trials/journals/two-runners.ts", "--rounds", "40", "--by", "postgres,redis"],
    ],
    budget: 1800,
    when: "night",
  },
  stores: {
    what: "each recipe for a store, pasted, with the real program against a server or a stand-in",
    runs: [build, ["test/trials/stores/run.ts"]],
    budget: 1800,
    when: "night",
  },
  toolchains: {
    what: "an app for each way in which people build and run programs, from the packed package",
    runs: [build, ["test/trials/toolchains/run.ts"]],
    budget: 1200,
    when: "night",
  },
  generators: {
    what: "common generators and linters take the description whole",
    runs: [["test/trials/generators/run.ts"]],
    budget: 240,
    when: "night",
  },
  docs: {
    what: "the site: built, and all of it visited by a browser, with the keyboard and with axe",
    runs: [["test/trials/docs/run.ts"]],
    budget: 240,
    when: "night",
  },
  kills: {
    what: "processes that rotate a secret or create a client, killed at random moments",
    runs: [["test/trials/kills/kills.ts"]],
    budget: 180,
    when: "ci",
  },
  "kills-of-deliveries": {
    what: "processes that deliver a secret to a command, killed from start to end",
    runs: [["test/trials/kills/deliveries.ts"]],
    budget: 240,
    when: "ci",
  },
  "kills-of-the-command": {
    what: "the built command, killed or stopped at every moment",
    runs: [["test/trials/kills/command.ts"]],
    budget: 400,
    when: "ci",
  },
  issuers: {
    what: "the verification of secrets at authorization servers that others have written",
    runs: [["test/trials/issuers/run.ts"]],
    budget: 90,
    when: "ci",
  },
  plans: {
    what: "a plan of 500 clients in a faulty network, against the API's limit",
    runs: [["test/trials/plans/run.ts"]],
    budget: 240,
    when: "ci",
  },
  "journal-races": {
    what: "a hundred rounds of runners that race for a journal by a command",
    runs: [build, ["test/trials/journals/two-runners.ts"]],
    budget: 1800,
    when: "night",
  },
  "long-simulation": {
    what: "200,000 random histories",
    runs: [[simulate, "--seeds", "200000"]],
    budget: 1500,
    when: "night",
  },
  "large-plans": {
    what: "a plan of 5,000 clients",
    runs: [["test/trials/plans/run.ts", "5000"]],
    budget: 2400,
    when: "night",
  },
  mutants: {
    what: "which changes of the code no test notices",
    runs: [["test/trials/mutants/run.ts"]],
    budget: 10_800,
    when: "by hand",
  },
};
