import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, type TestContext, test } from "vitest";
import { end } from "../../support/command.ts";
import { FleetPlace, id } from "./plan-place.ts";

const names = { 0: 'My "App"\\\nwith {all="of",it} ☃', 1: "Billing" };
const preload = new URL("killed-command.ts", import.meta.url).href;
const readers = fileURLToPath(new URL("openmetrics-readers.py", import.meta.url));

async function write(fleet: FleetPlace): Promise<string> {
  fleet.write({}, { 0: { name: names[0] }, 1: { name: names[1] } });
  expect(await fleet.run("status", { words: ["--openmetrics", "metrics/a.prom"] })).toMatchObject({ code: 0 });
  return readFileSync(fleet.place.path("metrics/a.prom"), "utf8");
}

async function open(): Promise<FleetPlace> {
  const fleet = await FleetPlace.open([100, 10, null]);
  mkdirSync(fleet.place.path("metrics"));
  return fleet;
}

/** The samples of the metrics, by a program that others have written. */
function read(context: TestContext, format: "openmetrics" | "text", metrics: string): unknown[][] {
  // Debian's has the module of Debian, even if another one comes first.
  const all = ["python3", "/usr/bin/python3"].map((program) =>
    spawnSync(program, [readers, format], { input: metrics, encoding: "utf8" }),
  );
  const python = all.find(({ error, stderr }) => !error && !stderr.includes("No module named 'prometheus_client'"));
  if (!python) return context.skip("python3 with the module prometheus_client is not installed");
  expect(python.stderr).toBe("");
  return python.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A port of this machine that is free. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

describe("status --plan --openmetrics", () => {
  test.for(["openmetrics", "text"] as const)("writes what Python's parser of %s reads", async (format, context) => {
    await using fleet = await open();
    const samples = read(context, format, await write(fleet));
    expect(samples.every(([type, , , , timestamp]) => type === "gauge" && timestamp === null)).toBe(true);
    const sampleOf = (metric: string, client: number): unknown =>
      samples.find(
        ([, name, labels]) => name === metric && (labels as { client_id: string }).client_id === id(client),
      )?.[3];
    const age = sampleOf("cf_oauth_secret_age_seconds", 0) as number;
    expect(Math.floor(age / 86_400)).toBe(100);
    expect(sampleOf("cf_oauth_rotation_due_timestamp_seconds", 0)).toBeCloseTo(Date.now() / 1000 - 10 * 86_400, -4);
    expect([0, 1, 2].map((client) => sampleOf("cf_oauth_rotation_overdue", client))).toEqual([1, 0, 1]);
    expect([0, 1, 2].map((client) => sampleOf("cf_oauth_rotation_stuck", client))).toEqual([0, 0, 0]);
    expect(sampleOf("cf_oauth_secret_age_seconds", 2)).toBeUndefined();
    const [, , labels] = samples[0] ?? [];
    expect(labels).toEqual({ plan: "plan.yaml", client_id: id(0), client: names[0] });
    const phases = samples.filter(([, name]) => name === "cf_oauth_rotation_phase");
    expect(phases.map(([, , label]) => (label as { phase: string }).phase)).toEqual(["done", "done", "none"]);
  });

  test("writes what node_exporter's textfile collector serves", async (context) => {
    const program = "prometheus-node-exporter";
    if (spawnSync(program, ["--version"]).error) return context.skip(`${program} is not installed`);
    await using fleet = await open();
    await write(fleet);
    // Two plans may have files beside each other.
    const words = ["--openmetrics", "metrics/b.prom"];
    copyFileSync(fleet.place.path("plan.yaml"), fleet.place.path("other.yaml"));
    expect(await fleet.place.run(["status", "--plan", "other.yaml", ...words])).toMatchObject({ code: 0 });
    const address = `127.0.0.1:${await freePort()}`;
    const only = ["--collector.disable-defaults", "--collector.textfile"];
    const folder = `--collector.textfile.directory=${fleet.place.path("metrics")}`;
    const exporter = spawn(program, [`--web.listen-address=${address}`, ...only, folder], { stdio: "ignore" });
    try {
      let served = "";
      while (served === "" && exporter.exitCode === null)
        served = await fetch(`http://${address}/metrics`).then(
          (response) => response.text(),
          () => new Promise<string>((resolve) => setTimeout(resolve, 50, "")),
        );
      expect(served).toContain("node_textfile_scrape_error 0");
      expect(served.match(/^node_textfile_mtime_seconds/gm)).toHaveLength(2);
      expect(served.match(/^cf_oauth_rotation_overdue{.*} [01]$/gm)).toHaveLength(6);
      expect(served).toContain('client="My \\"App\\"\\\\\\nwith {all=\\"of\\",it} ☃"');
    } finally {
      exporter.kill();
      await once(exporter, "exit");
    }
  });

  test("keeps the mode of a file, lets all read a new one, and says why it cannot write", async () => {
    await using fleet = await open();
    await write(fleet);
    const file = fleet.place.path("metrics/a.prom");
    expect(statSync(file).mode & 0o777).toBe(0o644);
    const { code, stderr } = await fleet.place.run([
      "status",
      "--plan",
      "plan.yaml",
      "--openmetrics",
      "nowhere/a.prom",
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("error: The metrics could not be written to nowhere/a.prom: the folder ");
    expect(readdirSync(fleet.place.path("metrics"))).toEqual(["a.prom"]);
  });

  test.for(["/dev/stdout", "metrics"])("refuses %s, which cannot be replaced", async (path) => {
    await using fleet = await open();
    const refused = await fleet.run("status", { words: ["--openmetrics", path] });
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`a whole file, and ${path} is not a file`),
    });
  });

  test("writes only that the age is not known if a journal cannot be read, and all of the other clients", async () => {
    await using fleet = await open();
    fleet.breakJournal(0);
    const { code, results, stderr } = await fleet.run("status", { words: ["--openmetrics", "metrics/a.prom"] });
    expect(results).toEqual(["failed: journal-mismatch", "not due", "age not known"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: client 0 (${id(0)}): The latest journal entry`);
    const metrics = readFileSync(fleet.place.path("metrics/a.prom"), "utf8");
    const samples = metrics.match(new RegExp(`^\\w+(?=\\{.*${id(0)}.*1$)`, "gm"));
    expect(samples).toEqual(["cf_oauth_rotation_overdue"]);
    expect(metrics).toContain(`cf_oauth_rotation_phase{plan="plan.yaml",client_id="${id(1)}"`);
  });

  test("killed at any moment leaves the old metrics or the new ones", async () => {
    await using fleet = await open();
    const old = await write(fleet);
    const file = fleet.place.path("metrics/a.prom");
    copyFileSync(fleet.place.path("plan.yaml"), fleet.place.path("new.yaml"));
    const ends: string[] = [];
    for (let call = 1; ; call++) {
      const words = ["status", "--plan", "new.yaml", "--openmetrics", "metrics/a.prom"];
      const options = `--import=${preload} --disable-warning=ExperimentalWarning`;
      const { signal, code } = await end(fleet.place.start(words, { NODE_OPTIONS: options, KILLED_AT: String(call) }));
      const left = readFileSync(file, "utf8");
      if (left !== old) {
        expect(left.match(/^cf_oauth_\w+{plan="new.yaml",/gm)).toHaveLength(old.match(/^cf_oauth_/gm)?.length ?? 0);
        expect(left).toMatch(/\n# EOF\n$/);
      }
      ends.push(left === old ? "old" : "new");
      if (code === 0) break;
      expect(signal).toBe("SIGKILL");
    }
    // Made, written, flushed and put in place; and then, what is left of it is removed.
    expect(ends.filter((one) => one === "old").length).toBeGreaterThan(4);
    expect(ends.filter((one) => one === "new").length).toBeGreaterThan(1);
    expect(readdirSync(fleet.place.path("metrics"))).toEqual(["a.prom"]);
  }, 60_000);
});
