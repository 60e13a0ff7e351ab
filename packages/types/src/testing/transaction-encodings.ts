import { RLP } from "@ethereumjs/rlp";
import { Transaction } from "ethers";
import { addressOf } from "../address.ts";
import { bigTo32, bigToBytes, bytesToBig, concatBytes, EMPTY, toHex } from "../bytes.ts";
import { invariant } from "../errors.ts";
import type { Address } from "../ids.ts";
import type { RlpItem } from "../rlp.ts";
import type { TxDecodeCode } from "../tx-code.ts";
import { nobleSuite as suite } from "./noble-suite.ts";
import { address, hashOf } from "./samples.ts";

/** Raw bytes and what they are: a transaction, or refused. */
interface Encoding {
  readonly name: string;
  readonly raw: Uint8Array;
  readonly hash?: Uint8Array;
  readonly sender?: Address;
  readonly refused?: TxDecodeCode;
}

/** A kind of transaction: its first byte, if it has one, and the items that are signed, by name and in order. */
interface Kind {
  readonly name: string;
  readonly type: 0 | 1 | 2 | "group";
  readonly items: Readonly<Record<string, RlpItem>>;
  /** Null: bound to no chain, or the chain is among the items. */
  readonly chainId: bigint | null;
}

type Items = Kind["items"];

const KEY = bigTo32(7n);
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const SLOT = hashOf("slot");
const WORD_MAX = (1n << 256n) - 1n;

const uint = bigToBytes;
const BASE = { gas: uint(90_000n), to: address(0x35), value: uint(10n ** 18n), data: Uint8Array.of(0xca, 0xfe) };
const CHAIN = { chainId: uint(65_537n) };
const ACCESS = {
  accessList: [
    [address(0x22), [SLOT, hashOf("other")]],
    [address(0x23), []],
  ],
};
const LEGACY = { nonce: uint(9n), gasPrice: uint(20_000_000_000n), ...BASE };

const KINDS: readonly Kind[] = [
  { name: "legacy", type: 0, items: LEGACY, chainId: 65_537n },
  { name: "unprotected", type: 0, items: LEGACY, chainId: null },
  { name: "access list", type: 1, items: { ...CHAIN, ...LEGACY, ...ACCESS }, chainId: null },
  {
    name: "dynamic fee",
    type: 2,
    items: { ...CHAIN, nonce: uint(9n), priorityFee: uint(2n), gasPrice: uint(20_000_000_000n), ...BASE, ...ACCESS },
    chainId: null,
  },
  {
    name: "group",
    type: "group",
    items: {
      nonce: hashOf("nonce"),
      gasPrice: uint(3n),
      gas: uint(90_000n),
      blockLimit: uint(507n),
      to: address(0x35),
      value: EMPTY,
      data: Uint8Array.of(0xca, 0xfe),
      chainId: uint(1n),
      groupId: uint(2n),
      extraData: EMPTY,
    },
    chainId: null,
  },
];

/** Changes of items that leave a transaction of the kind. */
const VALID: Readonly<Record<string, Items>> = {
  "as it is": {},
  "a creation": { to: EMPTY, data: Uint8Array.of(0x60, 0x00) },
  "no data": { data: EMPTY },
  "a zero byte of data": { data: Uint8Array.of(0) },
  "a byte of data that needs a head": { data: Uint8Array.of(0x80) },
  "55 bytes of data": { data: new Uint8Array(55).fill(1) },
  "56 bytes of data": { data: new Uint8Array(56).fill(1) },
  "300 bytes of data": { data: new Uint8Array(300).fill(1) },
  "no nonce, price, gas and value": { nonce: EMPTY, gasPrice: EMPTY, priorityFee: EMPTY, gas: EMPTY, value: EMPTY },
  "the largest value": { value: uint(WORD_MAX) },
  "the most gas": { gas: uint((1n << 63n) - 1n) },
  "the highest price": { gasPrice: uint(WORD_MAX / 90_000n) },
  "a priority fee that is the whole fee": { priorityFee: uint(20_000_000_000n) },
  "no access list": { accessList: [] },
  "the same access twice": {
    accessList: [
      [address(1), [SLOT, SLOT]],
      [address(1), [SLOT]],
    ],
  },
  "the largest ids": { chainId: uint((1n << 64n) - 1n), groupId: uint((1n << 64n) - 1n) },
  "a late block limit and extra data": { blockLimit: uint((1n << 64n) - 1n), extraData: hashOf("extra") },
};

/** Changes of items that break a rule, and the code of the rule. */
const BROKEN: readonly (readonly [name: string, items: Items, refused: TxDecodeCode])[] = [
  ["a target of 19 bytes", { to: new Uint8Array(19).fill(1) }, "TX_FIELD_INVALID"],
  ["a target of 21 bytes", { to: new Uint8Array(21).fill(1) }, "TX_FIELD_INVALID"],
  ["gas of 2^63", { gas: uint(1n << 63n), gasPrice: EMPTY, priorityFee: EMPTY }, "TX_GAS_TOO_HIGH"],
  ["gas times price of 2^256", { gas: uint(1n << 62n), gasPrice: uint(1n << 194n) }, "TX_FEE_INVALID"],
  ["a priority fee above the fee", { priorityFee: uint(20_000_000_001n) }, "TX_FEE_INVALID"],
  ["an access list of bytes", { accessList: EMPTY }, "TX_FIELD_INVALID"],
  ["an access without slots", { accessList: [[address(1)]] }, "TX_FIELD_INVALID"],
  ["an access with an item more", { accessList: [[address(1), [], EMPTY]] }, "TX_FIELD_INVALID"],
  ["an access of 19 bytes", { accessList: [[new Uint8Array(19).fill(1), []]] }, "TX_FIELD_INVALID"],
  ["a slot of 31 bytes", { accessList: [[address(1), [SLOT.subarray(1)]]] }, "TX_FIELD_INVALID"],
];

/** Most bytes of the items that are integers. */
const INTEGERS: Readonly<Record<string, number>> = {
  nonce: 8,
  gasPrice: 32,
  priorityFee: 32,
  gas: 8,
  value: 32,
  chainId: 8,
  groupId: 8,
  blockLimit: 8,
};
/** Of a group transaction the nonce is any number. */
const GROUP_NONCE_BYTES = 32;

/** Encodings of every kind of transaction, right and wrong; ethers says who sent the Ethereum ones. */
export function encodingCases(): readonly Encoding[] {
  const valid = KINDS.flatMap((kind) =>
    changesOf(kind, Object.entries(VALID)).map(([name, items]) => accepted(kind, name, items)),
  );
  const nothing: Encoding = { name: "nothing", raw: EMPTY, refused: "TX_SIZE" };
  return [
    ...valid,
    nothing,
    ...[brokenItems, brokenSignatures, brokenBytes].flatMap((broken) => KINDS.flatMap(broken)),
  ];
}

/** The changes that touch items this kind has, applied. */
function changesOf(kind: Kind, changes: readonly (readonly [string, Items])[]): readonly (readonly [string, Items])[] {
  return changes.flatMap(([name, change]) => {
    const own = Object.entries(change).filter(([item]) => item in kind.items);
    if (own.length === 0 && Object.keys(change).length > 0) return [];
    return [[name, { ...kind.items, ...Object.fromEntries(own) }] as const];
  });
}

function accepted(kind: Kind, name: string, items: Items): Encoding {
  const raw = signed(kind, items);
  const hash = suite.hash(raw);
  const sender = addressOf(suite, suite.publicKey(KEY));
  const label = `${kind.name}: ${name}`;
  if (kind.type !== "group") {
    const other = Transaction.from(`0x${toHex(raw)}`);
    const agrees = other.hash === `0x${toHex(hash)}` && other.from?.toLowerCase() === `0x${toHex(sender)}`;
    invariant(agrees, `ethers reads something else: ${label}`);
  }
  return { name: label, raw, hash, sender };
}

function refused(kind: Kind, name: string, raw: Uint8Array, code: TxDecodeCode): Encoding {
  return { name: `${kind.name}: ${name}`, raw, refused: code };
}

function brokenItems(kind: Kind): readonly Encoding[] {
  const integers = Object.entries(INTEGERS).filter(([item]) => item in kind.items);
  const changes: readonly (readonly [string, Items, TxDecodeCode])[] = [
    ...BROKEN,
    ...integers.flatMap(([item, bytes]) => {
      const most = item === "nonce" && kind.type === "group" ? GROUP_NONCE_BYTES : bytes;
      return [
        [`${item} with a leading zero`, { [item]: Uint8Array.of(0, 1) }, "TX_FIELD_INVALID"],
        [`${item} that is a zero byte`, { [item]: Uint8Array.of(0) }, "TX_FIELD_INVALID"],
        [`${item} of ${most + 1} bytes`, { [item]: new Uint8Array(most + 1).fill(1) }, "TX_FIELD_INVALID"],
      ] as const;
    }),
    ...Object.keys(kind.items)
      .filter((item) => item !== "accessList")
      .map((item) => [`a list as ${item}`, { [item]: [] }, "TX_FIELD_INVALID"] as const),
    ...(kind.type === "group"
      ? []
      : [["a nonce of 2^64 - 1", { nonce: uint((1n << 64n) - 1n) }, "TX_NONCE_TOO_HIGH"] as const]),
  ];
  return changes.flatMap(([name, change, code]) =>
    changesOf(kind, [[name, change]]).map(([, items]) => refused(kind, name, signed(kind, items), code)),
  );
}

function brokenSignatures(kind: Kind): readonly Encoding[] {
  const [v, r, s] = signature(kind, kind.items);
  const high = uint(ORDER - bytesToBig(s));
  const cases: readonly (readonly [string, readonly Uint8Array[], TxDecodeCode])[] = [
    ["r of zero", [v, EMPTY, s], "TX_SIGNATURE_RANGE"],
    ["s of zero", [v, r, EMPTY], "TX_SIGNATURE_RANGE"],
    ["r of the order", [v, uint(ORDER), s], "TX_SIGNATURE_RANGE"],
    ["s in the upper half", [v, r, high], "TX_SIGNATURE_RANGE"],
    ["r with a leading zero", [v, concatBytes(Uint8Array.of(0), r), s], "TX_FIELD_INVALID"],
    ["s of 33 bytes", [v, r, new Uint8Array(33).fill(1)], "TX_FIELD_INVALID"],
    ["v with a leading zero", [Uint8Array.of(0, 27), r, s], "TX_FIELD_INVALID"],
    ...(kind.type === 0 || kind.type === "group" ? [26, 29, 34] : [2, 27, 28]).map(
      (wrong) => [`v of ${wrong}`, [Uint8Array.of(wrong), r, s], "TX_V_INVALID"] as const,
    ),
  ];
  return cases.map(([name, parts, code]) =>
    refused(kind, name, envelope(kind, [...Object.values(kind.items), ...parts]), code),
  );
}

function brokenBytes(kind: Kind): readonly Encoding[] {
  const raw = signed(kind, kind.items);
  const all = [...Object.values(kind.items), ...signature(kind, kind.items)];
  const list = raw.subarray(kind.type === 1 || kind.type === 2 ? 1 : 0);
  const padded = concatBytes(raw.subarray(0, -list.length), Uint8Array.of(list[0]! + 1, 0), list.subarray(1));
  const behind = (first: number) => concatBytes(Uint8Array.of(first), list);
  return [
    refused(kind, "cut", raw.subarray(0, -1), "TX_RLP_INVALID"),
    refused(kind, "followed by a byte", concatBytes(raw, Uint8Array.of(0)), "TX_RLP_INVALID"),
    refused(kind, "a length that begins with zero", padded, "TX_RLP_INVALID"),
    refused(kind, "an item less", envelope(kind, all.slice(0, -1)), "TX_FIELD_COUNT"),
    refused(kind, "an item more", envelope(kind, [...all, EMPTY]), "TX_FIELD_COUNT"),
    refused(kind, "as a blob transaction", behind(3), "TX_BLOB_UNSUPPORTED"),
    refused(kind, "as type 0", behind(0), "TX_TYPE_UNSUPPORTED"),
    refused(kind, "as type 4", behind(4), "TX_TYPE_UNSUPPORTED"),
    refused(kind, "as type 0x7e", behind(0x7e), "TX_TYPE_UNSUPPORTED"),
  ];
}

function signed(kind: Kind, items: Items): Uint8Array {
  return envelope(kind, [...Object.values(items), ...signature(kind, items)]);
}

function envelope({ type }: Kind, items: readonly RlpItem[]): Uint8Array {
  const list = RLP.encode(items as Parameters<typeof RLP.encode>[0]);
  return type === 1 || type === 2 ? concatBytes(Uint8Array.of(type), list) : list;
}

function signature(kind: Kind, items: Items): readonly [v: Uint8Array, r: Uint8Array, s: Uint8Array] {
  const { type, chainId } = kind;
  const suffix = chainId === null ? [] : [uint(chainId), EMPTY, EMPTY];
  const bytes = suite.sign(suite.hash(envelope(kind, [...Object.values(items), ...suffix])), KEY);
  const parity = BigInt(bytes[64]!);
  const legacy = chainId === null ? 27n : 35n + 2n * chainId;
  const v = type === 1 || type === 2 ? parity : legacy + parity;
  return [uint(v), uint(bytesToBig(bytes.subarray(0, 32))), uint(bytesToBig(bytes.subarray(32, 64)))];
}
