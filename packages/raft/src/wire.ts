import { defineWire } from "@fb/runtime";
import { fromHex, type Hex } from "@fb/types";
import type { AppendOutcome } from "./core/messages.ts";

/** Messages and records share one shape; `kind` says which fields count (SPEC 8.3). */
export interface WireEnvelope {
  kind: number;
  term: number;
  head: number;
  height: number;
  hash: Uint8Array;
  /**
   * Votes: bit 0 = pre, bit 1 = granted. An append: 1 = has an entry. Its response: the outcome. Who answers for a
   * recovery: bit 0 = forgetful, bit 1 = granted.
   */
  flags: number;
  tail: number;
  entry: Uint8Array;
  block: Uint8Array;
  certificate: Uint8Array;
  signature: Uint8Array;
  run: number;
}

const PROTO = `
  message Envelope {
    uint32 kind = 1; uint64 term = 2; uint64 head = 3; uint64 height = 4; bytes hash = 5; uint32 flags = 6;
    uint64 tail = 7; bytes entry = 8; bytes block = 9; bytes certificate = 10; bytes signature = 11;
    uint64 run = 12;
  }
`;

/** Values of `kind` by the type of the message. Numbers are never reused. */
export const MESSAGE_KINDS = {
  voteRequest: 1,
  voteResponse: 2,
  append: 3,
  appendResponse: 4,
  decided: 5,
  recover: 6,
  recoverResponse: 7,
} as const;
/** The same by the type of the record. */
export const RECORD_KINDS = { vote: 1, stored: 2, heard: 3, recovered: 4 } as const;
/** An outcome is its place here. */
export const OUTCOMES: readonly AppendOutcome[] = ["stored", "working", "missing", "refused"];

export const PRE = 1;
export const FORGETFUL = 1;
export const GRANTED = 2;

export const HASH_BYTES = 32;
export const SIGNATURE_BYTES = 65;
export const NO_BYTES = new Uint8Array(0);
export const EMPTY_ENVELOPE: WireEnvelope = {
  kind: 0,
  term: 0,
  head: 0,
  height: 0,
  hash: NO_BYTES,
  flags: 0,
  tail: 0,
  entry: NO_BYTES,
  block: NO_BYTES,
  certificate: NO_BYTES,
  signature: NO_BYTES,
  run: 0,
};

export const wire = /* @__PURE__ */ defineWire<{ Envelope: WireEnvelope }>(PROTO);

/** Of a hash that this program made. */
export function bytesOf(hex: Hex): Uint8Array {
  return fromHex(hex)!;
}

export function recoverFlags({ granted, forgetful }: { granted: boolean; forgetful: boolean }): number {
  return (granted ? GRANTED : 0) + (forgetful ? FORGETFUL : 0);
}
