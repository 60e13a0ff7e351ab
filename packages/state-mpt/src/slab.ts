const SLAB_BYTES = 64 * 1024;

/** Gives out fresh bytes. */
export type Allocate = (length: number) => Uint8Array;

/** Memory of its own for each array: for bytes that live long. */
export const allocate: Allocate = (length) => new Uint8Array(length);

/**
 * Cuts arrays out of larger blocks, which costs a tenth of allocating each. For the rows of one batch: they live and die
 * together, and one array keeps its whole block alive.
 */
export function createSlab(): Allocate {
  let block = new Uint8Array(SLAB_BYTES);
  let used = 0;
  return (length) => {
    if (length > SLAB_BYTES / 4) return new Uint8Array(length);
    if (used + length > SLAB_BYTES) {
      block = new Uint8Array(SLAB_BYTES);
      used = 0;
    }
    used += length;
    return block.subarray(used - length, used);
  };
}
