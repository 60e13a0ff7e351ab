import { type BlockHeader, type CryptoSuite, decodeBlockHeader, equalBytes, type Hash, headerHash } from "@fb/types";
import type { PeerFaultCode } from "../errors.ts";
import { wire } from "../wire.ts";

/**
 * A block as a peer sent it, linked to its neighbours by its header, nothing more. The rest stays bytes until the block
 * is imported, so that what waits takes no more memory than it took on the wire.
 */
export interface CandidateBlock {
  readonly header: BlockHeader;
  readonly hash: Hash;
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

export type Examined =
  | { readonly ok: true; readonly blocks: readonly CandidateBlock[] }
  | { readonly ok: false; readonly code: PeerFaultCode };

/** What the bytes of an answer alone tell: numbers as asked, each block the parent of the next. */
export function examineAnswer(
  suite: CryptoSuite,
  asked: { readonly from: number; readonly count: number; readonly maxBytes: number },
  bytesOfItems: Uint8Array,
): Examined {
  let isTooMany = false;
  const mayBuild = (count: number) => {
    isTooMany = count > asked.count;
    return !isTooMany;
  };
  const items = wire.decode("BlockItems", bytesOfItems, mayBuild)?.items ?? null;
  if (items === null) return { ok: false, code: isTooMany ? "RESPONSE_WRONG" : "MESSAGE_MALFORMED" };
  const blocks: CandidateBlock[] = [];
  let bytes = 0;
  for (const [i, { block, certificate }] of items.entries()) {
    bytes += block.length;
    if (i > 0 && bytes > asked.maxBytes) return { ok: false, code: "RESPONSE_WRONG" };
    const header = decodeBlockHeader(block);
    if (header === null) return { ok: false, code: "BLOCK_MALFORMED" };
    if (header.number !== asked.from + i) return { ok: false, code: "RESPONSE_WRONG" };
    const previous = blocks.at(-1);
    if (previous !== undefined && !equalBytes(header.parentHash, previous.hash)) {
      return { ok: false, code: "BLOCK_MALFORMED" };
    }
    blocks.push({ header, hash: headerHash(suite, header), block, certificate });
  }
  return { ok: true, blocks };
}
