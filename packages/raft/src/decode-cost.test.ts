import { createCryptoSuite } from "@fb/crypto/portable";
import { concatBytes, MAX_BLOCK_TRANSACTIONS, rlpEncode } from "@fb/types";
import { decodeCost } from "@fb/types/testing";
import { describe, expect, it } from "vitest";
import { createRaftCodec } from "./codec.ts";

const suite = await createCryptoSuite();
const limits = { maxBytes: 2 ** 24, maxTransactions: MAX_BLOCK_TRANSACTIONS };
const codec = createRaftCodec(suite, new Uint8Array(32), limits);
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
/** kind, term 1, then a field. */
const envelope = (kind: number, number: number, bytes: Uint8Array) =>
  concatBytes(Uint8Array.of(0x08, kind, 0x10, 1), field(number, bytes));
const HASH = 5;
const ENTRY = 8;
const BLOCK = 9;
const CERTIFICATE = 10;

describe("what the codec builds (SPEC 8)", () => {
  it("grows with the bytes of any field", () => {
    const bytes = repeat(2 ** 20, 0);
    for (const kind of [1, 2, 3, 4, 5]) {
      for (const number of [HASH, ENTRY, BLOCK, CERTIFICATE, 11]) {
        expect(decodeCost(decode, envelope(kind, number, bytes))).toBeLessThanOrEqual(0);
      }
    }
  });

  it("grows with the bytes of a certificate of empty lists", () => {
    const certificate = rlpEncode([new Uint8Array(0), Array.from({ length: 2 ** 20 }, () => [])]);
    const bytes = concatBytes(envelope(5, CERTIFICATE, certificate), field(HASH, new Uint8Array(32)));
    expect(decodeCost(decode, bytes)).toBeLessThanOrEqual(0);
  });
});
