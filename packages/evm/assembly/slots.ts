// Storage slots of one execution: records in order of first use behind an open-addressing index.
import { A_NAME, accountAt, CREATED, flagsOf, LOADED, WARM } from "./accounts";
import { allocate, capacityOf, regrow, release } from "./alloc";
import { FIRST_INDEX, hashWord, KEPT_INDEX } from "./hash";
import { hostLoadSlot } from "./host";
import { record, recordWord, UNDO_SLOT, UNDO_SLOT_FLAGS } from "./journal";
import { nameOf } from "./names";
import { copyWord, equalWords, fromBytes, setWord } from "./u256";

// Slot record, 112 bytes.
export const SLOT: u32 = 112;
export const S_VALUE: usize = 32;
export const S_ORIGINAL: usize = 64;
export const S_ACCOUNT: usize = 96;
export const S_FLAGS: usize = 100;
const S_HASH: usize = 104;
export const S_NAME: usize = 108;
const SLOT_NAME: u32 = 1;

export const MISS: u32 = 0xffffffff;
const KEY: usize = memory.data(32, 16);

let slots: usize = 0;
export let slotCount: u32 = 0;
let slotIndex: usize = 0;
let slotMask: u32 = 0;

export function resetSlots(): void {
  if (slots == 0) slots = allocate(64 * SLOT);
  if (slotIndex == 0 || slotMask >= KEPT_INDEX) {
    if (slotIndex != 0) release(slotIndex);
    slotIndex = allocate(FIRST_INDEX << 2);
    slotMask = FIRST_INDEX - 1;
  }
  memory.fill(slotIndex, 0, (slotMask + 1) << 2);
  slotCount = 0;
}

// @ts-ignore: decorator
@inline export function slotAt(index: u32): usize {
  return slots + <usize>(index * SLOT);
}

/** Index of a slot record (value may be absent); a new one if unknown. `key` is a stack word. */
function slotRecord(account: u32, key: usize): u32 {
  const hash = hashWord(key, account);
  let at = hash & slotMask;
  for (;;) {
    const found = load<u32>(slotIndex + (<usize>at << 2));
    if (found == 0) break;
    const r = slotAt(found - 1);
    if (load<u32>(r, S_ACCOUNT) == account && equalWords(r, key)) return found - 1;
    at = (at + 1) & slotMask;
  }
  const index = slotCount++;
  if (slotCount * SLOT > capacityOf(slots)) slots = regrow(slots, index * SLOT, slotCount * SLOT);
  const r = slotAt(index);
  copyWord(r, key);
  store<u32>(r, account, S_ACCOUNT);
  store<u32>(r, 0, S_FLAGS);
  store<u32>(r, hash, S_HASH);
  store<u32>(slotIndex + (<usize>at << 2), slotCount);
  if (slotCount << 1 > slotMask) growSlotIndex();
  return index;
}

function growSlotIndex(): void {
  release(slotIndex);
  slotMask = (slotMask << 1) | 1;
  slotIndex = allocate((slotMask + 1) << 2);
  memory.fill(slotIndex, 0, (slotMask + 1) << 2);
  for (let i: u32 = 0; i < slotCount; i++) {
    let at = load<u32>(slotAt(i), S_HASH) & slotMask;
    while (load<u32>(slotIndex + (<usize>at << 2)) != 0) at = (at + 1) & slotMask;
    store<u32>(slotIndex + (<usize>at << 2), i + 1);
  }
}

/** Index of a storage slot with its value present, or MISS. Slots of an account created here start empty. */
export function slotOf(account: u32, key: usize): u32 {
  const index = slotRecord(account, key);
  const r = slotAt(index);
  if (load<u32>(r, S_FLAGS) & LOADED) return index;
  if (flagsOf(account) & CREATED) {
    setWord(r + S_VALUE, 0);
    store<u32>(r, nameOf(r, SLOT_NAME, hashWord(r, 0)), S_NAME);
  } else {
    // The account is that of a running frame, hence loaded and named.
    const name = nameOf(r, SLOT_NAME, hashWord(r, 0));
    store<u32>(r, name, S_NAME);
    if (hostLoadSlot(load<u32>(accountAt(account), A_NAME), r, name, KEY) == 0) return MISS;
    fromBytes(r + S_VALUE, KEY);
  }
  copyWord(r + S_ORIGINAL, r + S_VALUE);
  store<u32>(r, load<u32>(r, S_FLAGS) | LOADED, S_FLAGS);
  return index;
}

/** Marks a slot warm; true when it was cold. */
export function warmSlot(index: u32): bool {
  const r = slotAt(index);
  const old = load<u32>(r, S_FLAGS);
  if (old & WARM) return false;
  record(UNDO_SLOT_FLAGS, index, <u64>old);
  store<u32>(r, old | WARM, S_FLAGS);
  return true;
}

/** Warms a slot named in the access list, without loading it. `key` is a stack word. */
export function warmSlotKey(account: u32, key: usize): void {
  const r = slotAt(slotRecord(account, key));
  store<u32>(r, load<u32>(r, S_FLAGS) | WARM, S_FLAGS);
}

export function setSlot(index: u32, value: usize): void {
  const r = slotAt(index) + S_VALUE;
  recordWord(UNDO_SLOT, index, 0, r);
  copyWord(r, value);
}
