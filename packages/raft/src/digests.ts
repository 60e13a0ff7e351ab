import { type Block, type CryptoSuite, commitDigest, type Hash, rlpUint, signingDigest } from "@fb/types";
import type { CommitVote, RaftMsg } from "./core/messages.ts";
import { bytesOf, OUTCOMES, recoverFlags } from "./wire.ts";

/** What the sender of a message signs, never over wire bytes (SPEC 8.1); nothing for a certificate, which proves itself. */
export function digestsOf(suite: CryptoSuite, genesisHash: Hash, msg: RaftMsg<Block>): readonly Hash[] {
  switch (msg.type) {
    case "voteRequest": {
      const { term, head, pre, tail } = msg;
      const fields = [term, head, pre ? 1 : 0, tail].map(rlpUint);
      return [signingDigest(suite, genesisHash, "raftVoteRequest", fields)];
    }
    case "voteResponse": {
      const { term, head, pre, granted } = msg;
      const fields = [term, head, pre ? 1 : 0, granted ? 1 : 0].map(rlpUint);
      return [signingDigest(suite, genesisHash, "raftVoteResponse", fields)];
    }
    case "append": {
      const { term, head, hash, entry } = msg;
      if (entry !== null) return [voteDigest(suite, genesisHash, { term, height: head + 1, hash: entry.hash })];
      return [signingDigest(suite, genesisHash, "raftAppend", [rlpUint(term), rlpUint(head), bytesOf(hash)])];
    }
    case "appendResponse": {
      const { term, head, outcome, height, hash } = msg;
      if (outcome === "stored") return [voteDigest(suite, genesisHash, msg)];
      const fields = [...[term, head, OUTCOMES.indexOf(outcome), height].map(rlpUint), bytesOf(hash)];
      return [signingDigest(suite, genesisHash, "raftAppendResponse", fields)];
    }
    case "recover": {
      const { run, term, head } = msg;
      return [signingDigest(suite, genesisHash, "raftRecover", [run, term, head].map(rlpUint))];
    }
    case "recoverResponse": {
      const { run, term, head, tail, heard } = msg;
      const fields = [run, term, head, tail, heard, recoverFlags(msg)].map(rlpUint);
      return [signingDigest(suite, genesisHash, "raftRecoverResponse", fields)];
    }
    default:
      return [];
  }
}

/** What the signatures of a commit certificate are over. */
export function voteDigest(suite: CryptoSuite, genesisHash: Hash, { term, height, hash }: CommitVote): Hash {
  return commitDigest(suite, genesisHash, { height, round: term, hash: bytesOf(hash) });
}
