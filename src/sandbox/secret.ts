import type { SandboxOptions } from "./options.ts";

/** A client secret. */
export interface Secret {
  readonly value: string;
  /** Whether a rotation made it. */
  readonly rotated: boolean;
}

/** The most that Ory Hydra keeps. */
const kept = 5;

/** The secrets after a rotation, or undefined if it is refused. */
export function rotated(
  secrets: readonly Secret[],
  { onSecondRotation = "refuse" }: SandboxOptions,
): readonly Secret[] | undefined {
  if (secrets.length > 1 && onSecondRotation === "refuse") return undefined;
  return [...secrets, { value: freshSecret(), rotated: true }].slice(onSecondRotation === "keep" ? -kept : -2);
}

/** A secret that can be told from a real one. */
export function freshSecret(): string {
  return `sandbox-secret-${freshId()}`;
}

/** 32 hexadecimal characters. */
export function freshId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
