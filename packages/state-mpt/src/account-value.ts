import { storageError } from "@fb/storage-amdb";
import { type Account, bytesToBig, type Hash, type RlpItem, rlpDecode, rlpEncode, rlpUint } from "@fb/types";

/** An account as its leaf holds it. */
export interface AccountLeaf {
  readonly account: Account;
  readonly storageRoot: Hash;
}

/** Ethereum's account: RLP of [nonce, balance, storageRoot, codeHash]. */
export function encodeAccount(account: Account, storageRoot: Hash): Uint8Array {
  return rlpEncode([rlpUint(account.nonce), rlpUint(account.balance), storageRoot, account.codeHash]);
}

/** Inverse of {@link encodeAccount}. Throws STORAGE_CORRUPT. */
export function decodeAccount(value: Uint8Array): AccountLeaf {
  const item = decode(value);
  if (Array.isArray(item) && item.length === 4 && item.every((part) => part instanceof Uint8Array)) {
    const [nonce, balance, storageRoot, codeHash] = item as Uint8Array[];
    if (storageRoot!.length === 32 && codeHash!.length === 32 && nonce![0] !== 0 && balance![0] !== 0) {
      return {
        account: { nonce: bytesToBig(nonce!), balance: bytesToBig(balance!), codeHash: codeHash! },
        storageRoot: storageRoot!,
      };
    }
  }
  throw storageError("STORAGE_CORRUPT", "account leaf is unreadable");
}

/** Slot value as its leaf holds it: RLP of the bytes without leading zeros. */
export function encodeSlot(value: Uint8Array): Uint8Array {
  let zeros = 0;
  while (zeros < value.length && value[zeros] === 0) zeros++;
  return rlpEncode(value.subarray(zeros));
}

/** Inverse of {@link encodeSlot}: 32 bytes. Throws STORAGE_CORRUPT. */
export function decodeSlot(leaf: Uint8Array): Uint8Array {
  const item = decode(leaf);
  if (!(item instanceof Uint8Array) || item.length === 0 || item.length > 32 || item[0] === 0) {
    throw storageError("STORAGE_CORRUPT", "slot leaf is unreadable");
  }
  const value = new Uint8Array(32);
  value.set(item, 32 - item.length);
  return value;
}

function decode(bytes: Uint8Array): RlpItem | null {
  try {
    return rlpDecode(bytes);
  } catch {
    return null;
  }
}
