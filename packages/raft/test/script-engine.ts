import { fakeSignature, hashOf, isFakeSignature, type Label, type ScriptEngine } from "@fb/consensus/testing";
import { InvariantError, majorityQuorum, type NodeId } from "@fb/types";
import { liveRecords } from "../src/core/log.ts";
import type { CommitVote, RaftMsg, RaftRecord } from "../src/core/messages.ts";
import { createRaft, type RaftView } from "../src/core/raft.ts";

type Msg = RaftMsg<Label>;
type Record = RaftRecord<Label>;

export interface ScriptOptions {
  readonly minElectTicks: number;
  readonly maxElectTicks: number;
  readonly heartbeatTicks: number;
  readonly stallTicks: number;
  /**
   * The sealers change on the way: a term may then have a leader under each list, so that leadership is one per term
   * and height (SPEC 6.1), and a leader under an old list may lack what a newer one decided.
   */
  readonly sealersChange?: boolean;
}

function voteText({ term, height, hash }: CommitVote): string {
  return `stored ${term}/${height} ${hash}`;
}

/** How Raft looks to the script harness. One adapter per group: it remembers what the invariants need. */
export function raftScriptEngine(options: ScriptOptions): ScriptEngine<Msg, Record, RaftView> {
  const guard = new Guard();
  return {
    create: (self, image, seed) =>
      createRaft<Label>(
        {
          self,
          seed,
          ...options,
          verifyVote: (node, vote, signature) => isFakeSignature(node, voteText(vote), signature),
        },
        image,
      ),
    quorum: majorityQuorum,
    printMessage,
    ofConnection: () => false,
    printRecord,
    printView: (view) => {
      const tail = view.tail === null ? "" : ` tail=${view.tail.hash}@${view.tail.term}`;
      return `${view.role} term=${view.round} leader=${view.leader ?? "?"}${tail}`;
    },
    digests: (msg) => {
      if (msg.type === "decided") return [];
      if (msg.type === "recover") guard.fences.add(msg.term);
      return [signedVote(msg) ?? printMessage(msg)];
    },
    commitText: (height, round, hash) => {
      guard.decided(height, round);
      return voteText({ term: round, height, hash });
    },
    promise,
    covers: (record) => {
      if (record.type === "vote") return [`vote ${record.term}`];
      return record.type === "stored" ? [voteText(record)] : [];
    },
    votes: (record) => {
      // The grant of a fence looks like a vote; forgotten, it binds nobody any more (SPEC 10.1 d).
      if (record.type === "vote" && guard.fences.has(record.term)) return [];
      if (record.type === "vote") return [{ slot: `vote ${record.term}`, choice: record.vote }];
      if (record.type !== "stored") return [];
      return [{ slot: `stored ${at(record)}`, choice: record.hash }];
    },
    journalRule: (before, next) => orderRule(before, next, guard.fences) ?? guard.matches(next),
    live: liveRecords,
    // Votes under an earlier list bind nobody under a later one, so only within one list are they kept for ever.
    forgetfulMayLie: options.sealersChange === true,
    forgetful: (view) => view.recovering,
    exclusiveClaim: (view) => {
      if (view.role !== "leader") return null;
      if (options.sealersChange) return `term ${view.round} height ${view.height}`;
      guard.leads(view);
      return `term ${view.round}`;
    },
    parseMessage,
    forge: () => [],
  };
}

/** Invariants over all nodes of a group, beside those of the harness. */
class Guard {
  /** Terms that somebody put up as a fence. */
  readonly fences = new Set<number>();
  readonly #hashes = new Map<string, string>();
  readonly #decided = new Map<number, number>();

  /** A term has one block at a height. */
  matches(record: Record): string | null {
    if (record.type !== "stored") return null;
    const known = this.#hashes.get(at(record));
    this.#hashes.set(at(record), record.hash);
    return known === undefined || known === record.hash
      ? null
      : `two blocks at ${at(record)}: ${known}, ${record.hash}`;
  }

  decided(height: number, term: number): void {
    this.#decided.set(height, Math.min(term, this.#decided.get(height) ?? term));
  }

  /** Leader completeness: whoever leads has every block decided in earlier terms. */
  leads({ round, height, tail }: RaftView): void {
    const has = tail === null ? height - 1 : height;
    for (const [decided, term] of this.#decided) {
      if (term < round && decided > has) {
        throw new InvariantError("a leader without a decided block", { round, decided, term, has });
      }
    }
  }
}

/** Promises never go back to an earlier term, nor to an earlier height unless the chain was lost with the journal. */
function orderRule(before: readonly Record[], next: Record, fences: ReadonlySet<number>): string | null {
  const recovered = before.findLastIndex(({ type }) => type === "recovered");
  for (const [i, record] of before.entries()) {
    // A term that was heard of need never be entered.
    if (record.type === "heard" || next.type === "heard") continue;
    if (record.type === "vote" && fences.has(record.term)) continue;
    const back = i > recovered && record.type === "stored" && next.type === "stored" && record.height > next.height;
    if (back || record.term > next.term) return `${printRecord(next)} after ${printRecord(record)}`;
  }
  return null;
}

function at({ term, height }: Pick<CommitVote, "term" | "height">): string {
  return `${term}/${height}`;
}

/** The vote in a commit certificate that this message carries. */
function signedVote(msg: Msg): string | null {
  if (msg.type === "append" && msg.entry !== null) {
    return voteText({ term: msg.term, height: msg.head + 1, hash: msg.entry.hash });
  }
  return msg.type === "appendResponse" && msg.outcome === "stored" ? voteText(msg) : null;
}

/** SPEC 1.1: votes and signatures on a block; the harness lets nothing else depend on the disk. */
function promise(msg: Msg): string | null {
  switch (msg.type) {
    case "voteRequest":
      return msg.pre ? null : `vote ${msg.term}`;
    case "voteResponse":
      return msg.granted && !msg.pre ? `vote ${msg.term}` : null;
    case "recoverResponse":
      return msg.granted ? `vote ${msg.term}` : null;
    default:
      return signedVote(msg);
  }
}

function printMessage(msg: Msg): string {
  switch (msg.type) {
    case "voteRequest":
      return `${msg.pre ? "PreVote" : "Vote"} ${msg.term} head=${msg.head} tail=${msg.tail}`;
    case "voteResponse":
      return `${msg.pre ? "PreVoteReply" : "VoteReply"} ${msg.term} ${msg.granted ? "yes" : "no"} head=${msg.head}`;
    case "append": {
      const { entry } = msg;
      const block = entry === null ? "" : ` ${entry.hash}${entry.executed === null ? " (known)" : ""}`;
      return `Append ${msg.term} head=${msg.head}${block}`;
    }
    case "appendResponse":
      return `Reply ${msg.term} ${msg.outcome} ${msg.height} ${msg.hash} head=${msg.head}`;
    case "recover":
      return `Recover ${msg.term} run=${msg.run} head=${msg.head}`;
    case "recoverResponse": {
      const how = msg.forgetful ? "forgetful" : msg.granted ? "yes" : "no";
      return `RecoverReply ${msg.term} ${how} head=${msg.head} tail=${msg.tail} heard=${msg.heard} run=${msg.run}`;
    }
    default:
      return `Decided ${msg.head} ${msg.hash} term=${msg.certificate.round}`;
  }
}

function printRecord(record: Record): string {
  if (record.type === "vote") return `vote ${record.term} for ${record.vote}`;
  if (record.type === "heard") return `heard ${record.term}`;
  if (record.type === "recovered") return `recovered ${record.term} head=${record.head} tail=${record.tail}`;
  return `stored ${at(record)} ${record.hash}${record.executed === null ? "" : " with block"}`;
}

/** "Append 2 A! head=0 [parent=G!] [sealer=0]", "Decided 1 A! term=2 by=013", "Vote 3 head=0 tail=1" and so on. */
function parseMessage(text: string, sender: NodeId, nodes: readonly NodeId[]): Msg | null {
  const words = text.split(/\s+/);
  const options = new Map(words.filter((w) => w.includes("=")).map((w) => w.split("=") as [string, string]));
  const [word, first, hash] = words.filter((w) => !w.includes("="));
  const head = Number(options.get("head") ?? 0);
  const term = Number(first);
  switch (word) {
    case "PreVote":
    case "Vote":
      return { type: "voteRequest", term, head, pre: word === "PreVote", tail: Number(options.get("tail") ?? 0) };
    case "Append": {
      const parent = options.get("parent") ?? hashOf("G");
      if (hash === undefined) return { type: "append", term, head, hash: parent, entry: null };
      const label = hash.slice(0, hash.indexOf("!"));
      const sealer = Number(options.get("sealer") ?? nodes.indexOf(sender));
      const proposal = { id: label, parent, height: head + 1, sealer, block: label };
      return { type: "append", term, head, hash: parent, entry: { hash, executed: { hash, proposal, sealed: label } } };
    }
    case "Decided": {
      const vote = { term: Number(options.get("term")), height: term, hash: hash! };
      const signatures = [...(options.get("by") ?? "")].map((digit) => {
        const sealer = Number(digit);
        return { sealer, signature: fakeSignature(nodes[sealer] ?? sender, voteText(vote)) };
      });
      return { type: "decided", head: term, hash: hash!, certificate: { round: vote.term, signatures } };
    }
    default:
      return null;
  }
}
