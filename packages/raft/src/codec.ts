import { type EngineCodec, type OpenedMessage, proposalOf, type SignedMessage } from "@fb/consensus";
import type { Executed } from "@fb/consensus/core";
import { defineWire } from "@fb/runtime";
import {
  type Block,
  type BlockLimits,
  type CommitCertificate,
  type CryptoSuite,
  commitDigest,
  decodeBlock,
  decodeCertificate,
  encodeBlock,
  encodeCertificate,
  equalBytes,
  fromHex,
  type Hash,
  type Hex,
  headerHash,
  type NodeId,
  proposalHeader,
  rlpUint,
  signingDigest,
  toHex,
  txRootOf,
} from "@fb/types";
import { liveRecords } from "./core/log.ts";
import type {
  AppendOutcome,
  CommitVote,
  RaftHeading,
  RaftMsg,
  RaftRecord,
  RecoverResponseMsg,
} from "./core/messages.ts";

/** Messages and records share one shape; `kind` says which fields count (SPEC 8). */
interface WireEnvelope {
  kind: number;
  term: number;
  head: number;
  height: number;
  hash: Uint8Array;
  /**
   * Votes: bit 0 = pre, bit 1 = granted. An append: 1 = has an entry. Its response: the outcome. Who answers for a
   * recovery: bit 0 = forgetful, bit 1 = granted.
   */
  flags: number;
  tail: number;
  entry: Uint8Array;
  block: Uint8Array;
  certificate: Uint8Array;
  signature: Uint8Array;
  run: number;
}

const PROTO = `
  message Envelope {
    uint32 kind = 1; uint64 term = 2; uint64 head = 3; uint64 height = 4; bytes hash = 5; uint32 flags = 6;
    uint64 tail = 7; bytes entry = 8; bytes block = 9; bytes certificate = 10; bytes signature = 11;
    uint64 run = 12;
  }
`;

/** Numbers are never reused. */
const MESSAGE_KINDS = {
  voteRequest: 1,
  voteResponse: 2,
  append: 3,
  appendResponse: 4,
  decided: 5,
  recover: 6,
  recoverResponse: 7,
} as const;
const RECORD_KINDS = { vote: 1, stored: 2, heard: 3, recovered: 4 } as const;
const OUTCOMES: readonly AppendOutcome[] = ["stored", "working", "missing", "refused"];

const PRE = 1;
const FORGETFUL = 1;
const GRANTED = 2;
const NONE = new Uint8Array(0);
const EMPTY_ENVELOPE: WireEnvelope = {
  kind: 0,
  term: 0,
  head: 0,
  height: 0,
  hash: NONE,
  flags: 0,
  tail: 0,
  entry: NONE,
  block: NONE,
  certificate: NONE,
  signature: NONE,
  run: 0,
};
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 65;
const NODE_ID_BYTES = 64;

type Msg = RaftMsg<Block>;
type Record = RaftRecord<Block>;

/** Bytes of Raft messages and journal records, and the digests behind their signatures (SPEC 8). */
export function createRaftCodec(
  suite: CryptoSuite,
  genesisHash: Hash,
  limits: BlockLimits,
): EngineCodec<Msg, Record, RaftHeading> {
  const wire = defineWire<{ Envelope: WireEnvelope }>(PROTO);

  /** The block at `height` whose header has this hash; null when the bytes are none. */
  const readBlock = (bytes: Uint8Array, height: number, hash: Uint8Array): Executed<Block> | null => {
    const sealed = decodeBlock(bytes, limits);
    if (sealed === null || sealed.header.number !== height) return null;
    if (!equalBytes(headerHash(suite, sealed.header), hash)) return null;
    const root = txRootOf(suite, sealed.transactions, () => sealed.transactions.map((raw) => suite.hash(raw)));
    if (!equalBytes(root, sealed.header.txRoot)) return null;
    const block = { header: proposalHeader(sealed.header), transactions: sealed.transactions };
    return { hash: toHex(hash), proposal: proposalOf(suite, block), sealed };
  };

  const readAppend = (e: WireEnvelope): Msg | null => {
    const { term, head } = e;
    const hash = toHex(e.hash);
    if (e.hash.length !== HASH_BYTES || e.flags > 1) return null;
    if (e.flags === 0) return { type: "append", term, head, hash, entry: null };
    if (e.entry.length !== HASH_BYTES) return null;
    const executed = e.block.length === 0 ? null : readBlock(e.block, head + 1, e.entry);
    if (executed === null && e.block.length > 0) return null;
    return { type: "append", term, head, hash, entry: { hash: toHex(e.entry), executed } };
  };

  /** What the envelope alone says; its block and certificate are unread. */
  const headingOf = (e: WireEnvelope): RaftHeading | null => {
    const { head, term } = e;
    if (e.kind === MESSAGE_KINDS.append) {
      const entry = e.flags === 0 ? null : { hash: toHex(e.entry) };
      return { type: "append", term, head, hash: toHex(e.hash), entry };
    }
    if (e.kind === MESSAGE_KINDS.decided) return { type: "decided", head, hash: toHex(e.hash) };
    const msg = readMessage(e);
    return msg?.type === "append" || msg?.type === "decided" ? null : msg;
  };

  const readMessage = (e: WireEnvelope): Msg | null => {
    const { term, head, height } = e;
    const hash = toHex(e.hash);
    const hashed = e.hash.length === HASH_BYTES;
    switch (e.kind) {
      case MESSAGE_KINDS.voteRequest:
        if (e.flags > PRE) return null;
        return { type: "voteRequest", term, head, pre: e.flags === PRE, tail: e.tail };
      case MESSAGE_KINDS.voteResponse:
        if (e.flags > PRE + GRANTED) return null;
        return { type: "voteResponse", term, head, pre: (e.flags & PRE) !== 0, granted: (e.flags & GRANTED) !== 0 };
      case MESSAGE_KINDS.append:
        return readAppend(e);
      case MESSAGE_KINDS.appendResponse: {
        const outcome = OUTCOMES[e.flags];
        return outcome === undefined || !hashed ? null : { type: "appendResponse", term, head, outcome, height, hash };
      }
      case MESSAGE_KINDS.recover:
        return { type: "recover", run: e.run, term, head };
      case MESSAGE_KINDS.recoverResponse: {
        if (e.flags > FORGETFUL + GRANTED) return null;
        const [granted, forgetful] = [(e.flags & GRANTED) !== 0, (e.flags & FORGETFUL) !== 0];
        return { type: "recoverResponse", run: e.run, term, head, tail: e.tail, heard: height, granted, forgetful };
      }
      case MESSAGE_KINDS.decided: {
        const certificate = decodeCertificate(e.certificate);
        return certificate === null || !hashed ? null : { type: "decided", head, hash, certificate };
      }
      default:
        return null;
    }
  };

  const readSigned = (e: WireEnvelope): SignedMessage<Msg> | null => {
    const msg = readMessage(e);
    if (msg === null) return null;
    if (msg.type === "decided") return { msg, signatures: [] };
    return e.signature.length === SIGNATURE_BYTES ? { msg, signatures: [e.signature] } : null;
  };

  const readRecord = (e: WireEnvelope): Record | null => {
    const { term, height } = e;
    switch (e.kind) {
      case RECORD_KINDS.vote:
        return e.entry.length === NODE_ID_BYTES ? { type: "vote", term, vote: toHex(e.entry) as NodeId } : null;
      case RECORD_KINDS.heard:
        return { type: "heard", term };
      case RECORD_KINDS.recovered:
        return { type: "recovered", term, head: e.head, tail: e.tail };
      case RECORD_KINDS.stored: {
        if (e.hash.length !== HASH_BYTES) return null;
        const executed = e.block.length === 0 ? null : readBlock(e.block, height, e.hash);
        if (executed === null && e.block.length > 0) return null;
        return { type: "stored", term, height, hash: toHex(e.hash), executed };
      }
      default:
        return null;
    }
  };

  const open = (e: WireEnvelope): OpenedMessage<Msg, RaftHeading> | null => {
    // What stands on a head is one higher, and that must be a number too.
    if (e.head >= Number.MAX_SAFE_INTEGER) return null;
    const heading = e.hash.length > HASH_BYTES || e.entry.length > HASH_BYTES ? null : headingOf(e);
    if (heading === null) return null;
    // A certificate is little else than signatures.
    const signatureCount = Math.ceil((e.signature.length + e.certificate.length) / SIGNATURE_BYTES);
    return { heading, signatureCount, read: () => readSigned(e) };
  };

  return {
    encodeMessage: ({ msg, signatures }) =>
      wire.encode("Envelope", { ...writeMessage(msg), signature: signatures[0] ?? NONE }),
    openMessage: (bytes) => {
      const envelope = wire.decode("Envelope", bytes);
      return envelope === null ? null : open(envelope);
    },
    digests: (msg) => digestsOf(suite, genesisHash, msg),
    encodeRecord: (record) => wire.encode("Envelope", writeRecord(record)),
    decodeRecord: (bytes) => {
      const envelope = wire.decode("Envelope", bytes);
      return envelope === null ? null : readRecord(envelope);
    },
    liveRecords,
  };
}

/** What the signatures of a commit certificate are over. */
export function voteDigest(suite: CryptoSuite, genesisHash: Hash, { term, height, hash }: CommitVote): Hash {
  return commitDigest(suite, genesisHash, { height, round: term, hash: bytesOf(hash) });
}

function digestsOf(suite: CryptoSuite, genesisHash: Hash, msg: Msg): readonly Hash[] {
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

function recoverFlags({ granted, forgetful }: RecoverResponseMsg<Block>): number {
  return (granted ? GRANTED : 0) + (forgetful ? FORGETFUL : 0);
}

function writeMessage(msg: Msg): WireEnvelope {
  const base = { ...EMPTY_ENVELOPE, kind: MESSAGE_KINDS[msg.type], head: msg.head };
  switch (msg.type) {
    case "voteRequest":
      return { ...base, term: msg.term, flags: msg.pre ? PRE : 0, tail: msg.tail };
    case "voteResponse":
      return { ...base, term: msg.term, flags: (msg.pre ? PRE : 0) + (msg.granted ? GRANTED : 0) };
    case "append": {
      const { term, entry } = msg;
      const plain = { ...base, term, hash: bytesOf(msg.hash) };
      if (entry === null) return plain;
      return { ...plain, flags: 1, entry: bytesOf(entry.hash), block: blockBytes(entry.executed) };
    }
    case "appendResponse": {
      const { term, outcome, height, hash } = msg;
      return { ...base, term, flags: OUTCOMES.indexOf(outcome), height, hash: bytesOf(hash) };
    }
    case "recover":
      return { ...base, term: msg.term, run: msg.run };
    case "recoverResponse": {
      const { run, term, tail, heard } = msg;
      return { ...base, run, term, tail, height: heard, flags: recoverFlags(msg) };
    }
    default:
      return { ...base, hash: bytesOf(msg.hash), certificate: certificateBytes(msg.certificate) };
  }
}

function writeRecord(record: Record): WireEnvelope {
  const base = { ...EMPTY_ENVELOPE, kind: RECORD_KINDS[record.type], term: record.term };
  if (record.type === "vote") return { ...base, entry: bytesOf(record.vote) };
  if (record.type === "heard") return base;
  if (record.type === "recovered") return { ...base, head: record.head, tail: record.tail };
  const { height, hash, executed } = record;
  return { ...base, height, hash: bytesOf(hash), block: blockBytes(executed) };
}

function blockBytes(executed: Executed<Block> | null): Uint8Array {
  return executed === null ? NONE : encodeBlock(executed.sealed);
}

function certificateBytes(certificate: CommitCertificate): Uint8Array {
  return encodeCertificate(certificate);
}

function bytesOf(hex: Hex): Uint8Array {
  return fromHex(hex)!;
}
