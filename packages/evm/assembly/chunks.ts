// Tables that only ever grow at the end, in chunks of 1,024 records: growing moves nothing and leaves nothing behind.
import { allocate, capacityOf, regrow } from "./alloc";

export const CHUNK_SHIFT: u32 = 10;
const CHUNK_MASK: u32 = 1023;

/** Record `index` of the table whose directory of chunks is `directory`. */
// @ts-ignore: decorator
@inline export function recordAt(directory: usize, index: u32, bytes: u32): usize {
  return load<usize>(directory + (<usize>(index >> CHUNK_SHIFT) << 2)) + <usize>((index & CHUNK_MASK) * bytes);
}

/** Adds a chunk after `chunks` others; returns the directory, which may have moved. */
export function addChunk(directory: usize, chunks: u32, bytes: u32): usize {
  let d = directory == 0 ? allocate(64) : directory;
  if ((chunks + 1) << 2 > capacityOf(d)) d = regrow(d, <usize>chunks << 2, <usize>(chunks + 1) << 2);
  store<usize>(d + (<usize>chunks << 2), allocate(<usize>bytes << CHUNK_SHIFT));
  return d;
}
