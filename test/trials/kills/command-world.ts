import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseEnv } from "node:util";
import type { Sandbox } from "../../../src/sandbox/index.ts";
import { clientId, type Ended, oldSecret, Place } from "../../support/command.ts";
import type { Random } from "../../support/random.ts";
import { Running } from "../../support/running.ts";
import type { Moment } from "./command-moments.ts";
import { command, environmentOf, speed } from "./command-program.ts";

/** Where the secrets go: three sinks at once, or what reads the command's stdout. */
export type Sinks = "files" | "stdout";

/** What becomes of a request that is held: it goes on, is applied with nobody to answer to, or is never read. */
type Release = "go on" | "apply" | "drop";

/** Milliseconds: a request whose process is gone is not applied later, as its settling time is 4.2 s. */
const latest = 1800;
/** Milliseconds in which whoever does not wait has gone on. */
const haste = 60;
const behaviours = ["keep", "refuse", "replace"] as const;
const folders = ["holds", "state"] as const;

/** A sandbox over HTTP that can hold requests up, the sinks, and the service that lives on what is in them. */
export class World {
  readonly place: Place;
  readonly sinks: Sinks;
  readonly behaviour: (typeof behaviours)[number];
  /** Who runs the commands. */
  uid: number | undefined;
  readonly faults: string[] = [];
  /** The new secrets, and whether the journal has ever held each. */
  readonly issued = new Map<string, boolean>();
  /** What a recovery may leave refused. */
  readonly #givenUp = new Set<string>();
  #read = oldSecret;
  #held: Moment | undefined;
  #release: ((how: Release) => void) | undefined;

  private constructor(place: Place, sinks: Sinks, behaviour: World["behaviour"]) {
    this.place = place;
    this.sinks = sinks;
    this.behaviour = behaviour;
    const { fetch } = place.sandbox;
    Object.assign(place.sandbox, { fetch: this.#watched(fetch) });
    for (const folder of folders) mkdirSync(place.path(folder), { mode: 0o700 });
    writeFileSync(place.path("file"), oldSecret);
    writeFileSync(place.path("vault"), oldSecret);
    writeFileSync(place.path(".env"), `BEFORE=1\nSECRET=${oldSecret}\nAFTER=2\n`);
  }

  static async open(random: Random, sinks: Sinks): Promise<World> {
    const behaviour = random.pick(behaviours);
    const clients = [{ client_id: clientId, client_secret: oldSecret }];
    // By the server's clock, which is as fast as the commands'.
    const readLag = random.fraction() < 0.5 ? 0 : 20 * speed;
    const place = await Place.open({ clients, onSecondRotation: behaviour, readLag });
    return new World(place, sinks, behaviour);
  }

  /** Lets another user run the commands. */
  giveTo(uid: number): void {
    this.uid = uid;
    for (const path of [this.place.folder, ...readdirSync(this.place.folder).map((name) => this.place.path(name))])
      chownSync(path, uid, uid);
  }

  /** The options of `rotate`. A command of the sink can be held up as the command itself can. */
  get rotateOptions(): string[] {
    if (this.sinks === "stdout") return ["--to", "stdout", "--no-check"];
    const hold = (moment: string) =>
      `mv 'holds/${moment}' holds/held 2>/dev/null && while [ ! -e holds/go ]; do sleep 0.02; done`;
    const store = `secret=$(cat); ${hold("deliver")}; printf %s "$secret" >vault.new && mv vault.new vault; ${hold("delivered")}; true`;
    return [
      ...["--to", "file:file", "--to", `vault=exec:${store}`, "--to", "dotenv:.env#SECRET"],
      ...["--read-back", `vault=${hold("read back")}; cat vault`],
    ];
  }

  /** The secrets that the service finds where it looks. */
  get deployed(): string[] {
    if (this.sinks === "stdout") return [this.#read];
    const { SECRET = "" } = parseEnv(readFileSync(this.place.path(".env"), "utf8"));
    return [readFileSync(this.place.path("file"), "utf8"), readFileSync(this.place.path("vault"), "utf8"), SECRET];
  }

  /** Has the next command held up at a moment. */
  arm(moment: Moment): void {
    this.#held = undefined;
    this.#release = undefined;
    const hold = (this.sinks === "stdout" ? moment.holdOfOne : undefined) ?? moment.hold;
    if (hold) writeFileSync(this.place.path(`holds/${hold}`), "");
    else this.#held = moment;
  }

  get isHeld(): boolean {
    return this.#release !== undefined || existsSync(this.place.path("holds/held"));
  }

  /** Lets go of what is held, and holds nothing any more. */
  letGo(how: Release): void {
    this.#held = undefined;
    writeFileSync(this.place.path("holds/go"), "");
    this.#release?.(how);
  }

  start(words: readonly string[]): Running {
    return this.#start(...command, ...words);
  }

  /** Runs a command line as a person would who copies it. */
  async follow(line: string): Promise<Ended> {
    if (line.startsWith("cf-oauth recover")) for (const secret of this.deployed) this.#givenUp.add(secret);
    return this.#start("sh", "-c", line).ended;
  }

  #start(program: string, ...words: string[]): Running {
    const { place, uid } = this;
    const environment = { ...place.environment, ...environmentOf(place.path("holds")) };
    const user = uid === undefined ? {} : { uid, gid: uid };
    const running = new Running(spawn(program, words, { cwd: place.folder, env: environment, ...user }));
    // Whatever reads stdout deploys the secret that it finds there.
    running.child.stdout?.on("data", () => {
      const [, secret] = /^(sandbox-secret-\w+)\n/.exec(running.stdout) ?? [];
      if (this.sinks === "stdout" && secret !== undefined) this.#read = secret;
    });
    return running;
  }

  /** The service looks, at every moment that anything happens: is what it finds accepted? */
  look(): void {
    for (const secret of this.deployed)
      if (!this.place.sandbox.accepts(clientId, secret) && !this.#givenUp.has(secret))
        this.faults.push("a deployed secret was refused");
    for (const secret of this.place.sandbox.secretsOf(clientId))
      if (secret !== oldSecret && !this.issued.has(secret)) this.issued.set(secret, false);
    for (const { text } of this.entries())
      for (const secret of this.issued.keys())
        if (text.includes(secret) || text.includes(digest(secret))) this.issued.set(secret, true);
  }

  /** Whether a sink has a new secret that no journal ever held. */
  get isHeldBySinks(): boolean {
    return this.deployed.some((secret) => this.issued.get(secret) === false);
  }

  /** The journal's entries, oldest first. */
  entries(): { sequence: number; text: string }[] {
    const files = filesBelow(join(this.place.stateDirectory, "journal")).filter((path) => /\/\d+\.json$/.test(path));
    return files
      .flatMap((path) => {
        try {
          return [{ sequence: Number(/(\d+)\.json$/.exec(path)?.[1]), text: readFileSync(path, "utf8") }];
        } catch {
          // Erased meanwhile.
          return [];
        }
      })
      .sort((a, b) => a.sequence - b.sequence);
  }

  /** Where the journal stands: `none`, a phase, or `abandoned`. */
  standing(): string {
    const latest = this.entries().at(-1);
    const { phase = "none", abandoned } = latest ? JSON.parse(latest.text) : {};
    return abandoned === undefined ? phase : "abandoned";
  }

  #watched(fetch: Sandbox["fetch"]): Sandbox["fetch"] {
    return async (input, init) => {
      this.look();
      const held = this.#held;
      const isIt = held?.request === kindOf(String(input), init?.method) && held?.phase === this.standing();
      if (!isIt) return fetch(input, init).finally(() => this.look());
      this.#held = undefined;
      const heldAt = performance.now();
      const answer = held.isAnswered ? await fetch(input, init) : undefined;
      const how = await new Promise<Release>((resolve) => {
        this.#release = resolve;
      });
      if (how === "go on") return answer ?? (await fetch(input, init).finally(() => this.look()));
      if (how === "apply" && !answer && (await this.#isLookedFor(heldAt + latest))) {
        if (held.request === "rotate" && this.place.posts > 0)
          this.faults.push("a second POST before the first had its time");
        await fetch(input, { ...init, signal: null });
      }
      this.look();
      throw new Error("Nobody is there any more.");
    };
  }

  /** Waits until somebody reads the client, to see what became of a request; false if nobody does in time. */
  async #isLookedFor(until: number): Promise<boolean> {
    const reads = () => this.place.sandbox.count("oauth-clients-get");
    const before = reads();
    while (reads() === before && performance.now() < until) await delay(3);
    if (reads() === before) return false;
    await delay(haste);
    return true;
  }
}

function kindOf(url: string, method: string | undefined): Moment["request"] {
  if (url.endsWith("/rotate_secret")) return method === "DELETE" ? "delete" : "rotate";
  if (url.endsWith("/oauth2/token")) return "probe";
  return url.endsWith(clientId) && method === "GET" ? "read" : undefined;
}

/** The paths of all files below a folder. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
