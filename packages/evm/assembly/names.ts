// Small numbers for addresses and slot keys, kept across executions, so that the host builds each hex map key only once.
import { allocate, capacityOf, regrow, release } from "./alloc";
import { copyWord, equalWords } from "./u256";

const ENTRY: u32 = 40;
const FIRST_INDEX: u32 = 1024;
/** Beyond this the table is emptied before the next execution. */
const KEPT: u32 = 8192;

let entries: usize = 0;
let count: u32 = 0;
let index: usize = 0;
let mask: u32 = 0;

/** Empties the table when it has grown large; true when numbers handed out before are void. */
export function resetNames(): bool {
  if (index != 0 && count < KEPT) return false;
  if (index != 0) {
    release(index);
    release(entries);
  }
  entries = allocate(FIRST_INDEX * ENTRY);
  index = allocate(FIRST_INDEX << 2);
  mask = FIRST_INDEX - 1;
  memory.fill(index, 0, FIRST_INDEX << 2);
  count = 0;
  return true;
}

// @ts-ignore: decorator
@inline function entryAt(name: u32): usize {
  return entries + <usize>(name * ENTRY);
}

/** Number of the 32 bytes at `key`; `hash` is any good hash of them and `kind` tells addresses and slots apart. */
export function nameOf(key: usize, kind: u32, hash: u32): u32 {
  let at = hash & mask;
  for (;;) {
    const found = load<u32>(index + (<usize>at << 2));
    if (found == 0) break;
    const e = entryAt(found - 1);
    if (load<u32>(e, 32) == kind && equalWords(e, key)) return found - 1;
    at = (at + 1) & mask;
  }
  const name = count++;
  if (count * ENTRY > capacityOf(entries)) entries = regrow(entries, name * ENTRY, count * ENTRY);
  const e = entryAt(name);
  copyWord(e, key);
  store<u32>(e, kind, 32);
  store<u32>(e, hash, 36);
  store<u32>(index + (<usize>at << 2), count);
  if (count << 1 > mask) growIndex();
  return name;
}

function growIndex(): void {
  release(index);
  mask = (mask << 1) | 1;
  index = allocate((mask + 1) << 2);
  memory.fill(index, 0, (mask + 1) << 2);
  for (let i: u32 = 0; i < count; i++) {
    let at = load<u32>(entryAt(i), 36) & mask;
    while (load<u32>(index + (<usize>at << 2)) != 0) at = (at + 1) & mask;
    store<u32>(index + (<usize>at << 2), i + 1);
  }
}
