import { RLP } from "@ethereumjs/rlp";
import { concatBytes, EMPTY, fromHex } from "../bytes.ts";
import { invariant } from "../errors.ts";
import type { RlpItem } from "../rlp.ts";

/** Lengths at which heads change, and one byte to both sides. */
const LENGTHS = [0, 1, 2, 54, 55, 56, 57, 255, 256, 257];
const SINGLES = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xff];

/** What no encoder writes, each for a reason of its own. */
const REFUSED: Readonly<Record<string, string>> = {
  "a zero byte with a head": "8100",
  "a small byte with a head": "817f",
  "a long head for no bytes": "b800",
  "a long head for one byte": "b801ff",
  "a long head for 55 bytes": `b837${"aa".repeat(55)}`,
  "a length that begins with zero": `b90038${"aa".repeat(56)}`,
  "a length of eight bytes": "bfffffffffffffffff00",
  "a head without its length": "b8",
  "half of a length": "b901",
  "a long head for an empty list": "f800",
  "a long head for a list of one byte": "f80101",
  "a long head for a list of 55 bytes": `f837${"01".repeat(55)}`,
  "a length of a list that begins with zero": `f90038${"01".repeat(56)}`,
  "a list's length of eight bytes": "ffffffffffffffffff00",
  "a list that ends within an item": "c28301",
  "a list that ends before its payload": "c30102",
  "an item with a needless head in a list": "c28101",
  "a list in a list that is longer than it": "c2c301",
  "two items": "0102",
  "a list and a byte": "c000",
};

function items(): readonly RlpItem[] {
  const strings = LENGTHS.map((length) => Uint8Array.from({ length }, (_, i) => (i * 37 + length) % 256));
  const singles = SINGLES.map((byte) => Uint8Array.of(byte));
  const nested = (depth: number): RlpItem => (depth === 0 ? [] : [nested(depth - 1)]);
  return [
    ...strings,
    ...singles,
    ...strings.map((bytes) => [bytes]),
    ...LENGTHS.map((length) => Array.from({ length }, () => Uint8Array.of(length % 128))),
    [singles, [], [[EMPTY], singles]],
    [[[]], [[], [[]]]],
    nested(1),
    nested(32),
  ];
}

/** RLP as the library writes it, and what it refuses: what is wrong at all, and every right encoding cut or followed by a byte. */
export function rlpCases() {
  const valid = items().map((item) => ({ item, rlp: RLP.encode(item as Parameters<typeof RLP.encode>[0]) }));
  const refused = [
    ...Object.entries(REFUSED).map(([name, hex]) => ({ name, rlp: fromHex(hex)! })),
    ...valid.flatMap(({ rlp }, i) => [
      ...(rlp.length === 1 ? [] : [{ name: `valid ${i}, cut`, rlp: rlp.subarray(0, -1) }]),
      { name: `valid ${i}, followed`, rlp: concatBytes(rlp, Uint8Array.of(0)) },
    ]),
  ];
  for (const { name, rlp } of refused) invariant(refusedByLibrary(rlp), `the library reads ${name}`);
  return { valid, refused };
}

function refusedByLibrary(rlp: Uint8Array): boolean {
  try {
    RLP.decode(rlp);
    return false;
  } catch {
    return true;
  }
}
