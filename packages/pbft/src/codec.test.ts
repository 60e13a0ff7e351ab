import { createCryptoSuite } from "@fb/crypto/portable";
import { createSeededRng } from "@fb/runtime/testing";
import {
  type Block,
  type BlockHeader,
  type CryptoSuite,
  headerHash,
  proposalHeader,
  proposalId,
  toHex,
  txRoot,
} from "@fb/types";
import { beforeAll, describe, expect, it } from "vitest";
import { createPbftCodec } from "./codec.ts";
import type { LockCert, PbftMsg, PbftRecord } from "./core/messages.ts";

type Codec = ReturnType<typeof createPbftCodec>;

const filled = (byte: number, length = 32) => new Uint8Array(length).fill(byte);
const GENESIS = filled(9);
const LIMITS = { maxBytes: 1 << 20, maxTransactions: 100 };

let suite: CryptoSuite;
let codec: Codec;
let sealed: Block;
let proposal: Block;
let messages: PbftMsg<Block>[];
let records: PbftRecord<Block>[];

beforeAll(async () => {
  suite = await createCryptoSuite();
  codec = createPbftCodec(suite, GENESIS, LIMITS);
  const transactions = [filled(1, 3), filled(2, 200)];
  const header: BlockHeader = {
    parentHash: filled(3),
    number: 5,
    timestamp: 1_700_000_000_123,
    stateRoot: filled(4),
    tablesRoot: filled(5),
    txRoot: txRoot(
      suite,
      transactions.map((raw) => suite.hash(raw)),
    ),
    receiptRoot: filled(6),
    membersHash: filled(7),
    logsBloom: filled(8, 256),
    gasLimit: 1000,
    gasUsed: 21,
    sealer: 2,
    extraData: filled(1, 4),
  };
  sealed = { header, transactions };
  proposal = { header: proposalHeader(header), transactions };
  const hash = toHex(headerHash(suite, header));
  const id = toHex(proposalId(suite, header));
  const core = { id, parent: toHex(filled(3)), height: 5, sealer: 2, block: proposal };
  const lock: LockCert = {
    height: 5,
    view: 1,
    hash,
    signs: [0, 1, 3].map((sealer) => ({ sealer, signature: filled(sealer + 1, 65) })),
  };
  const executed = { hash, proposal: core, sealed };
  messages = [
    { type: "prepare", height: 5, view: 0, proposal: core, justify: null },
    { type: "prepare", height: 5, view: 2, proposal: core, justify: lock },
    { type: "sign", height: 5, view: 2, hash },
    { type: "commit", height: 5, view: 2, hash },
    { type: "viewChange", height: 5, view: 3, lock: null },
    { type: "viewChange", height: 5, view: 3, lock },
    { type: "status", height: 5, view: 3, lacksBlock: true },
    { type: "fetch", height: 5, hash },
    { type: "body", height: 5, executed },
  ];
  records = [
    { type: "proposed", height: 5, view: 0, id },
    { type: "signed", height: 5, view: 0, hash, executed },
    { type: "signed", height: 5, view: 1, hash, executed: null },
    { type: "locked", height: 5, cert: lock },
    { type: "view", height: 5, view: 4 },
  ];
});

const decode = (bytes: Uint8Array) => codec.openMessage(bytes)?.read() ?? null;
const sign = (msg: PbftMsg<Block>) => codec.digests(msg).map((_, i) => filled(i + 7, 65));

describe("PBFT codec (SPEC 8.2)", () => {
  it("gives back every message and record (SPEC 2.1)", () => {
    for (const msg of messages) {
      const message = { msg, signatures: sign(msg) };
      expect(decode(codec.encodeMessage(message))).toEqual(message);
    }
    for (const record of records) expect(codec.decodeRecord(codec.encodeRecord(record))).toEqual(record);
  });

  it("keeps its digests and bytes", () => {
    const digests = messages.flatMap((msg) => codec.digests(msg).map(toHex));
    expect(new Set(digests).size).toBe(digests.length);
    expect(digests).toMatchSnapshot();
    const bytes = [
      ...messages.map((msg) => codec.encodeMessage({ msg, signatures: sign(msg) })),
      ...records.map((record) => codec.encodeRecord(record)),
    ];
    expect(bytes.map((one) => toHex(suite.hash(one)))).toMatchSnapshot();
  });

  it("signs another digest for another genesis, height, view, hash and lock", () => {
    const other = createPbftCodec(suite, filled(8), LIMITS);
    const vote = { type: "sign", height: 5, view: 2, hash: toHex(filled(1)) } as const;
    const digests = [
      codec.digests(vote),
      other.digests(vote),
      codec.digests({ ...vote, type: "commit" }),
      codec.digests({ ...vote, height: 6 }),
      codec.digests({ ...vote, view: 3 }),
      codec.digests({ ...vote, hash: toHex(filled(2)) }),
    ].map(([digest]) => toHex(digest!));
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("refuses a proposal with execution results, a body under a wrong root, and a block of another height", () => {
    const [prepare] = messages as [Extract<PbftMsg<Block>, { type: "prepare" }>];
    const encode = (msg: PbftMsg<Block>) => codec.encodeMessage({ msg, signatures: sign(msg) });
    const withBlock = (block: Block) => encode({ ...prepare, proposal: { ...prepare.proposal, block } });
    expect(decode(withBlock(proposal))).not.toBeNull();
    expect(decode(withBlock(sealed))).toBeNull();
    expect(decode(encode({ ...prepare, height: 6 }))).toBeNull();
    const body = messages.at(-1) as Extract<PbftMsg<Block>, { type: "body" }>;
    const truncated = { ...sealed, transactions: sealed.transactions.slice(1) };
    expect(decode(encode({ ...body, executed: { ...body.executed, sealed: truncated } }))).toBeNull();
  });

  it("refuses a block under another heading than its own, and a hash that is none", () => {
    const encode = (msg: PbftMsg<Block>) => codec.encodeMessage({ msg, signatures: sign(msg) });
    const other = toHex(filled(1));
    const [prepare] = messages as [Extract<PbftMsg<Block>, { type: "prepare" }>];
    const renamed = encode({ ...prepare, proposal: { ...prepare.proposal, id: other } });
    expect(codec.openMessage(renamed)?.heading).toMatchObject({ type: "prepare", proposal: { id: other } });
    expect(decode(renamed)).toBeNull();
    const body = messages.at(-1) as Extract<PbftMsg<Block>, { type: "body" }>;
    const passedOff = encode({ ...body, executed: { ...body.executed, hash: other } });
    expect(codec.openMessage(passedOff)?.heading).toEqual({ type: "body", height: 5, executed: { hash: other } });
    expect(decode(passedOff)).toBeNull();
    const long = toHex(filled(1, 1 << 16));
    const lock: LockCert = { height: 5, view: 1, hash: long, signs: [] };
    expect(codec.openMessage(encode({ type: "viewChange", height: 5, view: 2, lock }))).toBeNull();
    expect(codec.openMessage(encode({ type: "sign", height: 5, view: 2, hash: long }))).toBeNull();
  });

  it("carries views without a ceiling", () => {
    const msg = { type: "viewChange", height: 5, view: Number.MAX_SAFE_INTEGER, lock: null } as const;
    expect(decode(codec.encodeMessage({ msg, signatures: sign(msg) }))?.msg).toEqual(msg);
    expect(codec.digests(msg)).toHaveLength(1);
  });

  it("never throws on damaged bytes", () => {
    const rng = createSeededRng(7);
    for (let i = 0; i < 3000; i++) {
      const msg = messages[rng.below(messages.length)]!;
      const bytes = codec.encodeMessage({ msg, signatures: sign(msg) }).slice();
      for (let k = rng.below(4); k >= 0; k--) bytes[rng.below(bytes.length)] = rng.below(256);
      const cut = rng.below(3) === 0 ? bytes.subarray(0, rng.below(bytes.length)) : bytes;
      const decoded = decode(cut);
      if (decoded !== null) expect(codec.digests(decoded.msg)).toHaveLength(decoded.signatures.length);
      codec.decodeRecord(cut);
    }
  });

  it("forgets records at or below the durable height only", () => {
    expect(codec.liveRecords(records, 4)).toEqual(records);
    expect(codec.liveRecords(records, 5)).toEqual([]);
  });
});
