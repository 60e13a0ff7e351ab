import { concatBytes } from "@fb/types";
import type { Choice } from "./choices.ts";

const MOST_DEPTH = 6;
const ODD_NUMBERS = [
  0n,
  1n,
  2n,
  127n,
  128n,
  255n,
  65_535n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const ODD_LENGTHS = [0, 1, 31, 32, 33, 64, 65, 66, 255, 4_096];

/** A field of a protobuf message: a number, or bytes. */
interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** The fields of a message; null for bytes that are none. */
function readFields(bytes: Uint8Array): Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint | null => {
    let value = 0n;
    for (let shift = 0n; at < bytes.length && shift < 70n; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    return null;
  };
  while (at < bytes.length) {
    const key = varint();
    if (key === null || key > 2n ** 20n || key < 8n) return null;
    const [number, type] = [Number(key >> 3n), Number(key & 7n)];
    const value = varint();
    if (value === null || (type !== 0 && type !== 2)) return null;
    if (type === 0) fields.push({ number, value });
    else {
      if (value > BigInt(bytes.length - at)) return null;
      fields.push({ number, value: bytes.slice(at, at + Number(value)) });
      at += Number(value);
    }
  }
  return fields;
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Uint8Array.of(...bytes, Number(rest));
    bytes.push(Number(rest & 127n) | 128);
  }
}

function writeField({ number, value }: Field): Uint8Array {
  if (typeof value === "bigint") return concatBytes(varint(BigInt(number) << 3n), varint(value));
  return concatBytes(varint((BigInt(number) << 3n) | 2n), varint(BigInt(value.length)), value);
}

/** A message with some of its parts changed; what is behind the fields (messages, RLP, text) is changed as well. */
export function mutatedMessage(seed: Uint8Array, others: readonly Uint8Array[], choice: Choice, depth = 0): Uint8Array {
  const fields = readFields(seed);
  if (fields === null || fields.length === 0 || choice.once(12)) return mutatedRaw(seed, choice);
  const changed = [...fields];
  for (let changes = choice.below(3); changes >= 0 && changed.length > 0; changes--) {
    const at = choice.below(changed.length);
    const field = changed[at]!;
    switch (choice.below(9)) {
      case 0:
        changed.splice(at, 1);
        break;
      case 1:
        for (let n = depth === 0 && choice.once(8) ? 1_100 : choice.of([1, 2]); n > 0; n--) changed.push(field);
        break;
      case 2:
        changed[at] = { ...field, number: choice.of([1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 2_000]) };
        break;
      case 3:
        changed[at] = {
          ...field,
          value: typeof field.value === "bigint" ? choice.bytes(choice.of(ODD_LENGTHS)) : choice.of(ODD_NUMBERS),
        };
        break;
      case 4:
        changed.splice(choice.below(changed.length), 0, ...(readFields(choice.of(others)) ?? []));
        break;
      default:
        changed[at] = { ...field, value: mutatedValue(field.value, others, choice, depth) };
    }
  }
  const bytes = concatBytes(...changed.map(writeField));
  return choice.once(25) ? mutatedRaw(bytes, choice) : bytes;
}

function mutatedValue(
  value: bigint | Uint8Array,
  others: readonly Uint8Array[],
  choice: Choice,
  depth: number,
): bigint | Uint8Array {
  if (typeof value === "bigint")
    return choice.once(2) ? choice.of(ODD_NUMBERS) : value + BigInt(choice.below(3)) - (value > 0n ? 1n : 0n);
  if (choice.once(6)) return choice.bytes(choice.of(ODD_LENGTHS));
  if (depth < MOST_DEPTH && choice.once(2) && readFields(value) !== null)
    return mutatedMessage(value, others, choice, depth + 1);
  return choice.once(3) ? mutatedRaw(value, choice) : mutatedRlp(value, choice, depth);
}

/** Changes an item of RLP deep inside, and writes the lengths around it anew; other bytes are changed as they stand. */
function mutatedRlp(bytes: Uint8Array, choice: Choice, depth = 0): Uint8Array {
  const item = readItem(bytes, 0);
  // A typed transaction begins with its type.
  if (item === null && bytes.length > 1 && bytes[0]! < 0x80 && readItem(bytes, 1)?.end === bytes.length)
    return concatBytes(bytes.slice(0, 1), mutatedRlp(bytes.slice(1), choice, depth + 1));
  if (item === null || item.end !== bytes.length || depth > MOST_DEPTH) return mutatedRaw(bytes, choice);
  const body = bytes.slice(item.start, item.end);
  if (!item.isList)
    return rlpOf(choice.once(3) ? choice.bytes(choice.of(ODD_LENGTHS)) : mutatedRaw(body, choice), 0x80);
  const items = splitItems(body);
  if (items === null || items.length === 0) return rlpOf(mutatedRaw(body, choice), 0xc0);
  const at = choice.below(items.length);
  switch (choice.below(6)) {
    case 0:
      items.splice(at, 1);
      break;
    case 1:
      items.splice(at, 0, items[at]!);
      break;
    case 2:
      items[at] = choice.of([Uint8Array.of(0x80), Uint8Array.of(0xc0), Uint8Array.of(0), Uint8Array.of(0x81, 0)]);
      break;
    default:
      items[at] = mutatedRlp(items[at]!, choice, depth + 1);
  }
  return rlpOf(concatBytes(...items), 0xc0);
}

interface Item {
  readonly isList: boolean;
  readonly start: number;
  readonly end: number;
}

function readItem(bytes: Uint8Array, at: number): Item | null {
  const first = bytes[at];
  if (first === undefined) return null;
  if (first < 0x80) return { isList: false, start: at, end: at + 1 };
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  if (short < 56) return within(bytes, { isList, start: at + 1, end: at + 1 + short });
  const size = short - 55;
  let length = 0;
  for (let i = 1; i <= size; i++) length = length * 256 + (bytes[at + i] ?? 0);
  return within(bytes, { isList, start: at + 1 + size, end: at + 1 + size + length });
}

function within(bytes: Uint8Array, item: Item): Item | null {
  return item.end <= bytes.length ? item : null;
}

function splitItems(body: Uint8Array): Uint8Array[] | null {
  const items: Uint8Array[] = [];
  for (let at = 0; at < body.length; ) {
    const item = readItem(body, at);
    if (item === null) return null;
    items.push(body.slice(at, item.end));
    at = item.end;
  }
  return items;
}

function rlpOf(body: Uint8Array, base: 0x80 | 0xc0): Uint8Array {
  if (base === 0x80 && body.length === 1 && body[0]! < 0x80) return body;
  if (body.length < 56) return concatBytes(Uint8Array.of(base + body.length), body);
  const size: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
  return concatBytes(Uint8Array.of(base + 55 + size.length, ...size), body);
}

/** Without knowing what the bytes mean: cut, longer, flipped, or others in the middle. */
export function mutatedRaw(bytes: Uint8Array, choice: Choice): Uint8Array {
  const changed = bytes.slice();
  const at = choice.below(changed.length + 1);
  switch (choice.below(5)) {
    case 0:
      return changed.slice(0, at);
    case 1:
      return concatBytes(changed, choice.bytes(choice.of([1, 2, 32])));
    case 2:
      return concatBytes(changed.slice(0, at), choice.bytes(choice.below(8)), changed.slice(at));
    case 3:
      return concatBytes(changed.slice(0, at), changed.slice(Math.min(changed.length, at + choice.below(40))));
    default:
      for (let n = choice.below(4); n >= 0 && changed.length > 0; n--)
        changed[choice.below(changed.length)] = choice.below(256);
      return changed;
  }
}
