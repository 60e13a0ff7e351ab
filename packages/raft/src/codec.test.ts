import type { Executed } from "@fb/consensus/core";
import { createCryptoSuite } from "@fb/crypto/portable";
import { createSeededRng } from "@fb/runtime/testing";
import {
  type Block,
  type BlockHeader,
  type CryptoSuite,
  commitDigest,
  encodeBlock,
  fromHex,
  headerHash,
  type NodeId,
  proposalHeader,
  proposalId,
  toHex,
  txRoot,
} from "@fb/types";
import { beforeAll, describe, expect, it } from "vitest";
import { createRaftCodec } from "./codec.ts";
import type { RaftMsg, RaftRecord } from "./core/messages.ts";

type Codec = ReturnType<typeof createRaftCodec>;
type Msg = RaftMsg<Block>;

const filled = (byte: number, length = 32) => new Uint8Array(length).fill(byte);
const GENESIS = filled(9);
const LIMITS = { maxBytes: 1 << 20, maxTransactions: 100 };
const HEAD = toHex(filled(3));

let suite: CryptoSuite;
let codec: Codec;
let executed: Executed<Block>;
let messages: Msg[];
let records: RaftRecord<Block>[];

beforeAll(async () => {
  suite = await createCryptoSuite();
  codec = createRaftCodec(suite, GENESIS, LIMITS);
  const transactions = [filled(1, 3), filled(2, 200)];
  const hashes = transactions.map((raw) => suite.hash(raw));
  const header: BlockHeader = {
    parentHash: filled(3),
    number: 5,
    timestamp: 1_700_000_000_123,
    stateRoot: filled(4),
    tablesRoot: filled(5),
    txRoot: txRoot(suite, hashes),
    receiptRoot: filled(6),
    membersHash: filled(7),
    logsBloom: filled(8, 256),
    gasLimit: 1000,
    gasUsed: 21,
    sealer: 2,
    extraData: filled(1, 4),
  };
  const block = { header: proposalHeader(header), transactions };
  executed = {
    hash: toHex(headerHash(suite, header)),
    proposal: { id: toHex(proposalId(suite, header)), parent: HEAD, height: 5, sealer: 2, block },
    sealed: { header, transactions },
  };
  const { hash } = executed;
  const certificate = {
    round: 7,
    signatures: [0, 2].map((sealer) => ({ sealer, signature: filled(sealer + 1, 65) })),
  };
  messages = [
    { type: "voteRequest", term: 7, head: 4, pre: true, tail: 6 },
    { type: "voteRequest", term: 7, head: 4, pre: false, tail: 0 },
    { type: "voteResponse", term: 7, head: 4, pre: true, granted: true },
    { type: "voteResponse", term: 7, head: 4, pre: false, granted: true },
    { type: "voteResponse", term: 7, head: 4, pre: false, granted: false },
    { type: "append", term: 7, head: 4, hash: HEAD, entry: null },
    { type: "append", term: 7, head: 4, hash: HEAD, entry: { hash, executed } },
    { type: "append", term: 8, head: 4, hash: HEAD, entry: { hash, executed: null } },
    { type: "appendResponse", term: 9, head: 4, outcome: "stored", height: 5, hash },
    { type: "appendResponse", term: 7, head: 4, outcome: "working", height: 4, hash: HEAD },
    { type: "appendResponse", term: 7, head: 4, outcome: "missing", height: 4, hash: HEAD },
    { type: "appendResponse", term: 7, head: 4, outcome: "refused", height: 5, hash },
    { type: "decided", head: 5, hash, certificate },
    { type: "recover", run: 2 ** 46 + 1, term: 8, head: 4 },
    { type: "recoverResponse", run: 3, term: 8, head: 4, tail: 6, heard: 8, granted: true, forgetful: false },
    { type: "recoverResponse", run: 3, term: 0, head: 4, tail: 0, heard: 7, granted: false, forgetful: true },
  ];
  records = [
    { type: "vote", term: 7, vote: toHex(filled(4, 64)) as NodeId },
    { type: "stored", term: 7, height: 5, hash, executed },
    { type: "stored", term: 8, height: 5, hash, executed: null },
    { type: "heard", term: 9 },
    { type: "recovered", term: 9, head: 4, tail: 7 },
  ];
});

const sign = (msg: Msg) => codec.digests(msg).map((_, i) => filled(i + 7, 65));
const decode = (bytes: Uint8Array) => codec.openMessage(bytes)?.read() ?? null;
const encode = (msg: Msg) => codec.encodeMessage({ msg, signatures: sign(msg) });

describe("Raft codec (SPEC 8.1, 8.2, 8.3)", () => {
  it("gives back every message and record", () => {
    for (const msg of messages) expect(decode(encode(msg))).toEqual({ msg, signatures: sign(msg) });
    for (const record of records) expect(codec.decodeRecord(codec.encodeRecord(record))).toEqual(record);
  });

  it("keeps its digests and bytes", () => {
    const digests = messages.flatMap((msg) => codec.digests(msg).map(toHex));
    expect(new Set(digests).size).toBe(digests.length);
    expect(digests).toMatchSnapshot();
    const bytes = [...messages.map(encode), ...records.map((record) => codec.encodeRecord(record))];
    expect(bytes.map((one) => toHex(suite.hash(one)))).toMatchSnapshot();
  });

  it("signs a leader's and a follower's vote for the same block with the digest of certificates", () => {
    const { hash } = executed;
    const vote = { term: 7, head: 4, hash };
    const append = codec.digests({ type: "append", ...vote, hash: HEAD, entry: { hash, executed: null } });
    const stored = codec.digests({ type: "appendResponse", ...vote, outcome: "stored", height: 5 });
    const expected = commitDigest(suite, GENESIS, { height: 5, round: 7, hash: fromHex(hash)! });
    expect(append).toEqual([expected]);
    expect(stored).toEqual([expected]);
    // Anything less than "durable in this term" must not look like a vote.
    for (const outcome of ["working", "missing", "refused"] as const) {
      expect(codec.digests({ type: "appendResponse", ...vote, outcome, height: 5 })).not.toEqual([expected]);
    }
    const other = createRaftCodec(suite, filled(8), LIMITS);
    expect(other.digests({ type: "appendResponse", ...vote, outcome: "stored", height: 5 })).not.toEqual([expected]);
  });

  it("takes a block only under the hash of its header, at its height, with its transactions", () => {
    const { hash, sealed } = executed;
    const append = (head: number, entryHash: string, block: Block) =>
      encode({
        type: "append",
        term: 7,
        head,
        hash: HEAD,
        entry: { hash: entryHash, executed: { ...executed, sealed: block } },
      });
    expect(decode(append(4, hash, sealed))).not.toBeNull();
    expect(decode(append(5, hash, sealed))).toBeNull();
    expect(decode(append(4, HEAD, sealed))).toBeNull();
    expect(decode(append(4, hash, { ...sealed, transactions: sealed.transactions.slice(1) }))).toBeNull();
    const small = createRaftCodec(suite, GENESIS, { ...LIMITS, maxBytes: encodeBlock(sealed).length - 1 });
    expect(small.openMessage(append(4, hash, sealed))!.read()).toBeNull();
  });

  it("refuses a message that is signed too little", () => {
    for (const msg of messages) {
      const bytes = codec.encodeMessage({ msg, signatures: [] });
      expect(decode(bytes) === null).toBe(msg.type !== "decided");
    }
  });

  it("refuses a head above which no height is a number", () => {
    const entry = { hash: HEAD, executed: null };
    const append = (head: number): Msg => ({ type: "append", term: 1, head, hash: HEAD, entry });
    const bytes = (head: number) => codec.encodeMessage({ msg: append(head), signatures: [filled(1, 65)] });
    expect(decode(bytes(Number.MAX_SAFE_INTEGER))).toBeNull();
    const highest = append(Number.MAX_SAFE_INTEGER - 1);
    expect(decode(bytes(Number.MAX_SAFE_INTEGER - 1))?.msg).toEqual(highest);
    expect(codec.digests(highest)).toHaveLength(1);
  });

  it("never throws on damaged bytes", () => {
    const rng = createSeededRng(7);
    for (let i = 0; i < 3000; i++) {
      const bytes = encode(messages[rng.below(messages.length)]!).slice();
      for (let k = rng.below(4); k >= 0; k--) bytes[rng.below(bytes.length)] = rng.below(256);
      const cut = rng.below(3) === 0 ? bytes.subarray(0, rng.below(bytes.length)) : bytes;
      const decoded = decode(cut);
      if (decoded !== null) expect(codec.digests(decoded.msg)).toHaveLength(decoded.signatures.length);
      codec.decodeRecord(cut);
    }
  });
});
