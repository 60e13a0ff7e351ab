import type { MetricsRegister } from "@fb/runtime";
import type { Height, Hex } from "@fb/types";
import type { StateReader } from "./ports.ts";
import type { BlockPreImages } from "./pre-images.ts";

export interface RecentStateOptions {
  readonly head: Height;
  readonly reader: StateReader;
  /** keccak256 of nothing, in hex. */
  readonly emptyCodeHash: Hex;
  /** Decoded values of the head in memory, in bytes. */
  readonly cacheBytes: number;
  /** Pre-images of recent blocks in memory, in bytes and in blocks. */
  readonly preImageBytes: number;
  readonly preImageBlocks: number;
  /** Those of the last blocks up to the head, oldest first. */
  readonly preImages?: readonly BlockPreImages[];
  readonly metrics: MetricsRegister;
}
