import {
  type Block,
  type BlockLimits,
  type CommitCertificate,
  type CryptoSuite,
  decodeBlock,
  decodeCertificate,
  equalBytes,
  type Hash,
  headerHash,
} from "@fb/types";
import type { PeerFaultCode } from "../errors.ts";
import { wire } from "../wire.ts";

/** A block as a peer sent it, decoded and linked to its neighbours, nothing more. */
export interface CandidateBlock {
  readonly block: Block;
  readonly hash: Hash;
  readonly certificate: CommitCertificate;
}

export type Examined =
  | { readonly ok: true; readonly blocks: readonly CandidateBlock[] }
  | { readonly ok: false; readonly code: PeerFaultCode };

/** What the bytes of an answer alone tell: numbers as asked, each block the parent of the next, certificates decodable. */
export function examineAnswer(
  suite: CryptoSuite,
  limits: BlockLimits,
  asked: { readonly from: number; readonly count: number; readonly maxBytes: number },
  bytesOfItems: Uint8Array,
): Examined {
  const items = wire.decode("BlockItems", bytesOfItems)?.items ?? null;
  if (items === null) return { ok: false, code: "MESSAGE_MALFORMED" };
  if (items.length > asked.count) return { ok: false, code: "RESPONSE_WRONG" };
  const blocks: CandidateBlock[] = [];
  let bytes = 0;
  for (const [i, item] of items.entries()) {
    bytes += item.block.length;
    if (i > 0 && bytes > asked.maxBytes) return { ok: false, code: "RESPONSE_WRONG" };
    const block = decodeBlock(item.block, limits);
    const certificate = decodeCertificate(item.certificate);
    if (block === null || certificate === null) return { ok: false, code: "BLOCK_MALFORMED" };
    if (block.header.number !== asked.from + i) return { ok: false, code: "RESPONSE_WRONG" };
    const previous = blocks.at(-1);
    if (previous !== undefined && !equalBytes(block.header.parentHash, previous.hash)) {
      return { ok: false, code: "BLOCK_MALFORMED" };
    }
    blocks.push({ block, hash: headerHash(suite, block.header), certificate });
  }
  return { ok: true, blocks };
}
