import { describe, expect, test } from "vitest";
import { Window, type WrittenWindow } from "../../../src/cli/plan/window.ts";

const minute = 60_000;
const day = 1440 * minute;

/** The openings that end within some days, as they are in UTC. */
function openings(written: WrittenWindow, from: string, days: number): string[] {
  const start = Date.parse(`${from}T00:00Z`);
  const found: string[] = [];
  for (const opening of new Window(written).openings(start)) {
    if (opening.to > start + days * day) return found;
    const [begin, end] = [opening.from, opening.to].map((time) => new Date(time).toISOString().slice(5, 16));
    found.push(`${begin} to ${end}`);
  }
  return found;
}

describe("a window", () => {
  test.each<[string, WrittenWindow, string[]]>([
    ["says nothing", {}, ["11-30T00:00 to 12-01T00:00", "12-01T00:00 to 12-02T00:00", "12-02T00:00 to 12-03T00:00"]],
    [
      "has hours",
      { from: "22:15", to: "23:00" },
      ["11-30T22:15 to 11-30T23:00", "12-01T22:15 to 12-01T23:00", "12-02T22:15 to 12-02T23:00"],
    ],
    // The 29th was a Sunday. It has opened before.
    [
      "reaches over midnight",
      { from: "22:00", to: "04:00" },
      ["11-29T22:00 to 11-30T04:00", "11-30T22:00 to 12-01T04:00", "12-01T22:00 to 12-02T04:00"],
    ],
    // The day is the one on which it opens.
    ["has days", { days: ["mon", "wed"], from: "22:00", to: "04:00" }, ["11-30T22:00 to 12-01T04:00"]],
    ["has a day without hours", { days: ["tue"] }, ["12-01T00:00 to 12-02T00:00"]],
    [
      "has a zone",
      { from: "08:00", to: "09:00", zone: "Asia/Kolkata" },
      ["11-30T02:30 to 11-30T03:30", "12-01T02:30 to 12-01T03:30", "12-02T02:30 to 12-02T03:30"],
    ],
  ])("that %s", (_, written, expected) => {
    expect(openings(written, "2026-11-30", 3)).toEqual(expected);
  });

  const night = { from: "01:30", to: "02:30" };
  test.each<[string, string, WrittenWindow, string[]]>([
    // 02:00 becomes 03:00.
    [
      "Berlin, whose clock skips an hour",
      "2027-03-27",
      { ...night, zone: "Europe/Berlin" },
      ["03-27T00:30 to 03-27T01:30", "03-28T00:30 to 03-28T01:00", "03-28T23:30 to 03-29T00:30"],
    ],
    // 03:00 becomes 02:00. Between the two openings the clock shows 02:30 to 03:00.
    [
      "Berlin, whose clock repeats an hour",
      "2026-10-24",
      { ...night, zone: "Europe/Berlin" },
      [
        "10-23T23:30 to 10-24T00:30",
        "10-24T23:30 to 10-25T00:30",
        "10-25T01:00 to 10-25T01:30",
        "10-26T00:30 to 10-26T01:30",
      ],
    ],
    // 02:00 becomes 03:00.
    [
      "New York, whose clock skips an hour",
      "2027-03-13",
      { ...night, zone: "America/New_York" },
      ["03-13T06:30 to 03-13T07:30", "03-14T06:30 to 03-14T07:00", "03-15T05:30 to 03-15T06:30"],
    ],
    // 02:00 becomes 01:00, so that it is 01:30 to 02:00 twice.
    [
      "New York, whose clock repeats an hour",
      "2026-10-31",
      { ...night, zone: "America/New_York" },
      [
        "10-31T05:30 to 10-31T06:30",
        "11-01T05:30 to 11-01T06:00",
        "11-01T06:30 to 11-01T07:30",
        "11-02T06:30 to 11-02T07:30",
      ],
    ],
    // 02:00 becomes 02:30.
    [
      "Lord Howe, whose clock skips half an hour",
      "2026-10-02",
      { ...night, zone: "Australia/Lord_Howe" },
      ["10-02T15:00 to 10-02T16:00", "10-03T15:00 to 10-03T15:30", "10-04T14:30 to 10-04T15:30"],
    ],
    // 02:00 becomes 01:30: the half hour from 01:30 comes twice, without a break.
    [
      "Lord Howe, whose clock repeats half an hour",
      "2026-04-03",
      { ...night, zone: "Australia/Lord_Howe" },
      ["04-03T14:30 to 04-03T15:30", "04-04T14:30 to 04-04T16:00", "04-05T15:00 to 04-05T16:00"],
    ],
    [
      "Berlin, within the hour that its clock skips",
      "2027-03-27",
      { from: "02:00", to: "03:00", zone: "Europe/Berlin" },
      ["03-27T01:00 to 03-27T02:00", "03-29T00:00 to 03-29T01:00"],
    ],
    [
      "Berlin, from within the hour that its clock skips",
      "2027-03-28",
      { from: "02:30", to: "03:30", zone: "Europe/Berlin" },
      ["03-28T01:00 to 03-28T01:30", "03-29T00:30 to 03-29T01:30", "03-30T00:30 to 03-30T01:30"],
    ],
    [
      "Berlin, over the whole change",
      "2026-10-24",
      { days: ["sat"], from: "22:00", to: "04:00", zone: "Europe/Berlin" },
      ["10-24T20:00 to 10-25T03:00"],
    ],
  ])("in %s", (_, from, written, expected) => {
    expect(openings(written, from, 3)).toEqual(expected);
  });

  test.each(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])(
    "in %s is open exactly while the clock on the wall shows its hours, through a year",
    (zone) => {
      const wall = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
      const start = Date.UTC(2026, 0, 1);
      const shouldBeOpen: number[] = [];
      for (let time = start; time < start + 365 * day; time += 30 * minute) {
        const shown = wall.format(time);
        if (shown >= "01:30" && shown < "02:30") shouldBeOpen.push(time);
      }
      const isOpen: number[] = [];
      for (const { from, to } of new Window({ ...night, zone }).openings(start)) {
        if (from >= start + 365 * day) break;
        for (let time = Math.max(from, start); time < Math.min(to, start + 365 * day); time += 30 * minute)
          isOpen.push(time);
      }
      expect(shouldBeOpen.length).toBeGreaterThan(700);
      expect(isOpen).toEqual(shouldBeOpen);
    },
  );

  test("in a zone that does not exist is refused", () => {
    expect(() => new Window({ zone: "Europe/Berlim" })).toThrow(RangeError);
  });
});

test.each([
  [{ zone: "Europe/Berlin" }, "2026-11-30T21:00Z", "2026-11-30 22:00 Europe/Berlin"],
  [{ zone: "Europe/Berlin" }, "2026-07-01T22:30Z", "2026-07-02 00:30 Europe/Berlin"],
  [{}, "2026-11-30T21:00Z", "2026-11-30 21:00 UTC"],
])("the time on the wall in %j", (written, time, shown) => {
  expect(new Window(written).timeOnWall(new Date(time))).toBe(shown);
});
