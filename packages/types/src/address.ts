import { bigTo32 } from "./bytes.ts";
import type { CryptoSuite, PublicKey } from "./contracts/crypto.ts";
import type { Address, Hash } from "./ids.ts";
import { rlpEncode, rlpUint } from "./rlp.ts";

const CREATE_TAG = new TextEncoder().encode("fb-create");

/** The account of a 64-byte public key: the last 20 bytes of its hash. */
export function addressOf(suite: CryptoSuite, publicKey: PublicKey): Address {
  return suite.hash(publicKey).slice(12);
}

/** Where an Ethereum transaction or CREATE puts a contract: last 20 bytes of keccak256(rlp([sender, nonce])). */
export function contractAddress(suite: CryptoSuite, sender: Address, nonce: bigint): Address {
  return suite.hash(rlpEncode([sender, rlpUint(nonce)])).slice(12);
}

/** EIP-1014: last 20 bytes of keccak256(0xff, sender, salt, initCodeHash). */
export function create2Address(suite: CryptoSuite, sender: Address, salt: Hash, initCodeHash: Hash): Address {
  const bytes = new Uint8Array(85);
  bytes[0] = 0xff;
  bytes.set(sender, 1);
  bytes.set(salt, 21);
  bytes.set(initCodeHash, 53);
  return suite.hash(bytes).slice(12);
}

/** Where a group transaction puts a contract: last 20 bytes of keccak256("fb-create", txHash) (SPEC 9). */
export function groupContractAddress(suite: CryptoSuite, txHash: Hash): Address {
  const bytes = new Uint8Array(CREATE_TAG.length + 32);
  bytes.set(CREATE_TAG);
  bytes.set(txHash, CREATE_TAG.length);
  return suite.hash(bytes).slice(12);
}

/** What marks a group transaction as used: the first 16 bytes of keccak256(sender, nonce as 32 bytes). */
export function replayKey(suite: CryptoSuite, sender: Address, nonce: bigint): Uint8Array {
  const bytes = new Uint8Array(52);
  bytes.set(sender);
  bytes.set(bigTo32(nonce), 20);
  return suite.hash(bytes).slice(0, 16);
}
