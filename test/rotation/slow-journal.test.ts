import { beforeEach, expect, test } from "vitest";
import { MemoryJournal } from "../../src/rotation/index.ts";
import {
  changeNamedBy,
  clientId,
  failure,
  holdClock,
  Process,
  settle,
  showing,
  sleep,
  World,
} from "../support/rotation-world.ts";

beforeEach(() => holdClock());

/** A journal each of whose calls takes some time, as that of a command which reaches a store over the network. */
class SlowJournal extends MemoryJournal {
  /** How long, in ms. */
  readonly pace: number;
  /** Calls so far. */
  calls = 0;

  constructor(pace: number) {
    super();
    this.pace = pace;
  }

  override async latest(key: string): Promise<{ sequence: number; entry: string } | undefined> {
    this.calls++;
    const found = await super.latest(key);
    await sleep(this.pace);
    return found;
  }

  override async append(key: string, sequence: number, entry: string): Promise<boolean> {
    this.calls++;
    await sleep(this.pace);
    return super.append(key, sequence, entry);
  }
}

test.each([700, 1500, 5000])(
  "a journal each of whose calls takes %d ms keeps no rotation from its end",
  async (pace) => {
    const journal = new SlowJournal(pace);
    const world = new World({ onSecondRotation: "keep" }, journal);

    expect(await settle(new Process(world).run("rotate", { finish: true }))).toMatchObject({ phase: "done" });

    expect([world.posts, world.deletes]).toEqual([1, 1]);
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
    // Nothing is read again for being slow: as many calls as of a quick journal, and one for each last read of the client.
    const quick = new SlowJournal(1);
    await settle(new Process(new World({ onSecondRotation: "keep" }, quick)).run("rotate", { finish: true }));
    expect(journal.calls).toBeLessThanOrEqual(quick.calls + 2);
  },
);

test.each([1500, 4000])(
  "a journal each of whose calls takes %d ms keeps no secret from the sinks where the API shows no change",
  async (pace) => {
    const world = new World({ onSecondRotation: "keep" }, new SlowJournal(pace));
    showing(world, ({ updated_at, ...client }) => client);
    expect(await settle(new Process(world).run("rotate"))).toMatchObject({ phase: "verified" });

    const error = await failure(new Process(world).run("finish"));
    expect(error).toMatchObject({ code: "client-changed" });
    const acceptChange = changeNamedBy(error);
    expect(acceptChange).toBe("none");
    expect(await settle(new Process(world).run("finish", { acceptChange }))).toMatchObject({ phase: "done" });
    expect([world.posts, world.deletes]).toEqual([1, 1]);
  },
);
