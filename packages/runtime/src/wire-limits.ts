import { invariant } from "@fb/types";
import protobuf from "protobufjs";

/** Repeated elements in one message at most, nested ones included, whatever its fields allow each. */
export const MAX_WIRE_ELEMENTS = 65_536;
/** Fields that the schema does not know, in one message at most: what a newer peer may add. */
const MAX_UNKNOWN_FIELDS = 64;
/** Every repeated field says in its definition how many elements it may have. */
const MAX_COUNT = "(max_count)";

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

interface FieldPlan {
  /** Of one element. */
  readonly wireType: number;
  readonly isRepeated: boolean;
  readonly maxCount: number;
  /** Whether elements may stand together in one length-delimited value. */
  readonly isPackable: boolean;
  readonly nested: MessagePlan | null;
  /** Among the fields of its message. */
  readonly position: number;
}

/** What a message may consist of. */
export interface MessagePlan {
  readonly fields: ReadonlyMap<number, FieldPlan>;
}

/** The plan of a type. Breaks an invariant when a repeated field has no limit, or the type contains itself. */
export function planOf(type: protobuf.Type, around: readonly protobuf.Type[] = []): MessagePlan {
  invariant(!around.includes(type), "a message contains itself", { type: type.name });
  const fields = new Map<number, FieldPlan>();
  for (const [position, field] of type.fieldsArray.entries()) {
    invariant(!field.map, "map fields have no limit", { type: type.name, field: field.name });
    const maxCount: unknown = field.repeated ? field.getOption(MAX_COUNT) : 1;
    invariant(
      typeof maxCount === "number" && maxCount >= 1 && maxCount <= MAX_WIRE_ELEMENTS,
      `a repeated field needs ${MAX_COUNT} of 1..${MAX_WIRE_ELEMENTS}`,
      { type: type.name, field: field.name },
    );
    const { resolvedType } = field;
    const isMessage = resolvedType instanceof protobuf.Type;
    const basic = protobuf.types.basic as Readonly<Record<string, number>>;
    const wireType = basic[field.type] ?? (isMessage ? LENGTH_DELIMITED : VARINT);
    fields.set(field.id, {
      wireType,
      isRepeated: field.repeated,
      maxCount,
      isPackable: field.repeated && wireType !== LENGTH_DELIMITED,
      nested: isMessage ? planOf(resolvedType, [...around, type]) : null,
      position,
    });
  }
  return { fields };
}

/**
 * How many repeated elements `bytes` hold, nested ones included; null when they break a limit of the plan. Reads tags
 * and lengths only and builds nothing, so that the cost of a message is known before it is decoded. A field that is not
 * repeated occurs once at most.
 */
export function countElements(bytes: Uint8Array, plan: MessagePlan): number | null {
  const scanner = new Scanner(bytes);
  return scanner.message(plan, bytes.length) ? scanner.elements : null;
}

class Scanner {
  /** Repeated ones so far. */
  elements = 0;
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Where the payload of the value last skipped begins. */
  #from = 0;
  #unknown = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  message(plan: MessagePlan, end: number): boolean {
    const counts = new Array<number>(plan.fields.size).fill(0);
    while (this.#at < end) {
      const tag = this.#uint32(end);
      // No number, or that of a field 0.
      if (tag < 8) return false;
      const wireType = tag % 8;
      const field = plan.fields.get(Math.floor(tag / 8));
      if (!this.#skip(wireType, end)) return false;
      if (field === undefined) {
        if (++this.#unknown > MAX_UNKNOWN_FIELDS) return false;
      } else if (!this.#known(field, wireType, counts)) return false;
    }
    return this.#at === end;
  }

  #known(field: FieldPlan, wireType: number, counts: number[]): boolean {
    const isPacked = field.isPackable && wireType === LENGTH_DELIMITED;
    if (!isPacked && wireType !== field.wireType) return false;
    const count = isPacked ? this.#packed(field.wireType) : 1;
    counts[field.position]! += count;
    if (counts[field.position]! > field.maxCount) return false;
    if (field.isRepeated) this.elements += count;
    if (this.elements > MAX_WIRE_ELEMENTS) return false;
    if (field.nested === null) return true;
    const end = this.#at;
    this.#at = this.#from;
    return this.message(field.nested, end);
  }

  /** Elements in the value last skipped; a cut one is left to the decoder. */
  #packed(wireType: number): number {
    if (wireType === FIXED64) return Math.ceil((this.#at - this.#from) / 8);
    if (wireType === FIXED32) return Math.ceil((this.#at - this.#from) / 4);
    let count = 0;
    for (let at = this.#from; at < this.#at; at++) if (this.#bytes[at]! < 0x80) count++;
    return count;
  }

  /** False for a value that is cut, or a group. */
  #skip(wireType: number, end: number): boolean {
    this.#from = this.#at;
    if (wireType === VARINT) {
      for (let left = 10; left > 0 && this.#at < end; left--) if (this.#bytes[this.#at++]! < 0x80) return true;
      return false;
    }
    if (wireType === LENGTH_DELIMITED) {
      const length = this.#uint32(end);
      this.#from = this.#at;
      if (length < 0) return false;
      this.#at += length;
    } else if (wireType === FIXED64) this.#at += 8;
    else if (wireType === FIXED32) this.#at += 4;
    else return false;
    return this.#at <= end;
  }

  /** A varint below 2^32; -1 when it is cut or longer. */
  #uint32(end: number): number {
    let value = 0;
    for (let shift = 1; shift <= 2 ** 28 && this.#at < end; shift *= 128) {
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value < 2 ** 32 ? value : -1;
    }
    return -1;
  }
}
