import { type EngineCodec, type OpenedMessage, proposalOf, type SignedMessage } from "@fb/consensus";
import type { Executed } from "@fb/consensus/core";
import {
  type Block,
  type BlockHeader,
  type BlockLimits,
  type CryptoSuite,
  decodeBlock,
  encodeBlock,
  equalBytes,
  type Hash,
  headerHash,
  proposalHeader,
  toHex,
  txRootOf,
} from "@fb/types";
import type { LockCert, PbftHeading, PbftMsg, PbftRecord } from "./core/messages.ts";
import { digestsOf } from "./digests.ts";
import {
  bytesOf,
  EMPTY_ENVELOPE,
  HASH_BYTES,
  MESSAGE_KINDS,
  NO_BYTES,
  RECORD_KINDS,
  SIGNATURE_BYTES,
  type WireCert,
  type WireEnvelope,
  wire,
} from "./wire.ts";

type Msg = PbftMsg<Block>;
type JournalRecord = PbftRecord<Block>;

/** Bytes of PBFT messages and journal records, and the digests behind their signatures (SPEC 8). */
export function createPbftCodec(
  suite: CryptoSuite,
  genesisHash: Hash,
  limits: BlockLimits,
): EngineCodec<Msg, JournalRecord, PbftHeading> {
  const executedOf = (sealed: Block): Executed<Block> => {
    const block = { header: proposalHeader(sealed.header), transactions: sealed.transactions };
    return { hash: toHex(headerHash(suite, sealed.header)), proposal: proposalOf(suite, block), sealed };
  };
  const readBlock = (bytes: Uint8Array, height: number): Block | null => {
    const block = decodeBlock(bytes, limits);
    return block !== null && block.header.number === height ? block : null;
  };

  const readMessage = (envelope: WireEnvelope): Msg | null => {
    const { height, view } = envelope;
    const hash = toHex(envelope.hash);
    const hashed = envelope.hash.length === HASH_BYTES;
    switch (envelope.kind) {
      case MESSAGE_KINDS.prepare: {
        const block = readBlock(envelope.block, height);
        const justify = readCert(envelope.cert);
        if (block === null || justify === undefined || !isProposal(suite, block.header)) return null;
        const proposal = proposalOf(suite, block);
        return proposal.id === hash ? { type: "prepare", height, view, proposal, justify } : null;
      }
      case MESSAGE_KINDS.sign:
        return hashed ? { type: "sign", height, view, hash } : null;
      case MESSAGE_KINDS.commit:
        return hashed ? { type: "commit", height, view, hash } : null;
      case MESSAGE_KINDS.viewChange: {
        const lock = readCert(envelope.cert);
        return lock === undefined ? null : { type: "viewChange", height, view, lock };
      }
      case MESSAGE_KINDS.status:
        return { type: "status", height, view, lacksBlock: envelope.lacksBlock };
      case MESSAGE_KINDS.fetch:
        return hashed ? { type: "fetch", height, hash } : null;
      case MESSAGE_KINDS.body: {
        const sealed = readBlock(envelope.block, height);
        if (sealed === null || !matchesTxRoot(suite, sealed)) return null;
        const executed = executedOf(sealed);
        return executed.hash === hash ? { type: "body", height, executed } : null;
      }
      default:
        return null;
    }
  };

  const readRecord = (envelope: WireEnvelope): JournalRecord | null => {
    const { height, view } = envelope;
    const hash = toHex(envelope.hash);
    switch (envelope.kind) {
      case RECORD_KINDS.proposed:
        return { type: "proposed", height, view, id: hash };
      case RECORD_KINDS.signed: {
        const sealed = envelope.block.length === 0 ? null : readBlock(envelope.block, height);
        if (sealed === null && envelope.block.length > 0) return null;
        return { type: "signed", height, view, hash, executed: sealed === null ? null : executedOf(sealed) };
      }
      case RECORD_KINDS.locked: {
        const cert = readCert(envelope.cert);
        return cert ? { type: "locked", height, cert } : null;
      }
      case RECORD_KINDS.view:
        return { type: "view", height, view };
      default:
        return null;
    }
  };

  const readSigned = (envelope: WireEnvelope): SignedMessage<Msg> | null => {
    const msg = readMessage(envelope);
    if (msg === null || envelope.height === 0) return null;
    const unsigned = msg.type === "status" || msg.type === "fetch" || msg.type === "body";
    if (unsigned) return { msg, signatures: [] };
    return envelope.signature.length === SIGNATURE_BYTES ? { msg, signatures: [envelope.signature] } : null;
  };

  const open = (envelope: WireEnvelope): OpenedMessage<Msg, PbftHeading> | null => {
    const longHash =
      envelope.hash.length > HASH_BYTES || (envelope.cert !== null && envelope.cert.hash.length > HASH_BYTES);
    const heading = longHash ? null : headingOf(envelope);
    if (heading === null) return null;
    const signatureCount = (envelope.signature.length > 0 ? 1 : 0) + (envelope.cert?.signatures.length ?? 0);
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
    liveRecords: (records, durable) => records.filter(({ height }) => height > durable),
  };
}

/** What the envelope alone says; its block and certificate are unread. */
function headingOf({ kind, height, view, hash: bytes, cert }: WireEnvelope): PbftHeading | null {
  const hash = toHex(bytes);
  const claim = cert === null ? null : { view: cert.view, hash: toHex(cert.hash) };
  switch (kind) {
    case MESSAGE_KINDS.prepare:
      return { type: "prepare", height, view, proposal: { id: hash }, justify: claim };
    case MESSAGE_KINDS.sign:
      return { type: "sign", height, view, hash };
    case MESSAGE_KINDS.commit:
      return { type: "commit", height, view, hash };
    case MESSAGE_KINDS.viewChange:
      return { type: "viewChange", height, view, lock: claim };
    case MESSAGE_KINDS.status:
      return { type: "status", height, view };
    case MESSAGE_KINDS.fetch:
      return { type: "fetch", height, hash };
    case MESSAGE_KINDS.body:
      return { type: "body", height, executed: { hash } };
    default:
      return null;
  }
}

function writeMessage(msg: Msg): WireEnvelope {
  const base = { ...EMPTY_ENVELOPE, kind: MESSAGE_KINDS[msg.type], height: msg.height };
  switch (msg.type) {
    case "prepare":
      return {
        ...base,
        view: msg.view,
        hash: bytesOf(msg.proposal.id),
        block: encodeBlock(msg.proposal.block),
        cert: writeCert(msg.justify),
      };
    case "sign":
    case "commit":
      return { ...base, view: msg.view, hash: bytesOf(msg.hash) };
    case "viewChange":
      return { ...base, view: msg.view, cert: writeCert(msg.lock) };
    case "status":
      return { ...base, view: msg.view, lacksBlock: msg.lacksBlock };
    case "fetch":
      return { ...base, hash: bytesOf(msg.hash) };
    default:
      return { ...base, hash: bytesOf(msg.executed.hash), block: encodeBlock(msg.executed.sealed) };
  }
}

function writeRecord(record: JournalRecord): WireEnvelope {
  const base = { ...EMPTY_ENVELOPE, kind: RECORD_KINDS[record.type], height: record.height };
  switch (record.type) {
    case "proposed":
      return { ...base, view: record.view, hash: bytesOf(record.id) };
    case "signed": {
      const block = record.executed === null ? NO_BYTES : encodeBlock(record.executed.sealed);
      return { ...base, view: record.view, hash: bytesOf(record.hash), block };
    }
    case "locked":
      return { ...base, cert: writeCert(record.cert) };
    default:
      return { ...base, view: record.view };
  }
}

function writeCert(cert: LockCert | null): WireCert | null {
  if (cert === null) return null;
  return {
    height: cert.height,
    view: cert.view,
    hash: bytesOf(cert.hash),
    sealers: cert.signs.map(({ sealer }) => sealer),
    signatures: cert.signs.map(({ signature }) => signature),
  };
}

/** Undefined when it is malformed. */
function readCert(cert: WireCert | null): LockCert | null | undefined {
  if (cert === null) return null;
  const { height, view, sealers, signatures } = cert;
  if (cert.hash.length !== HASH_BYTES || sealers.length !== signatures.length) return undefined;
  if (signatures.some((signature) => signature.length !== SIGNATURE_BYTES)) return undefined;
  const signs = sealers.map((sealer, i) => ({ sealer, signature: signatures[i]! }));
  return { height, view, hash: toHex(cert.hash), signs };
}

/** A proposal has its execution fields zero, so that one block has one form. */
function isProposal(suite: CryptoSuite, header: BlockHeader): boolean {
  return equalBytes(headerHash(suite, header), headerHash(suite, proposalHeader(header)));
}

function matchesTxRoot(suite: CryptoSuite, block: Block): boolean {
  const { header, transactions } = block;
  const root = txRootOf(suite, transactions, () => transactions.map((raw) => suite.hash(raw)));
  return equalBytes(root, header.txRoot);
}
