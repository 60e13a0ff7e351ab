import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBlock, encodeBlock } from "./block-codec.ts";
import { bigTo32, bytesToBig, concatBytes, EMPTY, fromHex, toHex, ZERO_HASH } from "./bytes.ts";
import { decodeCertificate, encodeCertificate } from "./certificate.ts";
import type { GenesisConfig } from "./genesis.ts";
import { decodeGenesis, encodeGenesis, genesisProblem } from "./genesis-codec.ts";
import type { BlockHeader } from "./header.ts";
import {
  decodeHeader,
  EMPTY_BLOOM,
  encodeHeader,
  headerHash,
  MAX_EXTRA_DATA_BYTES,
  proposalHeader,
  proposalId,
} from "./header-codec.ts";
import { areValidMembers, decodeMembers, encodeMembers, membersHash } from "./members.ts";
import { decodeMembershipSteps, encodeMembershipSteps } from "./proof-codec.ts";
import { decodeReceipt, encodeReceipt, MAX_RECEIPT_OUTPUT_BYTES } from "./receipt-codec.ts";
import { RECEIPT_STATUS, receiptStatusName } from "./receipt-status.ts";
import { type RlpItem, rlpDecode, rlpEncode, rlpUint } from "./rlp.ts";
import { expectCanonical } from "./testing/fuzz.ts";
import { nobleSuite as suite, testSealers } from "./testing/noble-suite.ts";
import { SAMPLE_HEADER, SAMPLE_RECEIPTS, sampleGenesis } from "./testing/samples.ts";
import { buildTestChain } from "./testing/test-chain.ts";

const BROKEN = expect.objectContaining({ code: "INVARIANT_BROKEN" });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const headers: fc.Arbitrary<BlockHeader> = fc.record({
  parentHash: hash,
  number: fc.maxSafeNat(),
  timestamp: fc.maxSafeNat(),
  stateRoot: hash,
  tablesRoot: hash,
  txRoot: hash,
  receiptRoot: hash,
  membersHash: hash,
  logsBloom: fc.uint8Array({ minLength: 256, maxLength: 256 }),
  gasLimit: fc.maxSafeNat(),
  gasUsed: fc.maxSafeNat(),
  sealer: fc.nat(4095),
  extraData: fc.uint8Array({ maxLength: 40 }),
});

describe("SPEC 2: headers", () => {
  it("round-trips and is canonical (SPEC 2.1)", () => {
    fc.assert(
      fc.property(headers, (header) => {
        expect(decodeHeader(encodeHeader(header))).toEqual(header);
      }),
    );
    expectCanonical([encodeHeader(SAMPLE_HEADER)], decodeHeader, encodeHeader);
  });

  it("bounds extraData", () => {
    const longest = { ...SAMPLE_HEADER, extraData: new Uint8Array(MAX_EXTRA_DATA_BYTES) };
    expect(decodeHeader(encodeHeader(longest))).toEqual(longest);
    const items = rlpDecode(encodeHeader(longest)) as Uint8Array[];
    expect(decodeHeader(rlpEncode(items.with(12, new Uint8Array(MAX_EXTRA_DATA_BYTES + 1))))).toBeNull();
    expect(() => encodeHeader({ ...longest, extraData: new Uint8Array(MAX_EXTRA_DATA_BYTES + 1) })).toThrowError(
      BROKEN,
    );
    expect(() => encodeHeader({ ...longest, stateRoot: EMPTY })).toThrowError(BROKEN);
  });

  it("identifies a proposal before and after execution by what execution does not touch (SPEC 2.3, 2.5)", () => {
    fc.assert(
      fc.property(headers, headers, (a, b) => {
        const { stateRoot, tablesRoot, receiptRoot, membersHash: members, logsBloom, gasUsed } = b;
        const executed = { ...a, stateRoot, tablesRoot, receiptRoot, membersHash: members, logsBloom, gasUsed };
        expect(proposalId(suite, executed)).toEqual(proposalId(suite, a));
        expect(proposalId(suite, a)).toEqual(headerHash(suite, proposalHeader(a)));
        for (const field of [
          "parentHash",
          "number",
          "timestamp",
          "txRoot",
          "gasLimit",
          "sealer",
          "extraData",
        ] as const) {
          const changed = { ...a, [field]: b[field] };
          const same = toHex(rlpEncode(itemOf(a[field]))) === toHex(rlpEncode(itemOf(b[field])));
          expect(toHex(proposalId(suite, changed)) === toHex(proposalId(suite, a))).toBe(same);
        }
      }),
      { numRuns: 20 },
    );
  });
});

const itemOf = (value: number | Uint8Array) => (typeof value === "number" ? rlpUint(value) : value);

describe("SPEC 3: blocks", () => {
  const limits = { maxBytes: 100_000, maxTransactions: 4 };
  const block = { header: SAMPLE_HEADER, transactions: [Uint8Array.of(1), new Uint8Array(300).fill(2)] };

  it("round-trips with transactions as views, and is canonical (SPEC 3.1)", () => {
    const bytes = encodeBlock(block);
    const decoded = decodeBlock(bytes, limits)!;
    expect(decoded).toEqual(block);
    for (const raw of decoded.transactions) expect(raw.buffer).toBe(bytes.buffer);
    expectCanonical([bytes, encodeBlock({ ...block, transactions: [] })], (b) => decodeBlock(b, limits), encodeBlock);
  });

  it("works inside a larger buffer", () => {
    const bytes = encodeBlock(block);
    expect(decodeBlock(concatBytes(Uint8Array.of(9, 9, 9), bytes).subarray(3), limits)).toEqual(block);
  });

  it("refuses what exceeds a limit, empty transactions and counts beyond the bytes (SPEC 3.1)", () => {
    const bytes = encodeBlock(block);
    expect(decodeBlock(bytes, { ...limits, maxTransactions: 1 })).toBeNull();
    expect(decodeBlock(bytes, { ...limits, maxBytes: bytes.length - 1 })).toBeNull();
    expect(decodeBlock(encodeBlock({ ...block, transactions: [EMPTY] }), limits)).toBeNull();
    expect(decodeBlock(encodeBlock({ ...block, transactions: [EMPTY, ...block.transactions] }), limits)).toBeNull();
    const counted = Uint8Array.from(encodeBlock({ ...block, transactions: [] }));
    counted[counted.length - 1] = 4;
    expect(decodeBlock(counted, limits)).toBeNull();
    expect(decodeBlock(concatBytes(bytes, Uint8Array.of(0)), limits)).toBeNull();
  });
});

describe("SPEC 4: receipts", () => {
  const samples = Object.values(SAMPLE_RECEIPTS);

  it("round-trips and is canonical (SPEC 4.1)", () => {
    for (const receipt of samples) expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt);
    expectCanonical(samples.map(encodeReceipt), decodeReceipt, encodeReceipt);
  });

  it("writes no bloom without logs (SPEC 4.2)", () => {
    expect(encodeReceipt(SAMPLE_RECEIPTS["empty"]!).length).toBeLessThan(20);
    const items = rlpDecode(encodeReceipt(SAMPLE_RECEIPTS["empty"]!)) as Uint8Array[];
    expect(decodeReceipt(rlpEncode(items.with(4, EMPTY_BLOOM)))).toBeNull();
  });

  it("bounds output, topics and addresses (SPEC 4.1, 4.3)", () => {
    const [empty] = samples;
    expect(() => encodeReceipt({ ...empty!, output: new Uint8Array(MAX_RECEIPT_OUTPUT_BYTES + 1) })).toThrowError(
      BROKEN,
    );
    const items = rlpDecode(encodeReceipt(empty!)) as Uint8Array[];
    expect(decodeReceipt(rlpEncode(items.with(6, new Uint8Array(MAX_RECEIPT_OUTPUT_BYTES + 1))))).toBeNull();
    expect(decodeReceipt(rlpEncode(items.with(3, new Uint8Array(19))))).toBeNull();
    const fiveTopics = [new Uint8Array(20), Array.from({ length: 5 }, () => ZERO_HASH), EMPTY];
    expect(decodeReceipt(rlpEncode([...items.slice(0, 4), EMPTY_BLOOM, [fiveTopics], EMPTY]))).toBeNull();
  });

  it("names statuses, each number once (SPEC 4.4)", () => {
    expect(receiptStatusName(RECEIPT_STATUS.ok)).toBe("ok");
    expect(receiptStatusName(22)).toBe("revert");
    expect(receiptStatusName(999)).toBe("status999");
    expect(new Set(Object.values(RECEIPT_STATUS)).size).toBe(Object.keys(RECEIPT_STATUS).length);
  });
});

describe("SPEC 7: members", () => {
  const ids = testSealers(6).map(({ id }) => id);
  const members = { sealers: ids.slice(0, 4), observers: ids.slice(4) };

  it("round-trips and is canonical", () => {
    expect(decodeMembers(encodeMembers(members))).toEqual(members);
    expectCanonical([encodeMembers(members)], decodeMembers, encodeMembers, 1000);
  });

  it("refuses lists that are unsorted, repeated, shared, malformed or without a sealer (SPEC 7.1)", () => {
    const bad = [
      { sealers: ids.slice(0, 4).reverse(), observers: [] },
      { sealers: [ids[0]!, ids[0]!], observers: [] },
      { sealers: ids, observers: [ids[2]!] },
      { sealers: [], observers: ids },
      { sealers: [ids[0]!.toUpperCase() as (typeof ids)[0]], observers: [] },
    ];
    for (const lists of bad) {
      expect(areValidMembers(lists)).toBe(false);
      expect(() => encodeMembers(lists)).toThrowError(BROKEN);
    }
  });

  it("commits to who is in which list (SPEC 7.2)", () => {
    const swapped = { sealers: ids.slice(0, 5), observers: ids.slice(5) };
    expect(toHex(membersHash(suite, members))).not.toBe(toHex(membersHash(suite, swapped)));
  });
});

describe("SPEC 10: certificates as bytes", () => {
  it("round-trips and is canonical, sealers strictly ascending (SPEC 10.1)", () => {
    const signature = new Uint8Array(65).fill(7);
    const certificate = { round: 300, signatures: [0, 2, 200].map((sealer) => ({ sealer, signature })) };
    expect(decodeCertificate(encodeCertificate(certificate))).toEqual(certificate);
    expectCanonical([encodeCertificate(certificate)], decodeCertificate, encodeCertificate);
    const repeated = { round: 0, signatures: [0, 0].map((sealer) => ({ sealer, signature })) };
    expect(decodeCertificate(encodeCertificate(repeated))).toBeNull();
  });
});

describe("SPEC 11: genesis", () => {
  const genesis = sampleGenesis();

  it("round-trips and is canonical", () => {
    const bytes = encodeGenesis(genesis);
    expect(decodeGenesis(bytes)).toMatchObject({
      ...genesis,
      alloc: [{ ...genesis.alloc[0], nonce: 0n }, genesis.alloc[1]!],
    });
    expectCanonical([bytes], decodeGenesis, encodeGenesis, 2000);
  });

  it("SPEC 11.1, 11.4: names the switch only when it is on, in one way", () => {
    const off = encodeGenesis(genesis);
    expect(encodeGenesis({ ...genesis, allowUnprotected: false })).toEqual(off);
    expect(decodeGenesis(off)!.allowUnprotected).toBe(false);
    const on = encodeGenesis({ ...genesis, allowUnprotected: true });
    expect(decodeGenesis(on)).toMatchObject({ ...decodeGenesis(off)!, allowUnprotected: true });
    expectCanonical([on], decodeGenesis, encodeGenesis, 2000);
    const items = rlpDecode(off) as RlpItem[];
    const name = new TextEncoder().encode("unprotected-tx");
    for (const more of [[[]], [[name, name]], [[name.subarray(1)]], [name], [[name], []]]) {
      expect(decodeGenesis(rlpEncode([...items, ...more]))).toBeNull();
    }
    expect(rlpEncode([...items, [name]])).toEqual(on);
    // The name behind the head of a string that never ends: nothing may go on reading there.
    expect(decodeGenesis(on.with(on.length - name.length - 1, 0xbf))).toBeNull();
  });

  it("SPEC 11.2: bounds what accounts hold", () => {
    const [first] = genesis.alloc;
    const withCode = (bytes: number) => ({ ...first!, code: new Uint8Array(bytes).fill(1) });
    const problem = (alloc: GenesisConfig["alloc"]) => genesisProblem({ ...genesis, alloc });
    expect(problem([withCode(24_576)])).toBeNull();
    expect(problem([withCode(24_577)])).toMatch(/longer than 24576 bytes/);
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ address: bigTo32(BigInt(i + 10_000)).slice(12), balance: 1n }));
    expect(problem(many(262_144))).toBeNull();
    expect(problem(many(262_145))).toMatch(/more than 16 MiB/);
    const system = { address: bigTo32(0x1003n).slice(12), balance: 1n };
    expect(problem([system])).toBeNull();
    expect(problem([{ ...system, code: Uint8Array.of(0) }])).toMatch(/system contracts/);
  });

  it("names the rule a genesis breaks", () => {
    const { consensus, alloc, sealers, admins } = genesis;
    const [first, second] = alloc;
    const code = Uint8Array.of(0xfe);
    const broken: readonly [RegExp, Partial<typeof genesis>][] = [
      [/groupId/, { groupId: 0 as typeof genesis.groupId }],
      [/chainId/, { chainId: 2 ** 31 }],
      [/timestamp/, { timestamp: -1 }],
      [/consensus\.type/, { consensus: { ...consensus, type: "poa" as "pbft" } }],
      [/maxTransactions/, { consensus: { ...consensus, maxTransactions: 0 } }],
      [/maxElectMs/, { consensus: { ...consensus, maxElectMs: 1 } }],
      [/sealers/, { sealers: [...sealers].reverse() }],
      [/stateType/, { stateType: "disk" as "mpt" }],
      [/txGasLimit/, { txGasLimit: 20_999 }],
      [/txGasLimit/, { txGasLimit: 1_000_000_001, blockGasLimit: 2_000_000_000 }],
      [/blockGasLimit/, { blockGasLimit: genesis.txGasLimit - 1 }],
      [/replayWindow/, { replayWindow: 10_001 }],
      [/rulesVersion/, { rulesVersion: 0 }],
      [/evmFork/, { evmFork: "byzantium" as "cancun" }],
      [/admins/, { admins: [...admins].reverse() }],
      [/sorted by distinct address/, { alloc: [second!, first!] }],
      [/balance/, { alloc: [{ ...first!, balance: 2n ** 256n }] }],
      [/nonce/, { alloc: [{ ...first!, nonce: 2n ** 64n }] }],
      [/no balance, nonce or code/, { alloc: [{ address: first!.address, balance: 0n }] }],
      [
        /no code or nonce/,
        { alloc: [{ address: first!.address, balance: 1n, slots: [{ slot: ZERO_HASH, value: ZERO_HASH }] }] },
      ],
      [/kept for system/, { alloc: [{ ...first!, address: fromHex(`66626f626a656374${"00".repeat(12)}`)!, code }] }],
      [/begins with ef/, { alloc: [{ ...first!, code: Uint8Array.of(0xef, 0x00) }] }],
      [/slots/, { alloc: [{ ...first!, slots: [{ slot: ZERO_HASH, value: ZERO_HASH }] }] }],
    ];
    expect(genesisProblem(genesis)).toBeNull();
    const delegation = concatBytes(Uint8Array.of(0xef, 0x01, 0x00), first!.address);
    expect(genesisProblem({ ...genesis, alloc: [{ ...first!, code: delegation }] })).toBeNull();
    for (const [message, change] of broken) {
      expect(genesisProblem({ ...genesis, ...change })).toMatch(message);
      expect(() => encodeGenesis({ ...genesis, ...change })).toThrowError(
        expect.objectContaining({ code: "GENESIS_INVALID" }),
      );
    }
  });
});

describe("SPEC 12: membership steps as bytes", () => {
  it("round-trips, is canonical and bounded (SPEC 12.7)", () => {
    const chain = buildTestChain({ consensus: "raft", sealers: [3, 4], heights: 3, changeAt: 2 });
    const steps = [chain.step(2)];
    const bytes = encodeMembershipSteps(steps);
    expect(decodeMembershipSteps(bytes, 1)).toEqual(steps);
    expect(decodeMembershipSteps(bytes, 0)).toBeNull();
    expectCanonical([bytes], (b) => decodeMembershipSteps(b, 2), encodeMembershipSteps, 500);
  });
});

describe("bytes", () => {
  it("converts integers both ways, at any offset", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.nat(9), (value, offset) => {
        const padded = concatBytes(new Uint8Array(offset).fill(0xff), bigTo32(value));
        expect(bytesToBig(padded, offset)).toBe(value);
        expect(bytesToBig(bigTo32(value))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(bytesToBig(bytes)).toBe(bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`));
      }),
    );
  });
});
