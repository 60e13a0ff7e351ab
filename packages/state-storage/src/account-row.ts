import { storageError } from "@fb/storage-amdb";
import { type Account, bytesToBig, type RowFields, rlpDecode, rlpEncode, rlpUint } from "@fb/types";

/** Key of the account row in `c_<address>`; slots have keys of 32 bytes. */
export const ACCOUNT_KEY = new TextEncoder().encode("account");

/** The one field of the account row: RLP of [nonce, balance, codeHash] (SPEC 1). */
export function encodeAccount(account: Account): Uint8Array {
  return rlpEncode([rlpUint(account.nonce), rlpUint(account.balance), account.codeHash]);
}

/** Inverse of {@link encodeAccount} on the fields of the row. Throws STORAGE_CORRUPT. */
export function decodeAccount(fields: RowFields): Account {
  const item = decode(fields[0]);
  if (Array.isArray(item) && item.length === 3) {
    const [nonce, balance, codeHash] = item;
    if (nonce instanceof Uint8Array && balance instanceof Uint8Array && codeHash instanceof Uint8Array) {
      if (codeHash.length === 32 && nonce[0] !== 0 && balance[0] !== 0) {
        return { nonce: bytesToBig(nonce), balance: bytesToBig(balance), codeHash };
      }
    }
  }
  throw storageError("STORAGE_CORRUPT", "account row is unreadable");
}

function decode(value: Uint8Array | undefined) {
  if (value === undefined) return null;
  try {
    return rlpDecode(value);
  } catch {
    return null;
  }
}
