import type { CryptoSuite } from "./contracts/crypto.ts";
import type { Hash, Height } from "./ids.ts";
import { type RlpItem, rlpEncode, rlpUint } from "./rlp.ts";

const TEXT = new TextEncoder();
const SIGN_TAG = TEXT.encode("fb-sign/1");

/**
 * Everything a key of a group ever signs, with its number inside the digest. Numbers are never reused. `commit` is the
 * vote of a certificate; an initial sealer accepts a genesis by a commit vote for block 0 in round 0.
 */
export const SIGNING_TYPES = {
  commit: 1,
  pbftPrepare: 16,
  pbftSign: 17,
  pbftViewChange: 18,
  raftVoteRequest: 32,
  raftVoteResponse: 33,
  raftAppend: 34,
  raftAppendResponse: 35,
  raftRecover: 36,
  raftRecoverResponse: 37,
} as const;
export type SigningType = keyof typeof SIGNING_TYPES;

/** keccak256(rlp([tag, ...fields])): hashes of different things never collide. */
export function taggedHash(suite: CryptoSuite, tag: string, fields: readonly RlpItem[]): Hash {
  return suite.hash(rlpEncode([TEXT.encode(tag), ...fields]));
}

/**
 * The digest behind every signature (SPEC 5): keccak256(rlp([tag, genesisHash, type, ...fields])). A signature for
 * another group, another genesis or another message type is worthless.
 */
export function signingDigest(
  suite: CryptoSuite,
  genesisHash: Hash,
  type: SigningType,
  fields: readonly RlpItem[],
): Hash {
  return suite.hash(rlpEncode([SIGN_TAG, genesisHash, rlpUint(SIGNING_TYPES[type]), ...fields]));
}

/** What a commit vote covers: height, PBFT view or Raft term, and the hash of the executed header. */
export function commitDigest(
  suite: CryptoSuite,
  genesisHash: Hash,
  vote: { readonly height: Height; readonly round: number; readonly hash: Hash },
): Hash {
  return signingDigest(suite, genesisHash, "commit", [rlpUint(vote.height), rlpUint(vote.round), vote.hash]);
}
