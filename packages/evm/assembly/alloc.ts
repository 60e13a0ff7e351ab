// A small allocator: blocks in size classes (four per power of two), freed blocks go to their class's list.
// Linear memory never shrinks; the host drops an instance whose memory grew too large.

const HEADER: usize = 16;
/** Heads of 160 lists. */
const freeLists: usize = memory.data(640, 16);

let top: usize = 0;
/** Linear memory must not be used beyond. */
let ceiling: u64 = 0xffffffffffffffff;

/** Free bytes at the end of linear memory are claimed in steps so that growth stays rare. */
const GROW_PAGES: i32 = 16;

/** Rounding up must stay below 4 GiB. */
const LARGEST: usize = 0xdfffff00;

/** Traps when an execution claims more than `bytes` beyond what was ever claimed before it. */
export function setCeiling(bytes: u64): void {
  ceiling = <u64>top + bytes;
}

/** Bytes and free list of the class that holds `size` bytes and a header. */
let rounded: usize = 0;
let list: usize = 0;

function classify(size: usize): void {
  if (size > LARGEST) unreachable();
  const n: u32 = <u32>max<usize>(size + HEADER, 64) - 1;
  const shift: u32 = 29 - clz<u32>(n);
  const units: u32 = (n >> shift) + 1;
  rounded = (<usize>units) << shift;
  list = freeLists + <usize>(((shift << 2) + units - 5) << 2);
}

/** Makes a block of the class found last of the end of linear memory. */
function place(block: usize): usize {
  const end = <u64>block + <u64>rounded;
  const have = (<u64>memory.size()) << 16;
  if (end > ceiling) unreachable();
  if (end > have) {
    const pages = <i32>((end - have + 0xffff) >> 16);
    if (memory.grow(max(pages, GROW_PAGES)) < 0 && memory.grow(pages) < 0) unreachable();
  }
  top = <usize>end;
  store<usize>(block, list);
  store<u32>(block, <u32>(rounded - HEADER), 4);
  return block + HEADER;
}

export function allocate(size: usize): usize {
  classify(size);
  const free = load<usize>(list);
  if (free != 0) {
    store<usize>(list, load<usize>(free));
    return free;
  }
  if (top == 0) top = (__heap_base + 15) & ~15;
  return place(top);
}

export function release(pointer: usize): void {
  const list = load<usize>(pointer - HEADER);
  store<usize>(pointer, load<usize>(list));
  store<usize>(list, pointer);
}

/** Bytes that may be used at `pointer`. */
export function capacityOf(pointer: usize): u32 {
  return load<u32>(pointer - HEADER, 4);
}

/**
 * A block of at least `need` bytes that begins with the first `used` bytes of the old one, which is freed. The last block
 * of linear memory grows where it is.
 */
export function regrow(pointer: usize, used: usize, need: usize): usize {
  if (pointer + capacityOf(pointer) == top) {
    classify(max<usize>(need, <usize>capacityOf(pointer) + (<usize>capacityOf(pointer) >> 1)));
    return place(pointer - HEADER);
  }
  const next = allocate(max<usize>(need, <usize>capacityOf(pointer) * 2));
  memory.copy(next, pointer, used);
  release(pointer);
  return next;
}
