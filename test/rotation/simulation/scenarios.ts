import { cases } from "./cases.ts";
import type { Scenario, Stage } from "./scenario.ts";

/** How a case shows, by its number. */
function shows(number: string): RegExp {
  const [, found] = Object.entries(cases).find(([name]) => name.startsWith(`${number},`)) ?? [];
  if (!found) throw new Error(`There is no case ${number}.`);
  return found;
}

/** The first time that something is so; never again. */
function once(holds: (name: string, stage: Stage) => boolean, amount: number): Scenario["fault"] {
  let isOver = false;
  return (name, stage) => {
    if (isOver || !holds(name, stage)) return undefined;
    isOver = true;
    return amount;
  };
}

const phase = ({ a }: Stage) => a.journal.latest?.entry.phase;

/** Makes each scenario anew, since its faults count. */
export const scenarios: readonly (() => Scenario)[] = [
  () => ({
    name: "D1, the flag is never shown",
    shows: shows("D1"),
    manners: { flag: "absent" },
    play: ({ enter, a, rest }) => enter(a, { name: "rotate", finish: true }, rest),
  }),
  () => ({
    name: "D2, a second run while the first waits for its response",
    shows: shows("D2"),
    fault: once((name) => name === "post response slow", 5000),
    play: ({ enter, after, a, b, rest }) => {
      enter(a, { name: "rotate" }, rest);
      after(1500, () => enter(b, { name: "resume" }));
    },
  }),
  () => ({
    name: "D3, resumed after somebody else has deployed a newer secret",
    shows: shows("D3"),
    fault: once((name, stage) => name === "crash" && phase(stage) === "issued", 1),
    play: ({ enter, after, rival, a, rest }) =>
      enter(a, { name: "rotate" }, () => {
        after(10_000, () => rival("rotate and deploy", 1000));
        after(60_000, () => enter(a, { name: "resume" }, rest));
      }),
  }),
  () => {
    let isOver = false;
    return {
      name: "D4, stopped for longer than the time-out while the response waits",
      shows: shows("D4"),
      call: (what, process, { after }) => {
        if (what !== "POST rotate_secret" || isOver) return;
        isOver = true;
        after(1, () => process.freeze(30_000, false));
      },
      play: ({ enter, a, rest }) => enter(a, { name: "rotate" }, rest),
    };
  },
  () => {
    let isOver = false;
    return {
      name: "D5, stopped while the last read before DELETE is under way, and somebody rotates",
      shows: shows("D5"),
      call: (what, process, { after, rival }) => {
        // The last read is the one after the sink was read back.
        const isLast = process.command.name === "finish" && process.confirmed.size > 0;
        if (!what.startsWith("GET a1b2") || !isLast || isOver) return;
        isOver = true;
        after(1, () => process.freeze(6000, false));
        after(1000, () => rival("rotate and deploy", 20_000));
      },
      play: ({ enter, after, a, rest }) =>
        enter(a, { name: "rotate" }, () => after(40_000, () => enter(a, { name: "finish" }, rest))),
    };
  },
  () => ({
    name: "D6, a clock eight days ahead at finish",
    shows: shows("D6"),
    play: ({ enter, after, a, rest, world }) =>
      enter(a, { name: "rotate", overlap: 7 * 86_400_000 }, () => {
        a.clock.offset = 8 * 86_400_000;
        world.isSomeClockWrong = true;
        after(3000, () => enter(a, { name: "finish" }, rest));
      }),
  }),
  () => ({
    name: "D11, the disk is full at issued, and the sink holds the secret",
    shows: shows("D11"),
    fault: (name, stage) =>
      name === "journal full" && phase(stage) === "requesting" && stage.world.ledger.alive.length > 1
        ? 20_000
        : undefined,
    play: ({ enter, after, a, rest }) =>
      enter(a, { name: "rotate" }, () => after(60_000, () => enter(a, { name: "resume" }, rest))),
  }),
  () => ({
    name: "D12, a journal whose reads lag for 0.4 s",
    shows: shows("D12"),
    fault: (name) => (name === "journal lags" ? 400 : undefined),
    play: ({ enter, a, rest }) => enter(a, { name: "rotate" }, rest),
  }),
  () => {
    let isOver = false;
    let hasLooked = false;
    return {
      name: "D14a, stopped between announcement and POST; a colleague goes on",
      shows: shows("D14a"),
      call: (what, process, { after, enter, b }) => {
        // What it reads back of its announcement is on its way.
        const hasAnnounced = process.name === "A.1" && process.won !== undefined;
        if (what !== "journal latest" || !hasAnnounced || isOver) return;
        isOver = true;
        after(1, () => process.freeze(65_000, false));
        after(2000, () => enter(b, { name: "resume" }));
      },
      fault: (name, { now }) => {
        // What A reads on waking is from before B's POST.
        if (name !== "get lags" || now() < 65_000 || hasLooked) return undefined;
        hasLooked = true;
        return 28_000;
      },
      play: ({ enter, after, a, rest }) => {
        enter(a, { name: "rotate" });
        after(200_000, rest);
        return undefined;
      },
    };
  },
  () => ({
    name: "D14b, a journal that takes a minute to confirm the announcement",
    shows: shows("D14b"),
    fault: once((name, stage) => name === "journal slow" && stage.now() > 200, 59_999),
    play: ({ enter, a, rest }) => enter(a, { name: "rotate" }, rest),
  }),
  () => {
    let isOver = false;
    return {
      name: "D14c, stopped for 174 s between announcement and POST, and the response lost",
      shows: shows("D14c"),
      call: (what, process, { after }) => {
        if (what !== "journal append" || isOver) return;
        isOver = true;
        after(1, () => process.freeze(174_000, false));
      },
      fault: once((name) => name === "post lost after", 1),
      play: ({ enter, after, a, rest }) =>
        enter(a, { name: "rotate" }, () => after(11_000, () => enter(a, { name: "resume" }, rest))),
    };
  },
  () => {
    let lostAt: number | undefined;
    return {
      name: "D15, the DELETE is lost, and the next read is from before the POST",
      shows: shows("D15"),
      timeout: 3000,
      fault: (name, { now }) => {
        if (name === "delete lost before" && lostAt === undefined) {
          lostAt = now();
          return 1;
        }
        return name === "get lags" && lostAt !== undefined ? now() - 100 : undefined;
      },
      play: ({ enter, a, rest }) =>
        enter(a, { name: "rotate", finish: true }, () => enter(a, { name: "finish" }, rest)),
    };
  },
  () => {
    let isOver = false;
    return {
      name: "D16, a read that takes long, and meanwhile somebody rotates, deploys and deletes",
      shows: shows("D16"),
      timeout: 60_000,
      call: (what, _, stage) => {
        if (isOver || !what.startsWith("GET a1b2") || phase(stage) !== "issued") return;
        isOver = true;
        stage.after(1000, () => stage.rival("rotate, deploy and delete", 500));
      },
      fault: once((name, stage) => name === "get response slow" && phase(stage) === "issued", 38_000),
      play: ({ enter, a, rest }) => enter(a, { name: "rotate" }, rest),
    };
  },
];
