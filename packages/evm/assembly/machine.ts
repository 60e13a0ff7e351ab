// Frames, operand stacks, frame memories, return data and logs of one execution.
import { allocate, capacityOf, regrow, release } from "./alloc";

// Frame record, 160 bytes. Positions are relative to their region, so that regions may move when they grow.
export const FRAME: usize = 160;
export const F_PC: usize = 0;
export const F_SP: usize = 4;
export const F_STACK: usize = 8;
export const F_CODE: usize = 12;
export const F_MEMORY: usize = 16;
export const F_MEMORY_SIZE: usize = 20;
export const F_DATA: usize = 24;
export const F_DATA_SIZE: usize = 28;
export const F_ACCOUNT: usize = 32;
export const F_CALLER: usize = 36;
export const F_FLAGS: usize = 40;
export const F_JOURNAL: usize = 44;
export const F_GAS: usize = 48;
export const F_REFUND: usize = 56;
export const F_VALUE: usize = 64;
export const F_LOG_COUNT: usize = 96;
export const F_LOG_SIZE: usize = 100;
export const F_OUT: usize = 104;
export const F_OUT_SIZE: usize = 108;
export const F_MARK: usize = 112;
/** Account whose code runs; of interest to precompiles and system contracts. */
export const F_TARGET: usize = 116;

export const STATIC: u32 = 1;
export const CREATE_FRAME: u32 = 2;
/** The next operation starts a block whose check is still due. */
export const ENTER: u32 = 4;
/** F_MARK holds a savepoint of the host's tables. */
export const MARKED: u32 = 8;
/** Reached by DELEGATECALL or CALLCODE. */
export const DELEGATED: u32 = 16;

export const MAX_DEPTH: u32 = 1024;
export const STACK_BYTES: usize = 32768;

/** A frame never addresses memory beyond this: it would cost more than 8.8e12 gas. */
export const MEMORY_LIMIT: u64 = 0x7fffffff;

let frames: usize = 0;
export let depth: i32 = -1;
export let stackRegion: usize = 0;
export let memoryRegion: usize = 0;
/** Largest end of a frame memory that the caller of the module allows, relative to the region. */
let memoryCap: u64 = 0;
/** What the caller of the module did not allow: 0 nothing, 1 frame memory, 2 a precompile. */
export let refused: u32 = 0;
export const MEMORY_REFUSED: u32 = 1;
export const PRECOMPILE_REFUSED: u32 = 2;

export let returnData: usize = 0;
export let returnSize: u32 = 0;

export let logs: usize = 0;
export let logCount: u32 = 0;
export let logSize: u32 = 0;

export let refund: i64 = 0;

/** Work since the host was last given a turn: gas, weighted where operations take longer than their gas says. */
export let work: i64 = 0;

/** Memory regions larger than this are freed after the execution. */
const KEPT_REGION: u32 = 4 << 20;

function reuse(region: usize, first: usize): usize {
  if (region != 0 && capacityOf(region) <= KEPT_REGION) return region;
  if (region != 0) release(region);
  return allocate(first);
}

export function resetMachine(cap: u64): void {
  if (frames == 0) frames = allocate((<usize>MAX_DEPTH + 2) * FRAME);
  stackRegion = reuse(stackRegion, STACK_BYTES * 4);
  memoryRegion = reuse(memoryRegion, 128 << 10);
  returnData = reuse(returnData, 4096);
  logs = reuse(logs, 4096);
  depth = -1;
  returnSize = 0;
  logCount = 0;
  logSize = 0;
  refund = 0;
  work = 0;
  memoryCap = cap;
  refused = 0;
}

// @ts-ignore: decorator
@inline export function frameAt(index: i32): usize {
  return frames + <usize>index * FRAME;
}

// @ts-ignore: decorator
@inline export function top(): usize {
  return frames + <usize>depth * FRAME;
}

export function pushFrame(): usize {
  depth++;
  return top();
}

export function popFrame(): void {
  depth--;
}

/** Room for a full stack above `offset`. */
export function reserveStack(offset: u32): void {
  const need = <usize>offset + STACK_BYTES;
  if (need > capacityOf(stackRegion)) stackRegion = regrow(stackRegion, offset, need);
}

export function reserveMemory(used: u32, need: u32): void {
  if (need > capacityOf(memoryRegion)) memoryRegion = regrow(memoryRegion, used, need);
}

/** Gas for a frame memory of `words` words. */
// @ts-ignore: decorator
@inline function memoryGas(words: u64): i64 {
  return <i64>(words * 3 + words * words / 512);
}

/** Grows the running frame's memory to at least `end` bytes; returns the gas left, or -1. Allocates only when paid. */
export function expand(end: u64, gas: i64): i64 {
  const f = top();
  const size = <u64>load<u32>(f, F_MEMORY_SIZE);
  if (end <= size) return gas;
  if (end > MEMORY_LIMIT) return -1;
  const next = (end + 31) & ~31;
  const left = gas - (memoryGas(next >> 5) - memoryGas(size >> 5));
  if (left < 0) return -1;
  const start = <u64>load<u32>(f, F_MEMORY);
  if (start + next > memoryCap) {
    refused = MEMORY_REFUSED;
    return -1;
  }
  reserveMemory(<u32>(start + size), <u32>(start + next));
  memory.fill(memoryRegion + <usize>(start + size), 0, <usize>(next - size));
  store<u32>(f, <u32>next, F_MEMORY_SIZE);
  return left;
}

/** Pays for the memory range in two stack words (offset, size); returns the gas left, or -1. */
export function touch(offset: usize, size: usize, gas: i64): i64 {
  const n = load<u64>(size);
  const high = load<u64>(size, 8) | load<u64>(size, 16) | load<u64>(size, 24);
  if ((n | high) == 0) return gas;
  if (high != 0 || n > MEMORY_LIMIT) return -1;
  const at = load<u64>(offset);
  if ((load<u64>(offset, 8) | load<u64>(offset, 16) | load<u64>(offset, 24)) != 0 || at > MEMORY_LIMIT) return -1;
  return expand(at + n, gas);
}

/** Makes `size` bytes the return data; `source` may lie in frame memory. */
export function setReturn(source: usize, size: u32): void {
  if (size > capacityOf(returnData)) {
    release(returnData);
    returnData = allocate(size);
  }
  memory.copy(returnData, source, size);
  returnSize = size;
}

/** Room for return data the host is about to write. */
export function reserveReturn(size: u32): usize {
  if (size > capacityOf(returnData)) {
    release(returnData);
    returnData = allocate(size);
  }
  returnSize = size;
  return returnData;
}

export function clearReturn(): void {
  returnSize = 0;
}

export function refusePrecompile(): void {
  refused = PRECOMPILE_REFUSED;
}

export function addWork(amount: i64): void {
  work += amount;
}

export function resetWork(): void {
  work = 0;
}

export function setRefund(value: i64): void {
  refund = value;
}

export function restoreLogs(count: u32, size: u32): void {
  logCount = count;
  logSize = size;
}

/**
 * Appends a log: account index, number of topics, data size, padding, then topics (32 bytes each) and data padded to 8.
 * Returns where the topics start; the caller fills them and the data.
 */
export function appendLog(account: u32, topics: u32, size: u32): usize {
  const need = logSize + 16 + topics * 32 + ((size + 7) & ~7);
  if (need > capacityOf(logs)) logs = regrow(logs, logSize, need);
  const at = logs + logSize;
  store<u32>(at, account);
  store<u32>(at, topics, 4);
  store<u32>(at, size, 8);
  logSize = need;
  logCount++;
  return at + 16;
}
