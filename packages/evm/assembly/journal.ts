// Undo log of everything a failing frame takes back: accounts, slots, warmth. 48 bytes an entry.
import { allocate, capacityOf, regrow } from "./alloc";
import { copyWord } from "./u256";

export const UNDO_BALANCE: u32 = 0;
export const UNDO_NONCE: u32 = 1;
export const UNDO_ACCOUNT_FLAGS: u32 = 2;
export const UNDO_CODE: u32 = 3;
export const UNDO_SLOT: u32 = 4;
export const UNDO_SLOT_FLAGS: u32 = 5;

export const ENTRY: u32 = 48;

let base: usize = 0;
export let journalSize: u32 = 0;

export function resetJournal(): void {
  if (base == 0) base = allocate(16 * 1024);
  journalSize = 0;
}

/** Appends an entry with kind, record index and a 64-bit value; returns it so that a word can be added at +16. */
export function record(kind: u32, index: u32, value: u64): usize {
  if (journalSize + ENTRY > capacityOf(base)) base = regrow(base, journalSize, journalSize + ENTRY);
  const entry = base + journalSize;
  journalSize += ENTRY;
  store<u32>(entry, kind);
  store<u32>(entry, index, 4);
  store<u64>(entry, value, 8);
  return entry;
}

export function recordWord(kind: u32, index: u32, value: u64, word: usize): void {
  copyWord(record(kind, index, value) + 16, word);
}

/** Removes the newest entry and returns it. */
export function popEntry(): usize {
  journalSize -= ENTRY;
  return base + journalSize;
}
