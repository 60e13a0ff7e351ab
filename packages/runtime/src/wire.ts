import protobuf from "protobufjs";
import { countElements, type MessagePlan, planOf } from "./wire-limits.ts";

/** A closed set of protobuf messages. */
export interface Wire<Messages extends { [K in keyof Messages]: object }> {
  /** Encodes; fields that are absent or undefined are left out. Throws only on a value of the wrong type (a bug). */
  encode<K extends keyof Messages & string>(type: K, message: Messages[K]): Uint8Array;
  /**
   * Decodes bytes of a peer. Null when they are malformed, hold an integer above 2^53 - 1, or break a limit, which is
   * known before anything is built: a repeated field its `(max_count)`, a message 65,536 elements in all and 64 fields
   * that the schema does not know, any other field once. Defaults are filled in: 0, "", false, empty bytes, [] and null
   * for an absent message. Unknown fields are skipped.
   *
   * @param mayBuild is told the number of repeated elements before anything is built; false = null is returned instead.
   */
  decode<K extends keyof Messages & string>(
    type: K,
    bytes: Uint8Array,
    mayBuild?: (elements: number) => boolean,
  ): Messages[K] | null;
}

const NO_BYTES = new Uint8Array(0);

const PLAIN: protobuf.IConversionOptions = { longs: Number, defaults: true, arrays: true, oneofs: false };

/**
 * Compiles proto3 text once at start. The bytes are for the wire only: they are never hashed or signed, because
 * protobuf has no canonical form.
 *
 * @param proto proto3 source without `syntax` line and package; field names are kept as written. Every repeated field
 *   has the option `(max_count)`, as in `repeated bytes parts = 1 [(max_count) = 16];`; messages do not contain
 *   themselves.
 */
export function defineWire<Messages extends { [K in keyof Messages]: object }>(proto: string): Wire<Messages> {
  const { root } = protobuf.parse(`syntax = "proto3";\n${proto}`, { keepCase: true });
  root.resolveAll();
  const types = new Map<string, { readonly type: protobuf.Type; readonly plan: MessagePlan }>();
  for (const type of root.nestedArray) {
    if (type instanceof protobuf.Type) types.set(type.name, { type, plan: planOf(type) });
  }
  return {
    encode(name, message) {
      const bytes = types
        .get(name)!
        .type.encode(message as never)
        .finish();
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    },
    decode(name, bytes, mayBuild) {
      const { type, plan } = types.get(name)!;
      const elements = countElements(bytes, plan);
      if (elements === null || mayBuild?.(elements) === false) return null;
      // A Buffer would make the library hand out Buffers.
      const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      try {
        const message = type.toObject(type.decode(plain), PLAIN);
        return normalise(message) ? (message as never) : null;
      } catch {
        return null;
      }
    },
  };
}

/** Checks integers; the library's default for absent bytes is a Buffer, which becomes plain empty bytes. */
function normalise(message: Record<string, unknown>): boolean {
  for (const name in message) {
    const value = message[name];
    if (typeof value === "number") {
      if (!Number.isSafeInteger(value)) return false;
    } else if (Array.isArray(value)) {
      for (const item of value) {
        if (typeof item === "number" && !Number.isSafeInteger(item)) return false;
        if (isMessage(item) && !normalise(item)) return false;
      }
    } else if (value instanceof Uint8Array) {
      if (value.length === 0) message[name] = NO_BYTES;
    } else if (isMessage(value) && !normalise(value)) {
      return false;
    }
  }
  return true;
}

function isMessage(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array);
}
