import { hkdfSync } from "node:crypto";
import { concatBytes } from "@fb/types";
import { encryptionError } from "./errors.ts";

export const KEY_BYTES = 32;
/** More than one is there only while data is rewritten under the newest. */
const MAX_MASTER_KEYS = 16;
const MAX_MASTER_ID = 0xffff_ffff;
/** SPEC 2.2: the salt of every derivation. */
const SALT = Buffer.from("fb-encryption-1");

/** What everything of a node is encrypted under. Never stored, logged or handed to a group. */
export interface MasterKey {
  /** 1..2^32-1; what is encrypted says it. */
  readonly id: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** What a master key is for one group: a group's thread has these, and cannot get the keys of another group from them. */
export interface GroupKey {
  readonly masterId: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/**
 * Reads master keys, the newest first: a line of 64 hex digits, which is number 1, or lines `number:64 hex digits`
 * (SPEC 2.1). Throws KEY_FORMAT, which shows nothing of the text.
 */
export function parseMasterKeys(text: string): readonly MasterKey[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0 || lines.length > MAX_MASTER_KEYS) throw malformed(`1 to ${MAX_MASTER_KEYS} lines`, 1);
  const keys = lines.map((line, index) => {
    const match = /^(?:([1-9][0-9]{0,9}):)?([0-9a-fA-F]{64})$/.exec(line);
    const id = Number(match?.[1] ?? 1);
    if (match === null || id > MAX_MASTER_ID) throw malformed("64 hex digits, or number:64 hex digits", index + 1);
    return { id, key: new Uint8Array(Buffer.from(match[2]!, "hex")) };
  });
  for (const [index, { id, key }] of keys.entries()) {
    if (new Set(key).size === 1) throw malformed("a key from a source of randomness (openssl rand -hex 32)", index + 1);
    if (keys.findIndex((other) => other.id === id) !== index)
      throw malformed("a number that no other key has", index + 1);
  }
  return keys;
}

function malformed(allowed: string, line: number): Error {
  return encryptionError("KEY_FORMAT", `line ${line} of the master keys: expected ${allowed}`, { line });
}

/** The keys of one group, newest first (SPEC 2.2). */
export function groupKeys(
  masters: readonly MasterKey[],
  group: { readonly chainId: number; readonly groupId: number },
): readonly GroupKey[] {
  const identity = concatBytes(uint(group.chainId, 8), uint(group.groupId, 4));
  return masters.map(({ id, key }) => ({ masterId: id, secret: derive(key, "group", identity, KEY_BYTES) }));
}

/** HKDF-SHA-256; `label` holds no NUL (SPEC 2.2). */
export function derive(key: Uint8Array, label: string, context: Uint8Array, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, SALT, concatBytes(Buffer.from(`${label}\0`), context), bytes));
}

/** Big endian. */
export function uint(value: number, bytes: 4 | 8): Uint8Array {
  const out = new Uint8Array(bytes);
  const view = new DataView(out.buffer);
  if (bytes === 4) view.setUint32(0, value);
  else view.setBigUint64(0, BigInt(value));
  return out;
}
