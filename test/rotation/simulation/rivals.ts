import type { Random } from "../../support/random.ts";
import type { Change, Ledger } from "./ledger.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Server } from "./server.ts";
import type { Place } from "./services.ts";

/** What somebody else does, who uses neither our tool nor our journal. */
export type RivalAct =
  | "rotate and deploy"
  | "rotate"
  | "rotate, deploy and delete"
  | "delete"
  | "edit"
  | "edit the method"
  | "roll back";

export const rivalActs: readonly [RivalAct, ...RivalAct[]] = [
  "rotate and deploy",
  "rotate and deploy",
  "rotate",
  "rotate, deploy and delete",
  "delete",
  "edit",
  "edit the method",
  "roll back",
];

/** What hurts most while a process stands still. */
export const stallActs: readonly [RivalAct, ...RivalAct[]] = [
  "rotate and deploy",
  "rotate and deploy",
  "rotate",
  "rotate, deploy and delete",
];

/** Somebody else at the dashboard, say: their requests are applied at once. */
export class Rival {
  readonly #scheduler: Scheduler;
  readonly #ledger: Ledger;
  readonly #server: Server;
  readonly #places: readonly Place[];
  readonly #random: Random;
  readonly #isOver: () => boolean;

  constructor(
    world: { readonly scheduler: Scheduler; readonly ledger: Ledger; readonly server: Server },
    places: readonly Place[],
    random: Random,
    isOver: () => boolean,
  ) {
    const { scheduler, ledger, server } = world;
    this.#scheduler = scheduler;
    this.#ledger = ledger;
    this.#server = server;
    this.#places = places;
    this.#random = random;
    this.#isOver = isOver;
  }

  act(act: RivalAct, deployAfter: number = this.#random.magnitude(20, 20_000)): void {
    if (!this.#server.exists) return;
    const place = this.#places[this.#random.between(0, this.#places.length - 1)];
    this.#ledger.note(`somebody else: ${act}`);
    this.#ledger.count(`rival: ${act}`);
    if (act === "edit" || act === "edit the method")
      this.#server.edit(this.#change("PATCH"), act === "edit the method");
    else if (act === "delete") this.#server.deleteOld(this.#change("DELETE"));
    else if (act === "roll back")
      place?.put(this.#ledger.secrets[0]?.value ?? "", undefined, "rolled back by somebody else");
    else this.#rotate(act, place, deployAfter);
  }

  #rotate(act: RivalAct, place: Place | undefined, deployAfter: number): void {
    const { secret } = this.#server.rotate(this.#change("POST"));
    if (secret === undefined || act === "rotate") return;
    this.#scheduler.after(deployAfter, () => {
      if (this.#isOver()) return;
      // Somebody with eyes in their head does not deploy over what is newer.
      const newer = this.#ledger.lifeOf(secret)?.number ?? 0;
      if ((this.#ledger.lifeOf(place?.value ?? "")?.number ?? 0) < newer)
        place?.put(secret, undefined, "deployed by somebody else");
      if (act === "rotate, deploy and delete")
        this.#scheduler.after(1000, () => this.#isOver() || this.#server.deleteOld(this.#change("DELETE")));
    });
  }

  #change(kind: Change["kind"]): Change {
    const { now } = this.#scheduler;
    const change: Change = { kind, by: undefined, calledAt: now, sentAt: now, announcement: undefined };
    this.#ledger.changes.push(change);
    return change;
  }
}
