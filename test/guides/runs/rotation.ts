import { expect } from "vitest";
import type { Phase } from "../../../src/rotation/index.ts";
import type { Run } from "./run.ts";

/** The phases of a rotation that nothing interrupts, in order. */
const phases: readonly Phase[] = ["requesting", "issued", "delivered", "verified", "finishing", "done"];

/** The diagram has each phase and no other. */
export function runDiagram(code: string): void {
  const shown = [...code.matchAll(/^ *(\S+) --> (\S+):/gm)].map(([, from, to]) => [from, to]);
  expect(shown).toEqual(phases.map((phase, index) => [phases[index - 1] ?? "[*]", phase]));
}

export const runs: readonly Run[] = [
  ["mermaid", "requesting", runDiagram],
  [
    "ts",
    "a real one must outlive the process",
    async (code, folder) => {
      const { printed, secrets, changes } = await folder.program(code);
      expect(printed).toBe("verified finish\ndone");
      expect(changes).toEqual(["POST", "DELETE"]);
      expect(secrets).toEqual([[expect.stringMatching(/^sandbox-secret-/)]]);
    },
  ],
  ["ts", "configSink", async (code, folder) => expect((await folder.program(code)).printed).toBe("read-back")],
  ["ts", "journalIn", async (code, folder) => expect((await folder.program(code)).printed).toBe("verified false")],
  [
    "ts",
    "resumeRotation",
    async (code, folder) => {
      const { printed, changes } = await folder.program(code);
      expect(printed).toBe("delivery-failed resume\nissued []\n1\nverified [ 'app' ]");
      expect(changes).toEqual(["POST"]);
    },
  ],
  [
    "ts",
    "inspectDeployment",
    async (code, folder) => {
      const { printed } = await folder.program(code);
      expect([...printed.matchAll(/where: '(\w+)', has: '(\w+)'/g)].map(([, where, has]) => [where, has])).toEqual([
        ["app", "newest"],
        ["app", "another"],
      ]);
    },
  ],
  [
    "ts",
    "createOAuthClient",
    async (code, folder) => {
      expect((await folder.program(code)).printed).toBe("done 32 true\ntrue");
    },
  ],
  ["ts", "adoptRotation", async (code, folder) => expect((await folder.program(code)).printed).toBe("verified true")],
  [
    "ts",
    "recordRotation",
    async (code, folder) => {
      const { printed, changes } = await folder.program(code);
      expect(printed).toBe("done 2026-05-01T00:00:00.000Z");
      expect(changes).toEqual([]);
    },
  ],
  ["ts", "inspectIssuer", async (code, folder) => expect((await folder.program(code)).printed).toBe("token\nrefused")],
  [
    "ts",
    "onEvent",
    async (code, folder) => {
      expect((await folder.program(code)).printed.split("\n")).toEqual(phases.slice(0, 4));
    },
  ],
];
