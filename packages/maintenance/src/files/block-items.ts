import { concatBytes } from "@fb/types";
import { Cursor } from "./cursor.ts";
import { uint32 } from "./format.ts";

/** A block and who certified it, both encoded as they go to peers. */
export interface BlockItem {
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

export function encodeBlockItem({ block, certificate }: BlockItem): Uint8Array {
  return concatBytes(uint32(block.length), block, uint32(certificate.length), certificate);
}

/** The blocks of a frame; null unless the bytes are exactly what {@link encodeBlockItem} makes of some. */
export function decodeBlockItems(bytes: Uint8Array): BlockItem[] | null {
  const cursor = new Cursor(bytes);
  const items: BlockItem[] = [];
  while (!cursor.isAtEnd) {
    const block = cursor.take(cursor.uint32());
    const certificate = block === null ? null : cursor.take(cursor.uint32());
    if (block === null || certificate === null) return null;
    items.push({ block, certificate });
  }
  return items;
}
