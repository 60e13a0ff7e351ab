import { createSecretKey, type KeyObject, randomFillSync } from "node:crypto";
import { equalBytes, invariant } from "@fb/types";
import { derive, type GroupKey, KEY_BYTES } from "./master-keys.ts";

/** What a key is for; keys of two purposes have nothing in common. */
export type KeyPurpose = "store" | "journal" | "backup";

export const CHECK_BYTES = 16;
export const NONCE_BYTES = 12;
const NONCES_AT_ONCE = 1024;
/** Derived keys that are held; a key is derived again in some ten microseconds. */
const MAX_HELD = 1024;

interface HeldKey {
  readonly masterId: number;
  readonly purpose: KeyPurpose;
  readonly context: Uint8Array;
  readonly key: KeyObject;
}

/** The keys of one group, by master key, purpose and place. Derives each once and holds the last ones. */
export class KeyRing {
  /** Number of the master key that everything is encrypted under from now on. */
  readonly newest: number;
  readonly #secrets: ReadonlyMap<number, Uint8Array>;
  readonly #held = new Map<string, KeyObject>();
  /** Rows that are read or written together are mostly under one key. */
  #last: HeldKey | null = null;
  readonly #nonces = Buffer.allocUnsafeSlow(NONCES_AT_ONCE * NONCE_BYTES);
  #nextNonce = this.#nonces.length;

  constructor(keys: readonly GroupKey[]) {
    invariant(keys.length > 0, "a key ring has a key");
    this.newest = keys[0]!.masterId;
    this.#secrets = new Map(keys.map(({ masterId, secret }) => [masterId, secret]));
  }

  has(masterId: number): boolean {
    return this.#secrets.has(masterId);
  }

  /** 16 bytes that tell this key from others and nothing else about it (SPEC 2.3); null = not given. */
  check(masterId: number): Uint8Array | null {
    const secret = this.#secrets.get(masterId);
    return secret === undefined ? null : derive(secret, "check", new Uint8Array(0), CHECK_BYTES);
  }

  /** @param context of a fixed length for each purpose; null = the master key was not given */
  key(masterId: number, purpose: KeyPurpose, context: Uint8Array): KeyObject | null {
    const last = this.#last;
    const isLast = last !== null && last.masterId === masterId && last.purpose === purpose;
    if (isLast && equalBytes(last.context, context)) return last.key;
    const key = this.#keyOf(masterId, purpose, context);
    if (key !== null) this.#last = { masterId, purpose, context: new Uint8Array(context), key };
    return key;
  }

  #keyOf(masterId: number, purpose: KeyPurpose, context: Uint8Array): KeyObject | null {
    const name = `${masterId} ${purpose} ${Buffer.from(context).toString("hex")}`;
    const held = this.#held.get(name);
    if (held !== undefined) return held;
    const secret = this.#secrets.get(masterId);
    if (secret === undefined) return null;
    // As an object: raw bytes would be made into one for each message, which costs more than the message.
    const key = createSecretKey(derive(secret, purpose, context, KEY_BYTES));
    if (this.#held.size === MAX_HELD) this.#held.delete(this.#held.keys().next().value!);
    this.#held.set(name, key);
    return key;
  }

  /** 12 random bytes, valid until the next call. */
  nonce(): Uint8Array {
    if (this.#nextNonce === this.#nonces.length) {
      randomFillSync(this.#nonces);
      this.#nextNonce = 0;
    }
    const from = this.#nextNonce;
    this.#nextNonce += NONCE_BYTES;
    return this.#nonces.subarray(from, this.#nextNonce);
  }
}

/** @param keys newest first, at least one */
export function createKeyRing(keys: readonly GroupKey[]): KeyRing {
  return new KeyRing(keys);
}
