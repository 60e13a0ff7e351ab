import { concatBytes, EMPTY } from "./bytes.ts";
import type { CryptoSuite, Signature } from "./contracts/crypto.ts";
import { invariant } from "./errors.ts";
import type { Address, Hash } from "./ids.ts";
import { type RlpItem, rlpEncode, rlpUint } from "./rlp.ts";
import type { AccessListItem } from "./tx.ts";

/** What a client fills in of a group transaction. */
export interface GroupTransactionFields {
  /** Unique per sender, below 2^256; any value, no order. */
  readonly nonce: bigint;
  readonly gasPrice: bigint;
  readonly gas: bigint;
  /** The last height at which the transaction may be committed. */
  readonly blockLimit: bigint;
  /** Null creates a contract. */
  readonly to: Address | null;
  readonly value: bigint;
  readonly data: Uint8Array;
  /** Raw chain.id. */
  readonly chainId: bigint;
  readonly groupId: bigint;
  readonly extraData: Uint8Array;
}

/** What a client fills in of an Ethereum transaction. */
export interface EthTransactionFields {
  readonly type: 0 | 1 | 2;
  /** Null, for type 0 only: bound to no chain, as before EIP-155. */
  readonly chainId: bigint | null;
  readonly nonce: bigint;
  /** Gas price, or maxFeePerGas of type 2. */
  readonly gasPrice: bigint;
  /** Type 2 only. */
  readonly priorityFee?: bigint;
  readonly gas: bigint;
  readonly to: Address | null;
  readonly value: bigint;
  readonly data: Uint8Array;
  /** Types 1 and 2 only. */
  readonly accessList?: readonly AccessListItem[];
}

/** What the key of a group transaction signs: the hash of its first ten fields. */
export function groupSigningHash(suite: CryptoSuite, fields: GroupTransactionFields): Hash {
  return suite.hash(rlpEncode(groupItems(fields)));
}

/** Raw bytes of a group transaction (SPEC 9): ten items, or thirteen with the 65-byte signature. */
export function encodeGroupTransaction(fields: GroupTransactionFields, signature?: Signature): Uint8Array {
  const items = groupItems(fields);
  if (signature === undefined) return rlpEncode(items);
  const [r, s] = scalars(signature);
  return rlpEncode([...items, rlpUint(27 + signature[64]!), r, s]);
}

/** What the key of an Ethereum transaction signs. */
export function ethSigningHash(suite: CryptoSuite, fields: EthTransactionFields): Hash {
  const items = ethItems(fields);
  if (fields.type !== 0) return suite.hash(concatBytes(Uint8Array.of(fields.type), rlpEncode(items)));
  return suite.hash(rlpEncode(fields.chainId === null ? items : [...items, rlpUint(fields.chainId), EMPTY, EMPTY]));
}

/** Raw signed bytes of an Ethereum transaction. */
export function encodeEthTransaction(fields: EthTransactionFields, signature: Signature): Uint8Array {
  const [r, s] = scalars(signature);
  const parity = signature[64]!;
  const items = ethItems(fields);
  if (fields.type !== 0) return concatBytes(Uint8Array.of(fields.type), rlpEncode([...items, rlpUint(parity), r, s]));
  const base = fields.chainId === null ? 27n : fields.chainId * 2n + 35n;
  return rlpEncode([...items, rlpUint(base + BigInt(parity)), r, s]);
}

function groupItems(fields: GroupTransactionFields): RlpItem[] {
  return [
    rlpUint(fields.nonce),
    rlpUint(fields.gasPrice),
    rlpUint(fields.gas),
    rlpUint(fields.blockLimit),
    fields.to ?? EMPTY,
    rlpUint(fields.value),
    fields.data,
    rlpUint(fields.chainId),
    rlpUint(fields.groupId),
    fields.extraData,
  ];
}

function ethItems(fields: EthTransactionFields): RlpItem[] {
  const { type, chainId, nonce, gasPrice, gas, to, value, data } = fields;
  const target = [rlpUint(gas), to ?? EMPTY, rlpUint(value), data];
  if (type === 0) return [rlpUint(nonce), rlpUint(gasPrice), ...target];
  invariant(chainId !== null, "only a transaction of type 0 may be bound to no chain");
  const accessList = (fields.accessList ?? []).map(({ address, slots }) => [address, slots]);
  if (type === 1) return [rlpUint(chainId), rlpUint(nonce), rlpUint(gasPrice), ...target, accessList];
  const priorityFee = rlpUint(fields.priorityFee ?? gasPrice);
  return [rlpUint(chainId), rlpUint(nonce), priorityFee, rlpUint(gasPrice), ...target, accessList];
}

function scalars(signature: Signature): [Uint8Array, Uint8Array] {
  invariant(signature.length === 65 && signature[64]! <= 1, "a signature is 65 bytes with parity 0 or 1");
  return [withoutZeros(signature.subarray(0, 32)), withoutZeros(signature.subarray(32, 64))];
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? EMPTY : bytes.subarray(first);
}
