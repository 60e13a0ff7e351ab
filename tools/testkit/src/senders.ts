import { bigToBytes, type CryptoSuite, concatBytes, rlpEncode } from "@fb/types";

/** EIP-1559. */
const TYPE = Uint8Array.of(2);

/** What a transaction does, before nonce and signature. */
export interface Payload {
  readonly to: Uint8Array;
  readonly data: Uint8Array;
}

/** An account that sends. */
export interface Sender {
  readonly privateKey: Uint8Array;
  readonly address: Uint8Array;
  /** Of its next transaction. */
  nonce: number;
}

/** Accounts with keys derived from `seed`, so that another process has the same ones. */
export function createSenders(suite: CryptoSuite, count: number, seed: number | string): Sender[] {
  return Array.from({ length: count }, (_, i) => {
    const privateKey = suite.hash(new TextEncoder().encode(`sender ${seed} ${i}`));
    return { privateKey, address: suite.hash(suite.publicKey(privateKey)).slice(12), nonce: 0 };
  });
}

/** Signs the next transaction of a sender (EIP-1559); it pays nothing for its gas. */
export function sign(
  suite: CryptoSuite,
  chainId: bigint,
  sender: Sender,
  { to, data }: Payload,
  gas = 200_000,
): Uint8Array {
  const number = (value: number | bigint) => bigToBytes(BigInt(value));
  const fields = [number(chainId), number(sender.nonce++), number(0), number(0), number(gas), to, number(0), data, []];
  const unsigned = rlpEncode(fields);
  const signature = suite.sign(suite.hash(concatBytes(TYPE, unsigned)), sender.privateKey);
  const trimmed = (part: Uint8Array) => part.subarray(part.findIndex((byte) => byte !== 0));
  const signed = rlpEncode([
    ...fields,
    number(signature[64]!),
    trimmed(signature.subarray(0, 32)),
    trimmed(signature.subarray(32, 64)),
  ]);
  return concatBytes(TYPE, signed);
}
