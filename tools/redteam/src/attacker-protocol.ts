import type { Finding, Scene } from "./attack.ts";

export type ToAttacker = { readonly prepare: { readonly attack: string; readonly scene: Scene } } | "go" | "stop";

/** What the attacker did. */
export interface AttackerReport {
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  /** From the start of the attack to its end. */
  readonly cpuMs: number;
  readonly seconds: number;
  readonly rssBytes: number;
}

export type FromAttacker = "ready" | { readonly failed: string } | { readonly done: AttackerReport };
