/** Real kills: workerd is ended by SIGKILL, again and again, and the alarms alone end every rotation. */
import { setTimeout as wait } from "node:timers/promises";
import { type Account, filesWith, type Moment } from "../../support/account.ts";
import type { Random } from "../../support/random.ts";
import type { Deployment } from "./deployment.ts";

const lostAnswer: Moment = { name: "POST applied, not answered", method: "POST", isApplied: true };
/** One client after another, what it meets. */
const moments: readonly (readonly Moment[])[] = [
  [{ name: "POST sent, not applied", method: "POST", isApplied: false }],
  [lostAnswer],
  [{ name: "DELETE sent, not applied", method: "DELETE", isApplied: false }],
  [{ name: "DELETE applied, not answered", method: "DELETE", isApplied: true }],
  [lostAnswer, { ...lostAnswer, name: "POST of a recovery applied, not answered" }],
];

/** Milliseconds until the next kill, at most: now and then enough for a proof, which takes three seconds. */
const longestLife = 6000;
/** Milliseconds in which nothing is logged of a rotation, after which it is asked for: a kill may have lost the last line. */
const quiet = 10_000;
/** Milliseconds after which it counts as stuck; a lost request is given 70 s to show. */
const patience = 120_000;

/** Deployments whose workerd is killed while their clients' secrets are rotated, over and over again. */
export class Kills {
  readonly account: Account;
  /** How many there were. */
  kills = 0;
  /** How many rotations were under way at a kill, by phase. */
  readonly standings = new Map<string, number>();
  /** Rotations, by client. */
  readonly rounds = new Map<string, number>();
  /** How often somebody had to accept a downtime, as a response was lost. */
  readonly recovered = new Map<string, number>();
  /** What must not be. */
  readonly faults = new Set<string>();
  readonly #random: Random;

  constructor(account: Account, random: Random) {
    this.account = account;
    this.#random = random;
  }

  /** Kills a deployment's workerd so many times, at random, and sees all of its rotations to their ends. */
  async run(deployment: Deployment, wanted: number): Promise<void> {
    let isKilling = wanted > 0;
    await deployment.cron();
    const killing = this.#killAtRandom(deployment, wanted).finally(() => {
      isKilling = false;
    });
    const following = deployment.clientIds.map((id) => this.#follow(deployment, id, () => isKilling));
    await Promise.all([killing, ...following]);
    for (const id of deployment.clientIds) await this.#requireEnd(deployment, id);
    this.#requireSealed(deployment);
    // That this would find a secret is shown by the vault, which has them in plain.
    const secrets = deployment.clientIds.flatMap((id) => this.account.made(id));
    if (filesWith(secrets, deployment.vault).length === 0) this.faults.add("no secret was found where there are some");
  }

  /** Kills a deployment's workerd at each precarious moment, of a client each. */
  async runMoments(deployment: Deployment): Promise<void> {
    for (const [index, ofOne] of moments.entries())
      for (const moment of ofOne)
        this.account.arm(deployment.clientIds[index] ?? "", moment, async () => {
          this.#count(moment.name);
          await this.#kill(deployment);
        });
    await this.run(deployment, 0);
  }

  async #killAtRandom(deployment: Deployment, wanted: number): Promise<void> {
    const { phases, clientIds } = deployment;
    for (let kills = 0; kills < wanted; ) {
      await wait(this.#random.fraction() * longestLife);
      const underWay = clientIds.filter((id) => phases.has(id) && phases.get(id) !== "done");
      if (underWay.length === 0) continue;
      for (const id of underWay) this.#count(phases.get(id) ?? "");
      kills++;
      await this.#kill(deployment);
      this.#requireSealed(deployment);
      for (const id of clientIds) await this.#requireService(deployment, id);
    }
  }

  async #kill(deployment: Deployment): Promise<void> {
    this.kills++;
    await deployment.kill();
  }

  #count(standing: string): void {
    this.standings.set(standing, (this.standings.get(standing) ?? 0) + 1);
  }

  /** Follows a rotation by what it logs: nothing touches the object meanwhile, so that its alarm is all that it has. */
  async #follow(deployment: Deployment, id: string, isMore: () => boolean): Promise<void> {
    const { phases, failures, heard } = deployment;
    this.rounds.set(id, 1);
    for (let since = performance.now(); performance.now() - since < patience; await wait(100)) {
      since = Math.max(since, heard.get(id) ?? 0);
      const isStopped = failures.get(id)?.code === "secret-missing";
      if (phases.get(id) !== "done" && !isStopped && performance.now() - since < quiet) continue;
      const shown = (await retry(() => deployment.status())).get(id);
      if (shown?.standing === "stopped" && shown.failure?.code === "secret-missing") {
        this.recovered.set(id, (this.recovered.get(id) ?? 0) + 1);
        failures.delete(id);
        await retry(() => deployment.ask(id, { acceptDowntime: true }));
      }
      if (shown?.standing !== "done") continue;
      if (!isMore()) return;
      this.rounds.set(id, (this.rounds.get(id) ?? 0) + 1);
      phases.delete(id);
      await retry(() => deployment.ask(id));
    }
    this.faults.add(`a rotation is stuck at ${phases.get(id)}, after ${failures.get(id)?.code ?? "no failure"}`);
  }

  /** What is deployed works all the time, unless a downtime was accepted. */
  async #requireService(deployment: Deployment, id: string): Promise<void> {
    const stored = await retry(() => deployment.stored(id));
    if (this.recovered.has(id) || !stored) return;
    if (!this.account.sandbox.accepts(id, stored)) this.faults.add("a deployed secret did not work");
  }

  #requireSealed({ objects, clientIds, said }: Deployment): void {
    const secrets = clientIds.flatMap((id) => this.account.made(id));
    for (const path of filesWith(secrets, objects)) this.faults.add(`a secret stands in ${path}`);
    const credentials = [...secrets, this.account.sandbox.apiToken];
    if (credentials.some((secret) => said.some((text) => text.includes(secret)))) this.faults.add("a secret was told");
  }

  /** What must be true of a client in the end. */
  async #requireEnd(deployment: Deployment, id: string): Promise<void> {
    const { account } = this;
    const live = account.sandbox.secretsOf(id);
    const stored = await deployment.stored(id);
    if (live.length !== 1 || live[0] !== stored) this.faults.add("what is live is not what is deployed");
    const rounds = this.rounds.get(id) ?? 0;
    const lost = account.lost(id);
    const recovered = this.recovered.get(id) ?? 0;
    const posts = account.changes(id, "POST").applied;
    const deletes = account.changes(id, "DELETE").applied;
    if (posts !== rounds + lost) this.faults.add(`${posts} POSTs of ${rounds} rotations, ${lost} answers lost`);
    if (deletes !== rounds + lost) this.faults.add(`${deletes} DELETEs of ${rounds} rotations, ${lost} answers lost`);
    // A response that is lost while a downtime is accepted already needs nobody: its secret is replaced like the one before.
    if (recovered > lost || (recovered === 0) !== (lost === 0))
      this.faults.add(`${lost} answers lost, ${recovered} downtimes accepted`);
  }
}

/** Until workerd listens again. */
async function retry<T>(action: () => Promise<T>): Promise<T> {
  for (let left = 20; ; left--) {
    try {
      return await action();
    } catch (error) {
      if (left === 0) throw error;
      await wait(200);
    }
  }
}
