import { createCryptoSuite } from "@fb/crypto/portable";
import { concatBytes, MAX_BLOCK_TRANSACTIONS, MAX_MEMBERS } from "@fb/types";
import { decodeCost } from "@fb/types/testing";
import { describe, expect, it } from "vitest";
import { createPbftCodec } from "./codec.ts";

const suite = await createCryptoSuite();
const limits = { maxBytes: 2 ** 24, maxTransactions: MAX_BLOCK_TRANSACTIONS };
const codec = createPbftCodec(suite, new Uint8Array(32), limits);
const decode = (bytes: Uint8Array) => codec.openMessage(bytes)?.read() ?? codec.decodeRecord(bytes);

const repeat = (count: number, ...unit: number[]) =>
  Uint8Array.from({ length: count * unit.length }, (_, i) => unit[i % unit.length]!);
/** A protobuf field of these bytes. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    if (rest < 0x80) {
      length.push(rest);
      break;
    }
    length.push((rest & 0x7f) | 0x80);
  }
  return concatBytes(Uint8Array.of(number * 8 + 2, ...length), bytes);
}
/** kind, height 1, then a field. */
const envelope = (kind: number, number: number, bytes: Uint8Array) =>
  concatBytes(Uint8Array.of(0x08, kind, 0x10, 1), field(number, bytes));

const SIGNATURES = 5;
const SEALERS = 4;
const bombs: readonly [string, Uint8Array][] = [
  ["empty signatures", repeat(2 ** 20, SIGNATURES * 8 + 2, 0)],
  ["packed sealers", field(SEALERS, repeat(2 ** 21, 1))],
  ["single sealers", repeat(2 ** 20, SEALERS * 8, 1)],
  [
    "as many empty signatures and sealers as there may be",
    concatBytes(field(SEALERS, repeat(MAX_MEMBERS, 1)), repeat(MAX_MEMBERS, SIGNATURES * 8 + 2, 0)),
  ],
];

describe("what the codec builds (SPEC 8)", () => {
  it.each(bombs)("grows with the bytes of a certificate of %s", (_, cert) => {
    // Prepare and lock record; a view change is a message with a certificate, too.
    for (const kind of [1, 3, 4]) expect(decodeCost(decode, envelope(kind, 6, cert))).toBeLessThanOrEqual(0);
  });

  it("grows with the bytes of any other field", () => {
    const bytes = repeat(2 ** 20, 0);
    for (const kind of [1, 2, 3, 4, 5, 6, 7]) {
      for (const number of [4, 5, 7]) expect(decodeCost(decode, envelope(kind, number, bytes))).toBeLessThanOrEqual(0);
    }
  });
});
