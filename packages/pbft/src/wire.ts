import { defineWire } from "@fb/runtime";
import { fromHex, type Hex, MAX_MEMBERS } from "@fb/types";

export interface WireCert {
  height: number;
  view: number;
  hash: Uint8Array;
  sealers: number[];
  signatures: Uint8Array[];
}

/** Messages and records share one shape; `kind` says which fields count (SPEC 8.2). */
export interface WireEnvelope {
  kind: number;
  height: number;
  view: number;
  hash: Uint8Array;
  block: Uint8Array;
  cert: WireCert | null;
  signature: Uint8Array;
  lacksBlock: boolean;
}

const PROTO = `
  message Cert { uint64 height = 1; uint64 view = 2; bytes hash = 3; repeated uint32 sealers = 4 [(max_count) = ${MAX_MEMBERS}]; repeated bytes signatures = 5 [(max_count) = ${MAX_MEMBERS}]; }
  message Envelope { uint32 kind = 1; uint64 height = 2; uint64 view = 3; bytes hash = 4; bytes block = 5; Cert cert = 6; bytes signature = 7; bool lacksBlock = 8; }
`;

/** Values of `kind` by the type of the message. Numbers are never reused. */
export const MESSAGE_KINDS = { prepare: 1, sign: 2, commit: 3, viewChange: 4, status: 5, fetch: 6, body: 7 } as const;
/** The same by the type of the record. */
export const RECORD_KINDS = { proposed: 1, signed: 2, locked: 3, view: 4 } as const;

export const HASH_BYTES = 32;
export const SIGNATURE_BYTES = 65;
export const NO_BYTES = new Uint8Array(0);
export const EMPTY_ENVELOPE: WireEnvelope = {
  kind: 0,
  height: 0,
  view: 0,
  hash: NO_BYTES,
  block: NO_BYTES,
  cert: null,
  signature: NO_BYTES,
  lacksBlock: false,
};

export const wire = /* @__PURE__ */ defineWire<{ Envelope: WireEnvelope }>(PROTO);

/** Of a hash that this program made. */
export function bytesOf(hex: Hex): Uint8Array {
  return fromHex(hex)!;
}
