import { type Block, type CryptoSuite, commitDigest, type Hash, type RlpItem, rlpUint, signingDigest } from "@fb/types";
import type { LockCert, PbftMsg, Vote, VoteKind } from "./core/messages.ts";
import { bytesOf } from "./wire.ts";

/** What the sender of a message signs, never over wire bytes (SPEC 8.2); nothing for a message that promises nothing. */
export function digestsOf(suite: CryptoSuite, genesisHash: Hash, msg: PbftMsg<Block>): readonly Hash[] {
  switch (msg.type) {
    case "prepare": {
      const fields = [rlpUint(msg.height), rlpUint(msg.view), bytesOf(msg.proposal.id), lockItem(msg.justify)];
      return [signingDigest(suite, genesisHash, "pbftPrepare", fields)];
    }
    case "sign":
    case "commit":
      return [voteDigest(suite, genesisHash, msg.type, msg)];
    case "viewChange": {
      const fields = [rlpUint(msg.height), rlpUint(msg.view), lockItem(msg.lock)];
      return [signingDigest(suite, genesisHash, "pbftViewChange", fields)];
    }
    default:
      return [];
  }
}

/** What a Sign or a Commit covers; also what the signatures of a certificate are over. */
export function voteDigest(suite: CryptoSuite, genesisHash: Hash, kind: VoteKind, vote: Vote): Hash {
  const { height, view } = vote;
  const hash = bytesOf(vote.hash);
  if (kind === "commit") return commitDigest(suite, genesisHash, { height, round: view, hash });
  return signingDigest(suite, genesisHash, "pbftSign", [rlpUint(height), rlpUint(view), hash]);
}

/** The signatures of a certificate speak for themselves; the sender answers for having used it. */
function lockItem(lock: LockCert | null): RlpItem {
  return lock === null ? [] : [rlpUint(lock.view), bytesOf(lock.hash)];
}
