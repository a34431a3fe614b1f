import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientReport } from "../../../src/cli/plan/client-report.ts";
import Cloudflare from "../../../src/client/index.ts";
import { FileJournal } from "../../../src/node/index.ts";
import { recordRotation } from "../../../src/rotation/index.ts";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { type Ended, faster, Place } from "../../support/command.ts";

export const day = 86_400_000;

/** The id of the client of a number, which is named `client <number>`. */
export function id(number: number): string {
  return String(number).padStart(32, "0");
}

/** What a command on a plan prints with `--json`. */
export interface FleetResult extends Ended {
  readonly clients: readonly (ClientReport & { readonly oldestAge?: number | null })[];
  /** Each client's result, with the code if there is one. */
  readonly results: readonly string[];
}

/** Several clients, and a plan of them. */
export class FleetPlace {
  readonly place: Place;
  readonly #plan: Record<string, unknown> & { clients: Record<string, unknown>[] };

  private constructor(place: Place, count: number) {
    this.place = place;
    this.#plan = {
      // Without a spread, when a client is due does not depend on the day of the test.
      defaults: { every: "90d", spread: "0" },
      clients: Array.from({ length: count }, (_, number) => ({
        id: id(number),
        name: `client ${number}`,
        sinks: [{ name: "app", to: `file:secret-${number}` }],
      })),
    };
  }

  /** @param ages of the clients' secrets, in days; null is not known to the journal. */
  static async open(ages: readonly (number | null)[], options: SandboxOptions = {}): Promise<FleetPlace> {
    const clients = ages.map((_, number) => ({ client_id: id(number), client_name: `client ${number}` }));
    const place = await Place.open({ clients, ...options });
    const fleet = new FleetPlace(place, ages.length);
    for (const [number, age] of ages.entries()) if (age !== null) await fleet.record(number, age);
    fleet.write({});
    return fleet;
  }

  async record(number: number, age: number): Promise<void> {
    const { sandbox, served, stateDirectory } = this.place;
    const client = new Cloudflare({ apiToken: sandbox.apiToken, baseURL: served.apiURL });
    const target = { accountId: sandbox.accountId, clientId: id(number) };
    const journal = new FileJournal(join(stateDirectory, "journal"));
    await recordRotation(client, target, { journal, rotatedAt: new Date(Date.now() - age * day) });
    sandbox.requests.length = 0;
  }

  /** Cuts the latest journal entry of a client. */
  breakJournal(number: number): void {
    const journal = join(this.place.stateDirectory, "journal");
    for (const folder of readdirSync(journal).filter((name) => name.includes(id(number))))
      for (const file of readdirSync(join(journal, folder))) writeFileSync(join(journal, folder, file), "{");
  }

  /** Writes the plan, changed. */
  write(change: object, clients: Readonly<Record<number, object>> = {}): void {
    Object.assign(this.#plan, change);
    for (const [number, fields] of Object.entries(clients))
      Object.assign(this.#plan.clients[Number(number)] ?? {}, fields);
    writeFileSync(this.place.path("plan.yaml"), JSON.stringify(this.#plan));
  }

  async run(
    command: string,
    { words = [], environment = {} }: { words?: readonly string[]; environment?: Record<string, string> } = {},
  ): Promise<FleetResult> {
    const ended = await this.place.run([command, "--plan", "plan.yaml", "--json", ...words], {
      environment: { ...faster, ...environment },
    });
    const { clients = [] } = JSON.parse(ended.stdout || "{}") as { clients?: ClientReport[] };
    // They are written as they come.
    clients.sort((a, b) => a.clientId.localeCompare(b.clientId));
    const results = clients.map(({ result, code }) => (code === null ? result : `${result}: ${code}`));
    return { ...ended, clients, results };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.place[Symbol.asyncDispose]();
  }
}
