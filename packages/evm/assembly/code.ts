// Bytecode by hash, analysed once: every block start carries the gas and stack bounds of its block.
import { allocate, capacityOf, regrow, release } from "./alloc";
import { hostCodeSize, hostCopyCode } from "./host";
import { ENDS_BLOCK, JUMPDEST, LEAVES, NEEDS, STATIC_GAS } from "./opcodes";
import { copyWord, equalWords } from "./u256";

// Code record, 64 bytes, never freed (kept on a spare list), so that a stale pointer still points at a record.
const C_NEXT: usize = 32;
export const C_BYTES: usize = 36;
export const C_SIZE: usize = 40;
/** Set together with C_BLOCKS once the code is prepared. */
export const C_INDEX: usize = 44;
const C_PINS: usize = 48;
const C_USE: usize = 52;
export const C_BLOCKS: usize = 56;
const C_COUNT: usize = 60;

// C_USE: of the cache and not used since the last sweep, or used; or init code, which belongs to one frame.
const IDLE: u32 = 0;
const USED: u32 = 1;
const TEMPORARY: u32 = 2;

/** Zero bytes around code, so that immediates can be read as whole words. */
const MARGIN: usize = 40;
const BUCKETS: u32 = 1024;
const buckets: usize = memory.data(4096, 16);

/** Bytes of the first block entries of a contract. */
const FIRST_BLOCKS: usize = 240;

/** Bytes of code and analysis kept between executions, beyond what running frames need. */
const KEPT_BYTES: u32 = 16 << 20;
/** The same within one, so that no contract makes others be prepared again and again at the price of a warm call. */
const EXECUTION_BYTES: u32 = 128 << 20;

let spare: usize = 0;
let cachedBytes: u32 = 0;
let hand: u32 = 0;

function newRecord(): usize {
  let r = spare;
  if (r != 0) spare = load<usize>(r, C_NEXT);
  else r = allocate(64);
  store<u32>(r, 0, C_INDEX);
  store<u32>(r, 0, C_PINS);
  store<u32>(r, USED, C_USE);
  return r;
}

function newBytes(size: u32): usize {
  const block = allocate(<usize>size + MARGIN * 2);
  for (let i: usize = 0; i < MARGIN; i += 8) store<u64>(block + i, 0);
  memory.fill(block + MARGIN + size, 0, MARGIN);
  return block + MARGIN;
}

/** Record of the code with this hash if it is cached, else 0. */
function find(hash: usize): usize {
  let r = load<usize>(buckets + <usize>((load<u32>(hash) & (BUCKETS - 1)) << 2));
  while (r != 0 && !equalWords(r, hash)) r = load<usize>(r, C_NEXT);
  return r;
}

function insert(hash: usize, size: u32): usize {
  if (cachedBytes > EXECUTION_BYTES) evict(EXECUTION_BYTES);
  const r = newRecord();
  copyWord(r, hash);
  store<usize>(r, newBytes(size), C_BYTES);
  store<u32>(r, size, C_SIZE);
  const bucket = buckets + <usize>((load<u32>(hash) & (BUCKETS - 1)) << 2);
  store<usize>(r, load<usize>(bucket), C_NEXT);
  store<usize>(bucket, r);
  cachedBytes += weight(r);
  return r;
}

function weight(r: usize): u32 {
  const bytes = capacityOf(load<usize>(r, C_BYTES) - MARGIN);
  const index = load<usize>(r, C_INDEX);
  return index == 0 ? bytes : bytes + capacityOf(index) + capacityOf(load<usize>(r, C_BLOCKS));
}

/** Before an execution: down to what is kept between two. */
export function trimCode(): void {
  if (cachedBytes > KEPT_BYTES) evict(KEPT_BYTES);
}

/** Second-chance sweep over the buckets down to three quarters of `cap`; pinned records stay. */
function evict(cap: u32): void {
  for (let turns: u32 = 0; turns < BUCKETS * 2 && cachedBytes > cap - (cap >> 2); turns++) {
    let link = buckets + <usize>(hand << 2);
    let r = load<usize>(link);
    while (r != 0) {
      const next = load<usize>(r, C_NEXT);
      if (load<u32>(r, C_PINS) != 0) {
        link = r + C_NEXT;
      } else if (load<u32>(r, C_USE) == USED) {
        store<u32>(r, IDLE, C_USE);
        link = r + C_NEXT;
      } else {
        store<usize>(link, next);
        cachedBytes -= weight(r);
        drop(r);
      }
      r = next;
    }
    hand = (hand + 1) & (BUCKETS - 1);
  }
}

function drop(r: usize): void {
  release(load<usize>(r, C_BYTES) - MARGIN);
  if (load<usize>(r, C_INDEX) != 0) {
    release(load<usize>(r, C_INDEX));
    release(load<usize>(r, C_BLOCKS));
  }
  memory.fill(r, 0, 64);
  store<usize>(r, spare, C_NEXT);
  spare = r;
}

/** Record of the code with the hash at `hash`; 0 when the host must load it first. `known` is a record to try first. */
export function codeOf(hash: usize, known: usize): usize {
  if (known != 0 && load<usize>(known, C_BYTES) != 0 && equalWords(known, hash)) return known;
  let r = find(hash);
  if (r == 0) {
    const size = hostCodeSize(hash);
    if (size < 0) return 0;
    r = insert(hash, <u32>size);
    hostCopyCode(load<usize>(r, C_BYTES));
  }
  store<u32>(r, USED, C_USE);
  return r;
}

/** Caches code created in this execution. */
export function addCode(hash: usize, bytes: usize, size: u32): usize {
  let r = find(hash);
  if (r == 0) {
    r = insert(hash, size);
    memory.copy(load<usize>(r, C_BYTES), bytes, size);
  }
  return r;
}

/** A record of init code: belongs to one frame, is in no bucket. */
export function temporaryCode(bytes: usize, size: u32): usize {
  const r = newRecord();
  store<usize>(r, newBytes(size), C_BYTES);
  store<u32>(r, size, C_SIZE);
  memory.copy(load<usize>(r, C_BYTES), bytes, size);
  store<u32>(r, TEMPORARY, C_USE);
  return r;
}

export function dropTemporary(r: usize): void {
  drop(r);
}

export function pin(r: usize): void {
  store<u32>(r, load<u32>(r, C_PINS) + 1, C_PINS);
}

export function unpin(r: usize): void {
  store<u32>(r, load<u32>(r, C_PINS) - 1, C_PINS);
}

/** Set in a block entry once its block was described. */
export const KNOWN: u64 = 0x4000000000000000;
const IS_JUMPDEST: u64 = 0x8000000000000000;
/** The first two entries stand for blocks that were not described yet, of the second kind those that start with JUMPDEST. */
const JUMPDEST_ENTRY: u16 = 1;
const FIRST_ENTRY: u32 = 2;
/** Entries a 16-bit number can name; more blocks, which only code from a genesis can have, are described each time. */
const MAX_ENTRIES: u32 = 65_535;

/**
 * Makes the tables of a record: for each code byte the 16-bit number of its block's entry, and the 64-bit entries: bits
 * 0..31 gas, 32..47 items needed times 32, 48..58 growth of the stack in items, 62 described, 63 JUMPDEST. Only the jump
 * targets are found in advance: preparing a big contract must cost little, whoever pays for a single cold call of it.
 */
export function prepare(r: usize): void {
  if (load<usize>(r, C_INDEX) != 0) return;
  const code = load<usize>(r, C_BYTES);
  const size = load<u32>(r, C_SIZE);
  const bytes = (<usize>size + 2) << 1;
  const index = allocate(bytes);
  memory.fill(index, 0, bytes);
  const blocks = allocate(FIRST_BLOCKS);
  store<u64>(blocks, 0);
  store<u64>(blocks, IS_JUMPDEST, 8);
  store<usize>(r, index, C_INDEX);
  store<usize>(r, blocks, C_BLOCKS);
  store<u32>(r, FIRST_ENTRY, C_COUNT);
  if (load<u32>(r, C_USE) != TEMPORARY) cachedBytes += capacityOf(index) + capacityOf(blocks);
  for (let pc: usize = 0; pc < <usize>size; pc++) {
    const op = <u32>load<u8>(code + pc);
    if (op == JUMPDEST) store<u16>(index + (pc << 1), JUMPDEST_ENTRY);
    else if (op - 0x60 < 32) pc += op - 0x5f;
  }
}

/** Entry of the block that starts at byte `start` of the code; without KNOWN, its block must be described. */
// @ts-ignore: decorator
@inline export function entryAt(index: usize, blocks: usize, start: usize): u64 {
  return load<u64>(blocks + (<usize>load<u16>(index + (start << 1)) << 3));
}

/** Describes the block at `start` and keeps its entry; C_BLOCKS may have moved. */
export function describe(r: usize, start: usize): u64 {
  const index = load<usize>(r, C_INDEX);
  const m = (entryAt(index, load<usize>(r, C_BLOCKS), start) & IS_JUMPDEST)
    | described(load<usize>(r, C_BYTES), <usize>load<u32>(r, C_SIZE), start);
  const n = load<u32>(r, C_COUNT);
  if (n > MAX_ENTRIES) return m;
  const blocks = blocksWithRoom(r, n);
  store<u64>(blocks + (<usize>n << 3), m);
  store<u16>(index + (start << 1), <u16>n);
  store<u32>(r, n + 1, C_COUNT);
  return m;
}

function blocksWithRoom(r: usize, count: u32): usize {
  const blocks = load<usize>(r, C_BLOCKS);
  const have = capacityOf(blocks);
  if ((count + 1) << 3 <= have) return blocks;
  const larger = regrow(blocks, <usize>count << 3, <usize>(count + 1) << 3);
  store<usize>(r, larger, C_BLOCKS);
  if (load<u32>(r, C_USE) != TEMPORARY) cachedBytes += capacityOf(larger) - have;
  return larger;
}

function described(code: usize, size: usize, start: usize): u64 {
  let gas: u64 = 0;
  let height: i32 = 0, needs: i32 = 0, growth: i32 = 0;
  let pc = start;
  while (pc < size) {
    const op = <u32>load<u8>(code + pc);
    if (op == JUMPDEST && pc != start) break;
    gas += <u64>load<u16>(STATIC_GAS + (op << 1));
    const n = <i32>load<u8>(NEEDS + op);
    needs = max(needs, n - height);
    height += <i32>load<u8>(LEAVES + op) - n;
    growth = max(growth, height);
    pc++;
    if (op - 0x60 < 32) pc += op - 0x5f;
    if (load<u8>(ENDS_BLOCK + op)) break;
  }
  return KNOWN | gas | (<u64>min(needs, 2047) << 37) | (<u64>min(growth, 2047) << 48);
}

/** Static gas from `pc` to the end of its block: what a block check took in advance. */
export function gasToBlockEnd(pc: usize, end: usize): i64 {
  let gas: i64 = 0;
  while (pc < end) {
    const op = <u32>load<u8>(pc);
    if (op == JUMPDEST) break;
    gas += <i64>load<u16>(STATIC_GAS + (op << 1));
    if (load<u8>(ENDS_BLOCK + op)) break;
    pc++;
    if (op - 0x60 < 32) pc += op - 0x5f;
  }
  return gas;
}

let kept: usize = 0;
let keptCount: u32 = 0;

/** Keeps code created in this execution: the host does not know it, so it must not be evicted before the end. */
export function keep(r: usize): void {
  if (kept == 0) kept = allocate(256);
  if ((keptCount + 1) << 2 > capacityOf(kept)) kept = regrow(kept, keptCount << 2, (keptCount + 1) << 2);
  store<usize>(kept + (<usize>keptCount << 2), r);
  keptCount++;
  pin(r);
}

export function resetKept(): void {
  for (let i: u32 = 0; i < keptCount; i++) unpin(load<usize>(kept + (<usize>i << 2)));
  keptCount = 0;
}
