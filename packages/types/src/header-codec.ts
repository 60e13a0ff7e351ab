import { ZERO_HASH } from "./bytes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import { invariant } from "./errors.ts";
import type { BlockHeader } from "./header.ts";
import type { Hash } from "./ids.ts";
import { rlpEncode, rlpUint } from "./rlp.ts";
import { RlpReader } from "./rlp-reader.ts";

/** Bytes of `extraData` a header may carry. */
export const MAX_EXTRA_DATA_BYTES = 1024;
export const BLOOM_BYTES = 256;
/** A bloom nothing was added to. Never written to. */
export const EMPTY_BLOOM: Uint8Array = new Uint8Array(BLOOM_BYTES);

/** Canonical RLP of a header (SPEC 2). */
export function encodeHeader(header: BlockHeader): Uint8Array {
  for (const hash of hashesOf(header)) invariant(hash.length === 32, "a header hash is 32 bytes");
  invariant(header.logsBloom.length === BLOOM_BYTES, "a bloom is 256 bytes");
  invariant(header.extraData.length <= MAX_EXTRA_DATA_BYTES, "extraData is too long");
  return rlpEncode([
    header.parentHash,
    rlpUint(header.number),
    rlpUint(header.timestamp),
    header.stateRoot,
    header.tablesRoot,
    header.txRoot,
    header.receiptRoot,
    header.membersHash,
    header.logsBloom,
    rlpUint(header.gasLimit),
    rlpUint(header.gasUsed),
    rlpUint(header.sealer),
    header.extraData,
  ]);
}

/** The header in `bytes`, its byte fields as views; null unless they are exactly one canonical header. */
export function decodeHeader(bytes: Uint8Array): BlockHeader | null {
  const outer = new RlpReader(bytes);
  const reader = outer.list();
  if (reader === null || !outer.done) return null;
  const parentHash = reader.fixed(32);
  if (parentHash === null) return null;
  const number = reader.uint();
  if (number < 0) return null;
  const timestamp = reader.uint();
  if (timestamp < 0) return null;
  const stateRoot = reader.fixed(32);
  if (stateRoot === null) return null;
  const tablesRoot = reader.fixed(32);
  if (tablesRoot === null) return null;
  const txRoot = reader.fixed(32);
  if (txRoot === null) return null;
  const receiptRoot = reader.fixed(32);
  if (receiptRoot === null) return null;
  const membersHash = reader.fixed(32);
  if (membersHash === null) return null;
  const logsBloom = reader.fixed(BLOOM_BYTES);
  if (logsBloom === null) return null;
  const gasLimit = reader.uint();
  if (gasLimit < 0) return null;
  const gasUsed = reader.uint();
  if (gasUsed < 0) return null;
  const sealer = reader.uint();
  if (sealer < 0) return null;
  const extraData = reader.view();
  if (extraData === null || extraData.length > MAX_EXTRA_DATA_BYTES || !reader.done) return null;
  return {
    parentHash,
    number,
    timestamp,
    stateRoot,
    tablesRoot,
    txRoot,
    receiptRoot,
    membersHash,
    logsBloom,
    gasLimit,
    gasUsed,
    sealer,
    extraData,
  };
}

/** The block hash: keccak256 of the header's encoding. */
export function headerHash(suite: CryptoSuite, header: BlockHeader): Hash {
  return suite.hash(encodeHeader(header));
}

/** The header with its execution fields zeroed: what a leader proposes before anybody has executed. */
export function proposalHeader(header: BlockHeader): BlockHeader {
  return {
    ...header,
    stateRoot: ZERO_HASH,
    tablesRoot: ZERO_HASH,
    receiptRoot: ZERO_HASH,
    membersHash: ZERO_HASH,
    logsBloom: EMPTY_BLOOM,
    gasUsed: 0,
  };
}

/** Identifies a proposal before and after execution: the hash of its {@link proposalHeader}. */
export function proposalId(suite: CryptoSuite, header: BlockHeader): Hash {
  return headerHash(suite, proposalHeader(header));
}

function hashesOf(header: BlockHeader): Hash[] {
  const { parentHash, stateRoot, tablesRoot, txRoot, receiptRoot, membersHash } = header;
  return [parentHash, stateRoot, tablesRoot, txRoot, receiptRoot, membersHash];
}
