import { numberKey } from "@fb/storage-amdb";
import { concatBytes, type Hash, type Height, STATE_TYPES, type StateType } from "@fb/types";
import { Cursor } from "./cursor.ts";
import { uint32 } from "./format.ts";

const KINDS = ["backup", "blocks"] as const;

/** What a file says of itself first (SPEC 2.3). */
export interface FileHeader {
  /** All rows of a store, or certified blocks. */
  readonly kind: (typeof KINDS)[number];
  readonly chainId: number;
  readonly groupId: number;
  readonly stateType: StateType;
  readonly genesisHash: Hash;
  /** First block of a file of blocks; 0 in a backup. */
  readonly from: Height;
  /** Last block. */
  readonly height: Height;
  /** Of the last block. */
  readonly headHash: Hash;
}

export function encodeFileHeader(header: FileHeader): Uint8Array {
  return concatBytes(
    Uint8Array.of(KINDS.indexOf(header.kind)),
    uint32(header.chainId),
    uint32(header.groupId),
    Uint8Array.of(STATE_TYPES.indexOf(header.stateType)),
    header.genesisHash,
    numberKey(header.from),
    numberKey(header.height),
    header.headHash,
  );
}

/** Null unless the bytes are exactly a header. */
export function decodeFileHeader(bytes: Uint8Array): FileHeader | null {
  const cursor = new Cursor(bytes);
  const kind = KINDS[cursor.uint8() ?? KINDS.length];
  const [chainId, groupId] = [cursor.uint32(), cursor.uint32()];
  const stateType = STATE_TYPES[cursor.uint8() ?? STATE_TYPES.length];
  const genesisHash = cursor.take(32);
  const [from, height] = [cursor.uint64(), cursor.uint64()];
  const headHash = cursor.take(32);
  if (kind === undefined || chainId === null || groupId === null || stateType === undefined) return null;
  if (genesisHash === null || from === null || height === null || headHash === null) return null;
  if (!cursor.isAtEnd || from > height || (kind === "backup" && from !== 0)) return null;
  return { kind, chainId, groupId, stateType, genesisHash, from, height, headHash };
}
