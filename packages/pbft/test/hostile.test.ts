import { proposalOf } from "@fb/consensus";
import type { Executed } from "@fb/consensus/core";
import {
  type Block,
  type BlockHeader,
  bigTo32,
  type CryptoSuite,
  headerHash,
  proposalHeader,
  toHex,
  txRoot,
} from "@fb/types";
import { describe, expect, it } from "vitest";
import { createPbftCodec } from "../src/codec.ts";
import { makeGroup, reached, suite } from "./pbft-group.ts";

const WIRE_LIMITS = { maxBytes: 1_000_000, maxTransactions: 1000 };

/** A block over `parent` that nobody has asked for, well formed. */
function executedBlock(parent: BlockHeader, transactions: number): Executed<Block> {
  const raw = Array.from({ length: transactions }, (_, i) => bigTo32(BigInt(i)));
  const root = txRoot(suite, raw.map(suite.hash));
  const header = { ...parent, number: parent.number + 1, parentHash: headerHash(suite, parent), txRoot: root };
  const block = { header: proposalHeader(header), transactions: raw };
  const sealed = { header, transactions: raw };
  return { hash: toHex(headerHash(suite, header)), proposal: proposalOf(suite, block), sealed };
}

describe("PBFT and peers that waste its time", () => {
  it("penalises bytes that mean nothing and signatures that are not the sender's", async () => {
    const group = makeGroup(4);
    await group.startAll();
    const [a, b] = group.nodes;
    await group.kill(1);
    const channel = group.hub.open(b!.id);
    channel.send(a!.id, "consensus", Uint8Array.of(255, 1, 2));
    await group.until(200, () => false);
    expect(group.hub.faults).toContainEqual({ by: a!.id, peer: b!.id, code: "MALFORMED" });
    // What another sealer signed, passed off as one's own.
    const codec = createPbftCodec(suite, a!.chain.genesisHash, WIRE_LIMITS);
    const msg = { type: "sign", height: 1, view: 0, hash: toHex(suite.hash(Uint8Array.of(1))) } as const;
    const signatures = codec.digests(msg).map((digest) => suite.sign(digest, group.nodes[2]!.privateKey));
    channel.send(a!.id, "consensus", codec.encodeMessage({ msg, signatures }));
    await group.until(200, () => false);
    expect(group.hub.faults).toContainEqual({ by: a!.id, peer: b!.id, code: "BAD_SIGNATURE" });
  });

  it("checks no signature of a vote that is stale or known (SPEC consensus 2.2)", async () => {
    let checks = 0;
    const { verify } = suite;
    const counting: CryptoSuite = {
      ...suite,
      verify: (...args) => {
        checks += 1;
        return verify(...args);
      },
    };
    const group = makeGroup(4, {}, counting);
    await group.startAll();
    group.submit(1);
    await group.until(5_000, reached(group, 1, [0, 1, 2, 3]));
    await group.kill(1);
    const [a, b] = group.nodes;
    const codec = createPbftCodec(suite, a!.chain.genesisHash, WIRE_LIMITS);
    const channel = group.hub.open(b!.id);
    const signed = (height: number) => {
      const msg = { type: "sign", height, view: 0, hash: toHex(suite.hash(Uint8Array.of(height))) } as const;
      const signatures = codec.digests(msg).map((digest) => suite.sign(digest, b!.privateKey));
      return codec.encodeMessage({ msg, signatures });
    };
    const send = async (payload: Uint8Array, times: number) => {
      checks = 0;
      for (let i = 0; i < times; i++) {
        channel.send(a!.id, "consensus", payload);
        await null;
        await null;
      }
      return checks;
    };
    expect(await send(signed(1), 100)).toBe(0);
    expect(await send(signed(2), 100)).toBe(1);
    expect(group.hub.faults).toEqual([]);
    expect(await send(signed(1), 20_000)).toBe(0);
    expect(group.hub.faults).toEqual([{ by: a!.id, peer: b!.id, code: "FLOOD" }]);
  });

  it("reads no block that it did not ask for (SPEC 7.1)", async () => {
    let hashes = 0;
    const { hash } = suite;
    const counting: CryptoSuite = {
      ...suite,
      hash: (...args) => {
        hashes += 1;
        return hash(...args);
      },
    };
    const group = makeGroup(4, {}, counting);
    await group.startAll();
    await group.kill(1);
    const [a, b] = group.nodes;
    const channel = group.hub.open(b!.id);
    const payload = createPbftCodec(suite, a!.chain.genesisHash, WIRE_LIMITS).encodeMessage({
      msg: { type: "body", height: 1, executed: executedBlock(a!.chain.head().head.header, 1000) },
      signatures: [],
    });
    hashes = 0;
    for (let i = 0; i < 100; i++) channel.send(a!.id, "consensus", payload);
    await group.until(200, () => false);
    expect(hashes).toBe(0);
    expect(group.hub.faults).toHaveLength(100);
    expect(group.hub.faults[0]).toEqual({ by: a!.id, peer: b!.id, code: "UNEXPECTED" });
  });
});
