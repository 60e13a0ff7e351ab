import { isGroupId, MODULES, type ModuleName } from "@fb/types";

/** SPEC 4.1. Every stream begins with this many bytes, whatever follows. */
export const OPEN_FRAME_BYTES = 8;
/** Answer to an accepted opening; a refused stream is reset instead. */
export const ACCEPT_BYTE = 0x01;
/** SPEC 4.3. Length of a control frame. */
export const CONTROL_FRAME_BYTES = 5;
/** SPEC 4.2. A message is its length, 4 bytes big endian, and its bytes. */
export const LENGTH_BYTES = 4;
const VERSION = 1;

export const MODULE_NAMES = Object.keys(MODULES) as readonly ModuleName[];
const MODULE_OF = new Map<number, ModuleName>(MODULE_NAMES.map((name) => [MODULES[name], name]));

/** What a stream is for: a module of a group, or the control stream of the connection. */
export type StreamPurpose =
  | { readonly type: "channel"; readonly groupId: number; readonly module: ModuleName }
  | { readonly type: "control" };

/** version(1) module(1) group(2, big endian) zero(4). Module and group 0 name the control stream. */
export function encodeOpen(purpose: StreamPurpose): Uint8Array {
  const bytes = new Uint8Array(OPEN_FRAME_BYTES);
  bytes[0] = VERSION;
  if (purpose.type === "channel") {
    bytes[1] = MODULES[purpose.module];
    bytes[2] = purpose.groupId >>> 8;
    bytes[3] = purpose.groupId & 0xff;
  }
  return bytes;
}

/** Null for a frame that names nothing; its sender is treated as for an unknown group. */
export function decodeOpen(bytes: Uint8Array): StreamPurpose | null {
  if (bytes.length !== OPEN_FRAME_BYTES || bytes[0] !== VERSION) return null;
  if (bytes[4] !== 0 || bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0) return null;
  const groupId = bytes[2]! * 256 + bytes[3]!;
  if (bytes[1] === 0 && groupId === 0) return { type: "control" };
  const module = MODULE_OF.get(bytes[1]!);
  return module !== undefined && isGroupId(groupId) ? { type: "channel", groupId, module } : null;
}

/** `value` of ping and pong is a counter, of bye an admission reason. */
export interface ControlFrame {
  readonly type: "ping" | "pong" | "bye";
  /** 0..2^32-1. */
  readonly value: number;
}

const CONTROL_TYPES = ["ping", "pong", "bye"] as const;

/** type(1: 1 ping, 2 pong, 3 bye) value(4, big endian). */
export function encodeControl(frame: ControlFrame): Uint8Array {
  const bytes = new Uint8Array(CONTROL_FRAME_BYTES);
  bytes[0] = CONTROL_TYPES.indexOf(frame.type) + 1;
  new DataView(bytes.buffer).setUint32(1, frame.value);
  return bytes;
}

/** Null for an unknown type. */
export function decodeControl(bytes: Uint8Array): ControlFrame | null {
  const type = CONTROL_TYPES[bytes[0]! - 1];
  if (type === undefined || bytes.length !== CONTROL_FRAME_BYTES) return null;
  return { type, value: new DataView(bytes.buffer, bytes.byteOffset).getUint32(1) };
}
