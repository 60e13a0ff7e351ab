import { type EngineCodec, type OpenedMessage, proposalOf, type SignedMessage } from "@fb/consensus";
import type { Executed } from "@fb/consensus/core";
import { defineWire } from "@fb/runtime";
import {
  type Block,
  type BlockHeader,
  type BlockLimits,
  type CryptoSuite,
  commitDigest,
  decodeBlock,
  encodeBlock,
  equalBytes,
  fromHex,
  type Hash,
  type Hex,
  headerHash,
  MAX_MEMBERS,
  proposalHeader,
  type RlpItem,
  rlpUint,
  signingDigest,
  toHex,
  txRootOf,
} from "@fb/types";
import type { LockCert, PbftHeading, PbftMsg, PbftRecord, Vote, VoteKind } from "./core/messages.ts";

interface WireCert {
  height: number;
  view: number;
  hash: Uint8Array;
  sealers: number[];
  signatures: Uint8Array[];
}

/** Messages and records share one shape; `kind` says which fields count (SPEC 8). */
interface WireEnvelope {
  kind: number;
  height: number;
  view: number;
  hash: Uint8Array;
  block: Uint8Array;
  cert: WireCert | null;
  signature: Uint8Array;
  lacksBlock: boolean;
}

const PROTO = `
  message Cert { uint64 height = 1; uint64 view = 2; bytes hash = 3; repeated uint32 sealers = 4 [(max_count) = ${MAX_MEMBERS}]; repeated bytes signatures = 5 [(max_count) = ${MAX_MEMBERS}]; }
  message Envelope { uint32 kind = 1; uint64 height = 2; uint64 view = 3; bytes hash = 4; bytes block = 5; Cert cert = 6; bytes signature = 7; bool lacksBlock = 8; }
`;

/** Numbers are never reused. */
const MESSAGE_KINDS = { prepare: 1, sign: 2, commit: 3, viewChange: 4, status: 5, fetch: 6, body: 7 } as const;
const KIND_NAMES = new Map<number, Msg["type"]>(
  Object.entries(MESSAGE_KINDS).map(([type, kind]) => [kind, type as Msg["type"]]),
);
const RECORD_KINDS = { proposed: 1, signed: 2, locked: 3, view: 4 } as const;

const NONE = new Uint8Array(0);
const EMPTY_ENVELOPE: WireEnvelope = {
  kind: 0,
  height: 0,
  view: 0,
  hash: NONE,
  block: NONE,
  cert: null,
  signature: NONE,
  lacksBlock: false,
};
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 65;

type Msg = PbftMsg<Block>;
type Record = PbftRecord<Block>;

/** Bytes of PBFT messages and journal records, and the digests behind their signatures (SPEC 8). */
export function createPbftCodec(
  suite: CryptoSuite,
  genesisHash: Hash,
  limits: BlockLimits,
): EngineCodec<Msg, Record, PbftHeading> {
  const wire = defineWire<{ Envelope: WireEnvelope }>(PROTO);

  const executedOf = (sealed: Block): Executed<Block> => {
    const block = { header: proposalHeader(sealed.header), transactions: sealed.transactions };
    return { hash: toHex(headerHash(suite, sealed.header)), proposal: proposalOf(suite, block), sealed };
  };
  const readBlock = (bytes: Uint8Array, height: number): Block | null => {
    const block = decodeBlock(bytes, limits);
    return block !== null && block.header.number === height ? block : null;
  };

  const readMessage = (e: WireEnvelope): Msg | null => {
    const { height, view } = e;
    const hash = toHex(e.hash);
    const hashed = e.hash.length === HASH_BYTES;
    switch (e.kind) {
      case MESSAGE_KINDS.prepare: {
        const block = readBlock(e.block, height);
        const justify = readCert(e.cert);
        if (block === null || justify === undefined || !isProposal(suite, block.header)) return null;
        const proposal = proposalOf(suite, block);
        return proposal.id === hash ? { type: "prepare", height, view, proposal, justify } : null;
      }
      case MESSAGE_KINDS.sign:
        return hashed ? { type: "sign", height, view, hash } : null;
      case MESSAGE_KINDS.commit:
        return hashed ? { type: "commit", height, view, hash } : null;
      case MESSAGE_KINDS.viewChange: {
        const lock = readCert(e.cert);
        return lock === undefined ? null : { type: "viewChange", height, view, lock };
      }
      case MESSAGE_KINDS.status:
        return { type: "status", height, view, lacksBlock: e.lacksBlock };
      case MESSAGE_KINDS.fetch:
        return hashed ? { type: "fetch", height, hash } : null;
      case MESSAGE_KINDS.body: {
        const sealed = readBlock(e.block, height);
        if (sealed === null || !matchesTxRoot(suite, sealed)) return null;
        const executed = executedOf(sealed);
        return executed.hash === hash ? { type: "body", height, executed } : null;
      }
      default:
        return null;
    }
  };

  const readRecord = (e: WireEnvelope): Record | null => {
    const { height, view } = e;
    const hash = toHex(e.hash);
    switch (e.kind) {
      case RECORD_KINDS.proposed:
        return { type: "proposed", height, view, id: hash };
      case RECORD_KINDS.signed: {
        const sealed = e.block.length === 0 ? null : readBlock(e.block, height);
        if (sealed === null && e.block.length > 0) return null;
        return { type: "signed", height, view, hash, executed: sealed === null ? null : executedOf(sealed) };
      }
      case RECORD_KINDS.locked: {
        const cert = readCert(e.cert);
        return cert ? { type: "locked", height, cert } : null;
      }
      case RECORD_KINDS.view:
        return { type: "view", height, view };
      default:
        return null;
    }
  };

  const readSigned = (e: WireEnvelope): SignedMessage<Msg> | null => {
    const msg = readMessage(e);
    if (msg === null || e.height === 0) return null;
    const unsigned = msg.type === "status" || msg.type === "fetch" || msg.type === "body";
    if (unsigned) return { msg, signatures: [] };
    return e.signature.length === SIGNATURE_BYTES ? { msg, signatures: [e.signature] } : null;
  };

  const open = (e: WireEnvelope): OpenedMessage<Msg, PbftHeading> | null => {
    const longHash = e.hash.length > HASH_BYTES || (e.cert !== null && e.cert.hash.length > HASH_BYTES);
    const heading = longHash ? null : headingOf(e);
    if (heading === null) return null;
    const signatureCount = (e.signature.length > 0 ? 1 : 0) + (e.cert?.signatures.length ?? 0);
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
    liveRecords: (records, durable) => records.filter(({ height }) => height > durable),
  };
}

/** What a Sign or a Commit covers; also what the signatures of a certificate are over. */
export function voteDigest(suite: CryptoSuite, genesisHash: Hash, kind: VoteKind, vote: Vote): Hash {
  const { height, view } = vote;
  const hash = bytesOf(vote.hash);
  if (kind === "commit") return commitDigest(suite, genesisHash, { height, round: view, hash });
  return signingDigest(suite, genesisHash, "pbftSign", [rlpUint(height), rlpUint(view), hash]);
}

/** What the envelope alone says; its block and certificate are unread. */
function headingOf({ kind, height, view, hash: bytes, cert }: WireEnvelope): PbftHeading | null {
  const type = KIND_NAMES.get(kind);
  const hash = toHex(bytes);
  const claim = cert === null ? null : { view: cert.view, hash: toHex(cert.hash) };
  switch (type) {
    case undefined:
      return null;
    case "prepare":
      return { type, height, view, proposal: { id: hash }, justify: claim };
    case "viewChange":
      return { type, height, view, lock: claim };
    case "status":
      return { type, height, view };
    case "sign":
    case "commit":
      return { type, height, view, hash };
    case "fetch":
      return { type, height, hash };
    case "body":
      return { type, height, executed: { hash } };
    default:
      return type satisfies never;
  }
}

function digestsOf(suite: CryptoSuite, genesisHash: Hash, msg: Msg): readonly Hash[] {
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

/** The signatures of a certificate speak for themselves; the sender answers for having used it. */
function lockItem(lock: LockCert | null): RlpItem {
  return lock === null ? [] : [rlpUint(lock.view), bytesOf(lock.hash)];
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

function writeRecord(record: Record): WireEnvelope {
  const base = { ...EMPTY_ENVELOPE, kind: RECORD_KINDS[record.type], height: record.height };
  switch (record.type) {
    case "proposed":
      return { ...base, view: record.view, hash: bytesOf(record.id) };
    case "signed": {
      const block = record.executed === null ? NONE : encodeBlock(record.executed.sealed);
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

function bytesOf(hex: Hex): Uint8Array {
  return fromHex(hex)!;
}
