import { bytesToBig, EMPTY, fromHex } from "./bytes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import type { Address, Hash } from "./ids.ts";
import { LIST_BASE, rlpHeadSize, writeRlpHead } from "./rlp-head.ts";
import { RlpReader } from "./rlp-reader.ts";
import type { AccessListItem } from "./tx.ts";
import type { TxDecodeCode } from "./tx-code.ts";

/** No supported kind has more items. */
const MAX_ITEMS = 13;
/** n - 1, n being the order of secp256k1. */
const MAX_SCALAR = fromHex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140")!;
/** (n - 1) / 2. */
const MAX_LOW_S = fromHex("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0")!;

const NO_ACCESS: readonly AccessListItem[] = [];
/** Room for what most transactions sign, used anew for each: it is hashed at once and never kept. */
const SIGNED = new Uint8Array(1024);

/**
 * The items of a transaction's list by position, without copying. Accessors note the first problem and go on with a
 * harmless value, so that a decoder reads straight through and checks once.
 */
export class TxFields {
  readonly raw: Uint8Array;
  count = 0;
  problem: TxDecodeCode | null = null;
  message = "";
  readonly #start: number;
  /** Three numbers for each item: payload start, payload end, 1 for a list. */
  readonly #items: number[] = [];

  /** Items of the list whose payload is `raw[from, to)`. */
  constructor(raw: Uint8Array, from: number, to: number) {
    this.raw = raw;
    this.#start = from;
    const reader = new RlpReader(raw, from, to);
    while (!reader.done && this.count <= MAX_ITEMS) {
      if (!reader.next()) {
        this.#note("TX_RLP_INVALID", `item ${this.count} is not canonical RLP`);
        return;
      }
      this.#items.push(reader.from, reader.to, reader.isList ? 1 : 0);
      this.count++;
    }
  }

  /** An integer of at most `maxBytes`, without leading zeros. */
  uint(index: number, maxBytes: number, name: string): bigint {
    const from = this.#items[3 * index]!;
    const to = this.#items[3 * index + 1]!;
    if (this.#items[3 * index + 2] === 1 || to - from > maxBytes || (to > from && this.raw[from] === 0)) {
      this.#note("TX_FIELD_INVALID", `${name} is not an integer of at most ${maxBytes} bytes without leading zeros`);
      return 0n;
    }
    return bytesToBig(this.raw, from, to);
  }

  /** Bytes of any length as a view. */
  bytes(index: number, name: string): Uint8Array {
    if (this.#items[3 * index + 2] === 1) this.#note("TX_FIELD_INVALID", `${name} is a list`);
    const from = this.#items[3 * index]!;
    const to = this.#items[3 * index + 1]!;
    return from === to ? EMPTY : this.raw.subarray(from, to);
  }

  /** 20 bytes, or null for none (a creation). */
  address(index: number, name: string): Address | null {
    const bytes = this.bytes(index, name);
    if (bytes.length === 0) return null;
    if (bytes.length !== 20) this.#note("TX_FIELD_INVALID", `${name} is neither empty nor 20 bytes`);
    return bytes;
  }

  /** EIP-2930: a list of [address, [slot, ...]]. */
  accessList(index: number): readonly AccessListItem[] {
    if (this.#items[3 * index] === this.#items[3 * index + 1] && this.#items[3 * index + 2] === 1) return NO_ACCESS;
    const list: AccessListItem[] = [];
    const reader = new RlpReader(this.raw, this.#items[3 * index]!, this.#items[3 * index + 1]!);
    let ok = this.#items[3 * index + 2] === 1;
    while (ok && !reader.done) {
      const item = reader.list();
      const address = item?.fixed(20) ?? null;
      const keys = item?.list() ?? null;
      ok = item?.done === true && address !== null && keys !== null;
      const slots: Hash[] = [];
      while (ok && !keys!.done) {
        const slot = keys!.fixed(32);
        ok = slot !== null;
        if (ok) slots.push(slot!);
      }
      if (ok) list.push({ address: address!, slots });
    }
    if (!ok) this.#note("TX_FIELD_INVALID", "the access list is not a list of [address, [slot, ...]]");
    return list;
  }

  /** r at `index`, s behind it, as 65 bytes with the parity. */
  signature(index: number, parity: number): Uint8Array {
    const out = new Uint8Array(65);
    if (!this.#scalar(index, out, 32) || !this.#scalar(index + 1, out, 64)) {
      this.#note("TX_FIELD_INVALID", "r or s is not an integer of at most 32 bytes without leading zeros");
    } else if (isZero(out, 0) || isZero(out, 32) || isAbove(out, 0, MAX_SCALAR)) {
      this.#note("TX_SIGNATURE_RANGE", "r or s is not in 1..n-1");
    } else if (isAbove(out, 32, MAX_LOW_S)) {
      this.#note("TX_SIGNATURE_RANGE", "s is in the upper half (EIP-2)");
    }
    out[64] = parity;
    return out;
  }

  /** Hash of the list of the first `count` items followed by encoded `suffix`, behind a type byte unless `type` is 0. */
  signingHash(suite: CryptoSuite, type: number, count: number, suffix: Uint8Array): Hash {
    const kept = this.#items[3 * count - 2]! - this.#start;
    const prefix = type === 0 ? 0 : 1;
    const length = kept + suffix.length;
    const size = prefix + rlpHeadSize(length) + length;
    const out = size <= SIGNED.length ? SIGNED.subarray(0, size) : new Uint8Array(size);
    out[0] = type;
    const at = writeRlpHead(out, prefix, length, LIST_BASE);
    out.set(this.raw.subarray(this.#start, this.#start + kept), at);
    out.set(suffix, at + kept);
    return suite.hash(out);
  }

  refuse(code: TxDecodeCode, message: string): void {
    this.#note(code, message);
  }

  /** Writes an integer item so that it ends at `end`; false when it is none. */
  #scalar(index: number, out: Uint8Array, end: number): boolean {
    const { raw } = this;
    const from = this.#items[3 * index]!;
    const to = this.#items[3 * index + 1]!;
    if (this.#items[3 * index + 2] === 1 || to - from > 32 || (to > from && raw[from] === 0)) return false;
    for (let i = to - 1, at = end - 1; i >= from; i--, at--) out[at] = raw[i]!;
    return true;
  }

  #note(code: TxDecodeCode, message: string): void {
    if (this.problem !== null) return;
    this.problem = code;
    this.message = message;
  }
}

function isZero(bytes: Uint8Array, from: number): boolean {
  for (let i = from; i < from + 32; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Compares the 32 bytes from `from` on with a bound, as big-endian integers. */
function isAbove(bytes: Uint8Array, from: number, bound: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) {
    const difference = bytes[from + i]! - bound[i]!;
    if (difference !== 0) return difference > 0;
  }
  return false;
}
