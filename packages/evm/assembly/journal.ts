// Undo log of everything a failing frame takes back: accounts, slots, warmth. 48 bytes an entry.
import { addChunk, CHUNK_SHIFT, recordAt } from "./chunks";
import { copyWord } from "./u256";

export const UNDO_BALANCE: u32 = 0;
export const UNDO_NONCE: u32 = 1;
export const UNDO_ACCOUNT_FLAGS: u32 = 2;
export const UNDO_CODE: u32 = 3;
export const UNDO_SLOT: u32 = 4;
export const UNDO_SLOT_FLAGS: u32 = 5;
/** Its 64-bit value is where the record is. */
export const UNDO_TRANSIENT: u32 = 6;

const ENTRY: u32 = 48;

let directory: usize = 0;
let chunks: u32 = 0;
/** In entries. */
export let journalSize: u32 = 0;

export function resetJournal(): void {
  journalSize = 0;
}

/** Appends an entry with kind, record index and a 64-bit value; returns it so that a word can be added at +16. */
export function record(kind: u32, index: u32, value: u64): usize {
  if (journalSize >> CHUNK_SHIFT == chunks) {
    directory = addChunk(directory, chunks, ENTRY);
    chunks++;
  }
  const entry = recordAt(directory, journalSize, ENTRY);
  journalSize++;
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
  journalSize--;
  return recordAt(directory, journalSize, ENTRY);
}
