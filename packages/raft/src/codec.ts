import { type EngineCodec, type OpenedMessage, proposalOf, type SignedMessage } from "@fb/consensus";
import type { Executed } from "@fb/consensus/core";
import {
  type Block,
  type BlockLimits,
  type CryptoSuite,
  decodeBlock,
  decodeCertificate,
  encodeBlock,
  encodeCertificate,
  equalBytes,
  type Hash,
  headerHash,
  isNodeId,
  proposalHeader,
  toHex,
  txRootOf,
} from "@fb/types";
import { liveRecords } from "./core/log.ts";
import type { RaftHeading, RaftMsg, RaftRecord } from "./core/messages.ts";
import { digestsOf } from "./digests.ts";
import {
  bytesOf,
  EMPTY_ENVELOPE,
  FORGETFUL,
  GRANTED,
  HASH_BYTES,
  MESSAGE_KINDS,
  NO_BYTES,
  OUTCOMES,
  PRE,
  RECORD_KINDS,
  recoverFlags,
  SIGNATURE_BYTES,
  type WireEnvelope,
  wire,
} from "./wire.ts";

type Msg = RaftMsg<Block>;
type JournalRecord = RaftRecord<Block>;

/** Bytes of Raft messages and journal records, and the digests behind their signatures (SPEC 8). */
export function createRaftCodec(
  suite: CryptoSuite,
  genesisHash: Hash,
  limits: BlockLimits,
): EngineCodec<Msg, JournalRecord, RaftHeading> {
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

  const readAppend = (envelope: WireEnvelope): Msg | null => {
    const { term, head } = envelope;
    const hash = toHex(envelope.hash);
    if (envelope.hash.length !== HASH_BYTES || envelope.flags > 1) return null;
    if (envelope.flags === 0) return { type: "append", term, head, hash, entry: null };
    if (envelope.entry.length !== HASH_BYTES) return null;
    const executed = envelope.block.length === 0 ? null : readBlock(envelope.block, head + 1, envelope.entry);
    if (executed === null && envelope.block.length > 0) return null;
    return { type: "append", term, head, hash, entry: { hash: toHex(envelope.entry), executed } };
  };

  /** What the envelope alone says; its block and certificate are unread. */
  const headingOf = (envelope: WireEnvelope): RaftHeading | null => {
    const { head, term } = envelope;
    if (envelope.kind === MESSAGE_KINDS.append) {
      const entry = envelope.flags === 0 ? null : { hash: toHex(envelope.entry) };
      return { type: "append", term, head, hash: toHex(envelope.hash), entry };
    }
    if (envelope.kind === MESSAGE_KINDS.decided) return { type: "decided", head, hash: toHex(envelope.hash) };
    const msg = readMessage(envelope);
    return msg?.type === "append" || msg?.type === "decided" ? null : msg;
  };

  const readMessage = (envelope: WireEnvelope): Msg | null => {
    const { term, head, height } = envelope;
    const hash = toHex(envelope.hash);
    const hashed = envelope.hash.length === HASH_BYTES;
    switch (envelope.kind) {
      case MESSAGE_KINDS.voteRequest:
        if (envelope.flags > PRE) return null;
        return { type: "voteRequest", term, head, pre: envelope.flags === PRE, tail: envelope.tail };
      case MESSAGE_KINDS.voteResponse:
        if (envelope.flags > PRE + GRANTED) return null;
        return {
          type: "voteResponse",
          term,
          head,
          pre: (envelope.flags & PRE) !== 0,
          granted: (envelope.flags & GRANTED) !== 0,
        };
      case MESSAGE_KINDS.append:
        return readAppend(envelope);
      case MESSAGE_KINDS.appendResponse: {
        const outcome = OUTCOMES[envelope.flags];
        return outcome === undefined || !hashed ? null : { type: "appendResponse", term, head, outcome, height, hash };
      }
      case MESSAGE_KINDS.recover:
        return { type: "recover", run: envelope.run, term, head };
      case MESSAGE_KINDS.recoverResponse: {
        if (envelope.flags > FORGETFUL + GRANTED) return null;
        const [granted, forgetful] = [(envelope.flags & GRANTED) !== 0, (envelope.flags & FORGETFUL) !== 0];
        return {
          type: "recoverResponse",
          run: envelope.run,
          term,
          head,
          tail: envelope.tail,
          heard: height,
          granted,
          forgetful,
        };
      }
      case MESSAGE_KINDS.decided: {
        const certificate = decodeCertificate(envelope.certificate);
        return certificate === null || !hashed ? null : { type: "decided", head, hash, certificate };
      }
      default:
        return null;
    }
  };

  const readSigned = (envelope: WireEnvelope): SignedMessage<Msg> | null => {
    const msg = readMessage(envelope);
    if (msg === null) return null;
    if (msg.type === "decided") return { msg, signatures: [] };
    return envelope.signature.length === SIGNATURE_BYTES ? { msg, signatures: [envelope.signature] } : null;
  };

  const readRecord = (envelope: WireEnvelope): JournalRecord | null => {
    const { term, height } = envelope;
    switch (envelope.kind) {
      case RECORD_KINDS.vote: {
        const vote = toHex(envelope.entry);
        return isNodeId(vote) ? { type: "vote", term, vote } : null;
      }
      case RECORD_KINDS.heard:
        return { type: "heard", term };
      case RECORD_KINDS.recovered:
        return { type: "recovered", term, head: envelope.head, tail: envelope.tail };
      case RECORD_KINDS.stored: {
        if (envelope.hash.length !== HASH_BYTES) return null;
        const executed = envelope.block.length === 0 ? null : readBlock(envelope.block, height, envelope.hash);
        if (executed === null && envelope.block.length > 0) return null;
        return { type: "stored", term, height, hash: toHex(envelope.hash), executed };
      }
      default:
        return null;
    }
  };

  const open = (envelope: WireEnvelope): OpenedMessage<Msg, RaftHeading> | null => {
    // What stands on a head is one higher, and that must be a number too.
    if (envelope.head >= Number.MAX_SAFE_INTEGER) return null;
    const heading =
      envelope.hash.length > HASH_BYTES || envelope.entry.length > HASH_BYTES ? null : headingOf(envelope);
    if (heading === null) return null;
    // A certificate is little else than signatures.
    const signatureCount = Math.ceil((envelope.signature.length + envelope.certificate.length) / SIGNATURE_BYTES);
    return { heading, signatureCount, read: () => readSigned(envelope) };
  };

  return {
    encodeMessage: ({ msg, signatures }) =>
      wire.encode("Envelope", { ...writeMessage(msg), signature: signatures[0] ?? NO_BYTES }),
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
      return { ...base, hash: bytesOf(msg.hash), certificate: encodeCertificate(msg.certificate) };
  }
}

function writeRecord(record: JournalRecord): WireEnvelope {
  const base = { ...EMPTY_ENVELOPE, kind: RECORD_KINDS[record.type], term: record.term };
  if (record.type === "vote") return { ...base, entry: bytesOf(record.vote) };
  if (record.type === "heard") return base;
  if (record.type === "recovered") return { ...base, head: record.head, tail: record.tail };
  const { height, hash, executed } = record;
  return { ...base, height, hash: bytesOf(hash), block: blockBytes(executed) };
}

function blockBytes(executed: Executed<Block> | null): Uint8Array {
  return executed === null ? NO_BYTES : encodeBlock(executed.sealed);
}
