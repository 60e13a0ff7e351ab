// Transient storage (EIP-1153): records in order of first write behind an open-addressing index.
import { allocate, release } from "./alloc";
import { addChunk, CHUNK_SHIFT, recordAt } from "./chunks";
import { FIRST_INDEX, hashWord, KEPT_INDEX } from "./hash";
import { recordWord, UNDO_TRANSIENT } from "./journal";
import { copyWord, equalWords, setWord } from "./u256";

// Record: key, value, account, hash.
const RECORD: u32 = 72;
const VALUE: usize = 32;
const ACCOUNT: usize = 64;
const HASH: usize = 68;

let directory: usize = 0;
let chunks: u32 = 0;
let count: u32 = 0;
let index: usize = 0;
let mask: u32 = 0;
/** What `find` found last: the hash of the key and its place in the index. */
let hash: u32 = 0;
let place: u32 = 0;

export function resetTransient(): void {
  if (index != 0 && mask >= KEPT_INDEX) {
    release(index);
    index = 0;
  }
  if (index != 0 && count == 0) return;
  if (index == 0) {
    index = allocate(FIRST_INDEX << 2);
    mask = FIRST_INDEX - 1;
  }
  memory.fill(index, 0, (mask + 1) << 2);
  count = 0;
}

/** The record, or 0 when nothing was ever written there. `key` is a stack word. */
function find(account: u32, key: usize): usize {
  hash = hashWord(key, account);
  place = hash & mask;
  let found = load<u32>(index + (<usize>place << 2));
  while (found != 0) {
    const r = recordAt(directory, found - 1, RECORD);
    if (load<u32>(r, ACCOUNT) == account && equalWords(r, key)) return r;
    place = (place + 1) & mask;
    found = load<u32>(index + (<usize>place << 2));
  }
  return 0;
}

export function loadTransient(account: u32, key: usize, target: usize): void {
  const r = find(account, key);
  if (r == 0) setWord(target, 0);
  else copyWord(target, r + VALUE);
}

export function storeTransient(account: u32, key: usize, value: usize): void {
  let r = find(account, key);
  if (r == 0) r = append(account, key);
  recordWord(UNDO_TRANSIENT, 0, <u64>r, r + VALUE);
  copyWord(r + VALUE, value);
}

/** `old` is an entry of the journal: the record's place and its value at +16. */
export function restoreTransient(r: usize, old: usize): void {
  copyWord(r + VALUE, old);
}

function append(account: u32, key: usize): usize {
  if (count >> CHUNK_SHIFT == chunks) {
    directory = addChunk(directory, chunks, RECORD);
    chunks++;
  }
  const r = recordAt(directory, count, RECORD);
  copyWord(r, key);
  setWord(r + VALUE, 0);
  store<u32>(r, account, ACCOUNT);
  store<u32>(r, hash, HASH);
  count++;
  store<u32>(index + (<usize>place << 2), count);
  if (count << 1 > mask) grow();
  return r;
}

function grow(): void {
  release(index);
  mask = (mask << 1) | 1;
  index = allocate((mask + 1) << 2);
  memory.fill(index, 0, (mask + 1) << 2);
  for (let i: u32 = 0; i < count; i++) {
    let at = load<u32>(recordAt(directory, i, RECORD), HASH) & mask;
    while (load<u32>(index + (<usize>at << 2)) != 0) at = (at + 1) & mask;
    store<u32>(index + (<usize>at << 2), i + 1);
  }
}
