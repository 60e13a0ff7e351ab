import { addressOf } from "../address.ts";
import { bigTo32, EMPTY, toHex, ZERO_HASH } from "../bytes.ts";
import {
  type EthTransactionFields,
  encodeEthTransaction,
  encodeGroupTransaction,
  ethSigningHash,
  type GroupTransactionFields,
  groupSigningHash,
} from "../tx-encode.ts";
import { nobleSuite as suite } from "./noble-suite.ts";
import { address, hashOf } from "./samples.ts";

const GROUP: GroupTransactionFields = {
  nonce: BigInt(`0x${toHex(hashOf("nonce"))}`),
  gasPrice: 0n,
  gas: 300_000_000n,
  blockLimit: 507n,
  to: address(0x11),
  value: 0n,
  data: Uint8Array.of(0xca, 0xfe, 0xba, 0xbe),
  chainId: 1n,
  groupId: 1n,
  extraData: EMPTY,
};
const ETH: EthTransactionFields = {
  type: 0,
  chainId: 65_537n,
  nonce: 9n,
  gasPrice: 20_000_000_000n,
  gas: 21_000n,
  to: address(0x35),
  value: 10n ** 18n,
  data: EMPTY,
};

/** Transactions with their fields, and what the encoders of this package make of them. */
export function transactionCases() {
  const key = bigTo32(1n);
  const sender = addressOf(suite, suite.publicKey(key));
  const accessList = [{ address: address(0x22), slots: [hashOf("slot"), ZERO_HASH] }];
  const groups = { call: GROUP, create: { ...GROUP, to: null, nonce: 0n, extraData: Uint8Array.of(1, 2) } };
  const eths: Record<string, EthTransactionFields> = {
    legacy: ETH,
    "legacy create": { ...ETH, to: null, data: Uint8Array.of(0x60, 0x00), nonce: 0n },
    "access list": { ...ETH, type: 1, accessList },
    "dynamic fee": { ...ETH, type: 2, priorityFee: 1n, accessList: [] },
  };
  return [
    ...Object.entries(groups).map(([name, fields]) => {
      const signingHash = groupSigningHash(suite, fields);
      const raw = encodeGroupTransaction(fields, suite.sign(signingHash, key));
      return { name: `group ${name}`, type: 0x7e, fields, key, signingHash, raw, hash: suite.hash(raw), sender };
    }),
    ...Object.entries(eths).map(([name, fields]) => {
      const signingHash = ethSigningHash(suite, fields);
      const raw = encodeEthTransaction(fields, suite.sign(signingHash, key));
      return { name, type: fields.type, fields, key, signingHash, raw, hash: suite.hash(raw), sender };
    }),
  ];
}
