import { describe, expect, it } from "vitest";
import { decodeBlock, encodeBlock } from "./block-codec.ts";
import { MAX_BLOCK_TRANSACTIONS } from "./block-rules.ts";
import { bigTo32, concatBytes, EMPTY, ZERO_HASH } from "./bytes.ts";
import { decodeCertificate } from "./certificate.ts";
import { decodeGenesis } from "./genesis-codec.ts";
import { EMPTY_BLOOM, encodeHeader } from "./header-codec.ts";
import { decodeMembers } from "./members.ts";
import { decodeMembershipSteps } from "./proof-codec.ts";
import { decodeReceipt } from "./receipt-codec.ts";
import { MAX_RLP_ITEMS, type RlpItem, rlpDecode, rlpEncode, rlpUint } from "./rlp.ts";
import { decodeCost } from "./testing/decode-cost.ts";
import { nobleSuite } from "./testing/noble-suite.ts";
import { decodeTransaction } from "./tx-decode.ts";

/** As many as fit in about 2 MiB when they have `bytes` each. */
const many = (bytes: number) => Math.floor((2 * 1024 * 1024) / bytes);
const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const id = (i: number) => concatBytes(ZERO_HASH, bigTo32(BigInt(i + 1)));
const header = encodeHeader({
  parentHash: ZERO_HASH,
  number: 1,
  timestamp: 1,
  stateRoot: ZERO_HASH,
  tablesRoot: ZERO_HASH,
  txRoot: ZERO_HASH,
  receiptRoot: ZERO_HASH,
  membersHash: ZERO_HASH,
  logsBloom: EMPTY_BLOOM,
  gasLimit: 1,
  gasUsed: 0,
  sealer: 0,
  extraData: EMPTY,
});
/** A block whose transactions are `bytes` long each; the count may lie. */
function block(transactions: number, bytes: number, count = transactions): Uint8Array {
  const u32 = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
  const one = concatBytes(u32(bytes), new Uint8Array(bytes));
  const body = new Uint8Array(transactions * one.length);
  for (let i = 0; i < transactions; i++) body.set(one, i * one.length);
  return concatBytes(u32(header.length), header, u32(count), body);
}
const limits = { maxBytes: 2 ** 26, maxTransactions: MAX_BLOCK_TRANSACTIONS };
const legacy = (items: readonly RlpItem[]) => concatBytes(Uint8Array.of(1), rlpEncode(items));
const typed = (accessList: RlpItem) =>
  legacy([rlpUint(1), EMPTY, EMPTY, rlpUint(21_000), EMPTY, EMPTY, EMPTY, accessList, EMPTY, rlpUint(1), rlpUint(1)]);
const receipt = (logs: RlpItem) => rlpEncode([EMPTY, EMPTY, EMPTY, EMPTY, EMPTY_BLOOM, logs, EMPTY]);

/** The encodings with the most elements for each byte, valid ones and others. */
const bombs: readonly [string, (bytes: Uint8Array) => unknown, () => Uint8Array][] = [
  ["a block of one-byte transactions", (bytes) => decodeBlock(bytes, limits), () => block(many(5), 1)],
  ["a block of empty transactions", (bytes) => decodeBlock(bytes, limits), () => block(many(4), 0)],
  ["a block that claims 2^32 - 1 transactions", (bytes) => decodeBlock(bytes, limits), () => block(1, 1, 2 ** 32 - 1)],
  [
    "a certificate of all members",
    decodeCertificate,
    () => rlpEncode([EMPTY, list(4096, (i) => [rlpUint(i), new Uint8Array(65)])]),
  ],
  ["a certificate of empty lists", decodeCertificate, () => rlpEncode([EMPTY, list(many(1), () => [])])],
  ["member lists", decodeMembers, () => rlpEncode([list(4096, id), list(4096, (i) => id(4096 + i))])],
  ["member lists of empty items", decodeMembers, () => rlpEncode([list(many(1), () => EMPTY), []])],
  [
    "an access list of addresses",
    (bytes) => decodeTransaction(nobleSuite, bytes),
    () => typed(list(40_000, () => [new Uint8Array(20), []])),
  ],
  [
    "an access list of slots",
    (bytes) => decodeTransaction(nobleSuite, bytes),
    () => typed([[new Uint8Array(20), list(30_000, () => new Uint8Array(32))]]),
  ],
  [
    "an access list of empty lists",
    (bytes) => decodeTransaction(nobleSuite, bytes),
    () => typed(list(1_000_000, () => [])),
  ],
  [
    "a transaction of empty items",
    (bytes) => decodeTransaction(nobleSuite, bytes),
    () => legacy(list(1_000_000, () => EMPTY)),
  ],
  ["receipt logs", decodeReceipt, () => receipt(list(many(24), () => [new Uint8Array(20), [], EMPTY]))],
  ["receipt logs of empty lists", decodeReceipt, () => receipt(list(many(1), () => []))],
  ["a genesis of empty lists", decodeGenesis, () => rlpEncode(list(many(1), () => []))],
  [
    "a membership proof of empty steps",
    (bytes) => decodeMembershipSteps(bytes, 1_000),
    () => rlpEncode(list(many(1), () => [])),
  ],
  ["RLP of empty items", tryRlp, () => rlpEncode(list(many(1), () => EMPTY))],
  ["RLP of as many empty lists as are allowed", tryRlp, () => rlpEncode(list(MAX_RLP_ITEMS - 1, () => []))],
];

function tryRlp(bytes: Uint8Array): RlpItem | null {
  try {
    return rlpDecode(bytes);
  } catch {
    return null;
  }
}

describe("what decoders build (SPEC 1.4)", () => {
  it.each(bombs)("grows with the bytes of %s", (_, decode, make) => {
    expect(decodeCost(decode, make())).toBeLessThanOrEqual(0);
  });

  it("is at most MAX_RLP_ITEMS items of RLP", () => {
    expect(tryRlp(rlpEncode(list(MAX_RLP_ITEMS - 1, () => EMPTY)))).not.toBeNull();
    expect(tryRlp(rlpEncode(list(MAX_RLP_ITEMS, () => EMPTY)))).toBeNull();
  });

  it("is nothing for a block whose count does not fit its bytes", () => {
    expect(decodeBlock(block(3, 1), limits)?.transactions).toHaveLength(3);
    expect(decodeBlock(block(3, 1, 4), limits)).toBeNull();
    expect(decodeBlock(encodeBlock(decodeBlock(block(3, 1), limits)!), { ...limits, maxTransactions: 2 })).toBeNull();
  });
});
