import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf } from "./address.ts";
import { bigTo32, concatBytes, toHex } from "./bytes.ts";
import { type RlpItem, rlpEncode, rlpUint } from "./rlp.ts";
import { mutate, mutation } from "./testing/fuzz.ts";
import { nobleSuite as suite } from "./testing/noble-suite.ts";
import { GROUP_TX_TYPE, MAX_TRANSACTION_BYTES, type Transaction } from "./tx.ts";
import type { TxDecodeCode } from "./tx-code.ts";
import { decodeTransaction } from "./tx-decode.ts";
import {
  type EthTransactionFields,
  encodeEthTransaction,
  encodeGroupTransaction,
  ethSigningHash,
  type GroupTransactionFields,
  groupSigningHash,
} from "./tx-encode.ts";
import { recoverSender } from "./tx-sender.ts";

const key = bigTo32(5n);
const sender = addressOf(suite, suite.publicKey(key));
const to = new Uint8Array(20).fill(0x11);

function decode(raw: Uint8Array): Transaction {
  const result = decodeTransaction(suite, raw);
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return result.tx;
}
const codeOf = (raw: Uint8Array): TxDecodeCode | "ok" => {
  const result = decodeTransaction(suite, raw);
  return result.ok ? "ok" : result.code;
};

function signGroup(fields: GroupTransactionFields): Uint8Array {
  return encodeGroupTransaction(fields, suite.sign(groupSigningHash(suite, fields), key));
}
function signEth(fields: EthTransactionFields): Uint8Array {
  return encodeEthTransaction(fields, suite.sign(ethSigningHash(suite, fields), key));
}

/** The bytes a decoded transaction must have come from. */
function encodeAgain(tx: Transaction): Uint8Array {
  if (tx.group !== null) return encodeGroupTransaction({ ...tx, chainId: tx.chainId!, ...tx.group }, tx.signature);
  return encodeEthTransaction({ ...tx, type: tx.type as 0 | 1 | 2 }, tx.signature);
}

const uint = (bits: number) =>
  fc.oneof(fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }), fc.bigInt({ min: 0n, max: 300n }));
const address = fc.uint8Array({ minLength: 20, maxLength: 20 });
const slot = fc.uint8Array({ minLength: 32, maxLength: 32 });
const target = { to: fc.option(address), data: fc.uint8Array({ maxLength: 80 }), value: uint(256) };
const groupFields: fc.Arbitrary<GroupTransactionFields> = fc.record({
  ...target,
  nonce: uint(256),
  gasPrice: uint(190),
  gas: uint(63),
  blockLimit: uint(64),
  chainId: uint(64),
  groupId: uint(15),
  extraData: fc.uint8Array({ maxLength: 20 }),
});
const ethFields: fc.Arbitrary<EthTransactionFields> = fc.record({
  ...target,
  type: fc.constantFrom(0 as const, 1 as const, 2 as const),
  chainId: uint(46),
  nonce: fc.bigInt({ min: 0n, max: (1n << 64n) - 2n }),
  gasPrice: uint(190),
  priorityFee: fc.constant(0n),
  gas: uint(63),
  accessList: fc.array(fc.record({ address, slots: fc.array(slot, { maxLength: 2 }) }), { maxLength: 2 }),
});

describe("SPEC 9: transactions", () => {
  it("round-trips group transactions, fields and sender (SPEC 9.4, 9.7)", () => {
    fc.assert(
      fc.property(groupFields, (fields) => {
        const raw = signGroup(fields);
        const tx = decode(raw);
        const { blockLimit, groupId, extraData, ...common } = fields;
        expect(tx).toMatchObject({ type: GROUP_TX_TYPE, ...common, priorityFee: fields.gasPrice });
        expect(tx.group).toEqual({ blockLimit, groupId, extraData });
        expect(tx.hash).toEqual(suite.hash(raw));
        expect(tx.signingHash).toEqual(suite.hash(encodeGroupTransaction(fields)));
        expect(recoverSender(suite, tx)).toEqual(sender);
        expect(encodeAgain(tx)).toEqual(raw);
      }),
      { numRuns: 60 },
    );
  });

  it("round-trips Ethereum transactions, fields and sender (SPEC 9.6, 9.7)", () => {
    fc.assert(
      fc.property(ethFields, (fields) => {
        const raw = signEth(fields);
        const tx = decode(raw);
        const { nonce, gasPrice, gas, value, data, chainId } = fields;
        expect(tx).toMatchObject({
          type: fields.type,
          nonce,
          gasPrice,
          gas,
          value,
          data,
          chainId,
          to: fields.to,
          group: null,
        });
        expect(tx.priorityFee).toBe(fields.type === 2 ? 0n : gasPrice);
        expect(tx.accessList).toEqual(fields.type === 0 ? [] : fields.accessList);
        expect(recoverSender(suite, tx)).toEqual(sender);
        expect(encodeAgain(tx)).toEqual(raw);
      }),
      { numRuns: 60 },
    );
  });

  it("gives one transaction one encoding, whatever byte is changed", () => {
    const group = signGroup({ ...GROUP, data: new Uint8Array(60).fill(7) });
    const eth = ([0, 1, 2] as const).map((type) => signEth({ ...ETH, type }));
    fc.assert(
      fc.property(fc.constantFrom(group, ...eth), mutation, (raw, change) => {
        const changed = mutate(raw, change);
        const result = decodeTransaction(suite, changed);
        if (result.ok) expect(toHex(encodeAgain(result.tx))).toBe(toHex(changed));
      }),
      { numRuns: 5000 },
    );
  });

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(fc.constantFrom([], [1], [2], [3]), fc.uint8Array({ maxLength: 120 }), (prefix, bytes) => {
        decodeTransaction(suite, Uint8Array.from([...prefix, ...bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  it("hands out views of the raw bytes (SPEC 9.1)", () => {
    const raw = signGroup(GROUP);
    const tx = decode(raw);
    for (const view of [tx.raw, tx.to!, tx.data]) expect(view.buffer).toBe(raw.buffer);
  });

  it("tells refusals apart (SPEC 9.1, 9.2, 9.5)", () => {
    const legacy = signEth(ETH);
    expect(codeOf(new Uint8Array(0))).toBe("TX_SIZE");
    expect(codeOf(new Uint8Array(MAX_TRANSACTION_BYTES + 1).fill(0xc0))).toBe("TX_SIZE");
    expect(codeOf(Uint8Array.of(3, 0xc0))).toBe("TX_BLOB_UNSUPPORTED");
    for (const first of [0, 4, 0x7e, 0x7f, 0x80, 0xbf])
      expect(codeOf(Uint8Array.of(first, 0xc0))).toBe("TX_TYPE_UNSUPPORTED");
    expect(codeOf(concatBytes(legacy, Uint8Array.of(0)))).toBe("TX_RLP_INVALID");
    expect(codeOf(legacy.subarray(0, -1))).toBe("TX_RLP_INVALID");
    expect(codeOf(Uint8Array.of(1, 0x80))).toBe("TX_RLP_INVALID");
    expect(codeOf(rlpEncode(Array.from({ length: 10 }, () => to)))).toBe("TX_FIELD_COUNT");
    expect(codeOf(rlpEncode(Array.from({ length: 14 }, () => to)))).toBe("TX_FIELD_COUNT");
    expect(codeOf(concatBytes(Uint8Array.of(2), signEth({ ...ETH, type: 1 }).subarray(1)))).toBe("TX_FIELD_COUNT");
    expect(codeOf(signGroup({ ...GROUP, to: new Uint8Array(19) }))).toBe("TX_FIELD_INVALID");
    expect(codeOf(signEth({ ...ETH, nonce: 2n ** 64n - 1n }))).toBe("TX_NONCE_TOO_HIGH");
    expect(codeOf(signEth({ ...ETH, gas: 2n ** 63n }))).toBe("TX_GAS_TOO_HIGH");
    expect(codeOf(signEth({ ...ETH, gas: 2n ** 62n, gasPrice: 2n ** 194n }))).toBe("TX_FEE_INVALID");
    expect(codeOf(signEth({ ...ETH, type: 2, priorityFee: 2n, gasPrice: 1n }))).toBe("TX_FEE_INVALID");
  });

  it("refuses each wrong v (SPEC 9.3, 9.4, 9.5)", () => {
    const r = suite.hash(to);
    const s = bigTo32(9n);
    const eth = [rlpUint(0), rlpUint(0), rlpUint(21_000), to, rlpUint(0), rlpUint(0)];
    const legacy = (v: number) => codeOf(rlpEncode([...eth, rlpUint(v), r, rlpUint(9)]));
    expect([0, 1, 26, 29, 34].map(legacy)).toEqual(Array.from({ length: 5 }, () => "TX_V_INVALID"));
    expect([27, 28, 35, 36, 37].map(legacy)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
    const group = rlpEncodeGroup();
    const grouped = (v: number) => codeOf(rlpEncode([...group, rlpUint(v), r, rlpUint(9)]));
    expect([0, 1, 26, 29, 35].map(grouped)).toEqual(Array.from({ length: 5 }, () => "TX_V_INVALID"));
    expect([27, 28].map(grouped)).toEqual(["ok", "ok"]);
    expect(codeOf(encodeEthTransaction({ ...ETH, type: 1 }, concatBytes(r, s, Uint8Array.of(0))))).toBe("ok");
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const ranged = (a: bigint, b: bigint) =>
      codeOf(encodeEthTransaction({ ...ETH, type: 1 }, concatBytes(bigTo32(a), bigTo32(b), Uint8Array.of(1))));
    expect(ranged(0n, 1n)).toBe("TX_SIGNATURE_RANGE");
    expect(ranged(order, 1n)).toBe("TX_SIGNATURE_RANGE");
    expect(ranged(1n, 0n)).toBe("TX_SIGNATURE_RANGE");
    expect(ranged(1n, order / 2n + 1n)).toBe("TX_SIGNATURE_RANGE");
    expect(ranged(order - 1n, order / 2n)).toBe("ok");
  });

  it("refuses every other y parity and every malformed access list", () => {
    const item = [to, [new Uint8Array(32)]];
    const typed = (accessList: RlpItem, parity = 0) => {
      const fields = [rlpUint(1), rlpUint(0), rlpUint(0), rlpUint(21_000), to, rlpUint(0), rlpUint(0)];
      const signature = [rlpUint(parity), rlpUint(1), rlpUint(1)];
      return codeOf(concatBytes(Uint8Array.of(1), rlpEncode([...fields, accessList, ...signature])));
    };
    expect(typed([])).toBe("ok");
    expect(typed([item, [to, []]])).toBe("ok");
    expect([2, 27, 255].map((parity) => typed([], parity))).toEqual(Array.from({ length: 3 }, () => "TX_V_INVALID"));
    expect(typed([], 256)).toBe("TX_FIELD_INVALID");
    const bad: RlpItem[] = [
      rlpUint(0),
      rlpEncode(item),
      [to],
      [[...item, rlpUint(0)]],
      [[to]],
      [[to, to]],
      [[[], []]],
      [[new Uint8Array(21), []]],
      [[to, [new Uint8Array(31)]]],
      [[to, [[new Uint8Array(32)]]]],
    ];
    expect(bad.map((list) => typed(list))).toEqual(bad.map(() => "TX_FIELD_INVALID"));
  });

  it("never takes a 9-item and a 13-item signature for each other", () => {
    expect(toHex(groupSigningHash(suite, GROUP))).not.toBe(toHex(ethSigningHash(suite, ETH)));
    expect(decode(signEth(ETH)).chainId).toBe(ETH.chainId);
  });
});

const ETH: EthTransactionFields = {
  type: 0,
  chainId: 65_537n,
  nonce: 3n,
  gasPrice: 10n,
  priorityFee: 1n,
  gas: 90_000n,
  to,
  value: 12n,
  data: Uint8Array.of(1, 2, 3),
  accessList: [{ address: to, slots: [new Uint8Array(32).fill(1)] }],
};
const GROUP: GroupTransactionFields = {
  nonce: 2n ** 255n + 1n,
  gasPrice: 0n,
  gas: 300_000n,
  blockLimit: 500n,
  to,
  value: 0n,
  data: Uint8Array.of(0xca, 0xfe),
  chainId: 1n,
  groupId: 1n,
  extraData: new Uint8Array(0),
};

function rlpEncodeGroup() {
  return [
    rlpUint(1),
    rlpUint(0),
    rlpUint(1),
    rlpUint(9),
    to,
    rlpUint(0),
    rlpUint(0),
    rlpUint(1),
    rlpUint(1),
    rlpUint(0),
  ];
}
