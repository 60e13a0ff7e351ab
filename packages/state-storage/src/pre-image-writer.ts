import type { Account, Hex } from "@fb/types";
import { encodeAccount } from "./account-row.ts";
import { leadingZeros } from "./slot-row.ts";

export const ADDRESS_BYTES = 20;
export const SLOT_BYTES = 32;
/** Address, and length of the rest. */
export const HEAD_BYTES = ADDRESS_BYTES + 4;
/** In place of the length of an account: only slots of it changed. */
export const UNCHANGED = 0xff;

const INITIAL_BYTES = 64 * 1024;

/** Writes entries of pre-images (SPEC 4.2) one after another into one buffer: a block has thousands of small pieces. */
export class EntryWriter {
  #bytes = Buffer.alloc(INITIAL_BYTES);
  #at = 0;
  /** Where the open entry begins. */
  #entry = 0;

  /** Bytes since the last {@link take}. */
  get length(): number {
    return this.#at;
  }

  /** @param account before the block; null = there was none, undefined = it did not change */
  begin(address: Hex, account: Account | null | undefined): void {
    const encoded = account === undefined || account === null ? null : encodeAccount(account);
    this.#makeRoom(HEAD_BYTES + 1 + (encoded?.length ?? 0));
    this.#entry = this.#at;
    this.#bytes.write(address, this.#at, "hex");
    this.#at += HEAD_BYTES;
    this.#bytes[this.#at++] = account === undefined ? UNCHANGED : (encoded?.length ?? 0);
    if (encoded === null) return;
    this.#bytes.set(encoded, this.#at);
    this.#at += encoded.length;
  }

  slot(slot: Hex, value: Uint8Array): void {
    this.#makeRoom(SLOT_BYTES + 1 + value.length);
    this.#bytes.write(slot, this.#at, "hex");
    this.#at += SLOT_BYTES;
    const zeros = leadingZeros(value);
    this.#bytes[this.#at++] = value.length - zeros;
    for (let i = zeros; i < value.length; i++) this.#bytes[this.#at++] = value[i]!;
  }

  /** Ends the open entry. */
  finish(): void {
    this.#bytes.writeUInt32BE(this.#at - this.#entry - HEAD_BYTES, this.#entry + ADDRESS_BYTES);
  }

  /** What was written, and an empty writer. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.alloc(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
