import { describe, expect, it } from "vitest";
import { ZERO_HASH } from "./bytes.ts";
import { byzantineQuorum, certificateQuorum, majorityQuorum, verifyCertificate } from "./certificate.ts";
import type { ConsensusType } from "./contracts/engine.ts";
import { signingDigest } from "./digest.ts";
import type { BlockHeader } from "./header.ts";
import { headerHash } from "./header-codec.ts";
import {
  type CertifiedHeader,
  trustGenesis,
  verifyCertifiedHeader,
  verifyFromGenesis,
  verifyInclusion,
  verifyMembership,
} from "./proof.ts";
import { rlpUint } from "./rlp.ts";
import { nobleSuite as suite, testSealers } from "./testing/noble-suite.ts";
import { buildTestChain, type TestChain } from "./testing/test-chain.ts";

describe("quorums", () => {
  it("outvote any f = floor((n - 1) / 3) faulty sealers, and need no more than n - f", () => {
    for (let n = 1; n <= 200; n++) {
      const f = Math.floor((n - 1) / 3);
      const quorum = byzantineQuorum(n);
      expect(quorum).toBe(n - f);
      expect(2 * quorum - n).toBeGreaterThan(f);
      expect(2 * majorityQuorum(n)).toBeGreaterThan(n);
      expect(2 * (majorityQuorum(n) - 1)).toBeLessThanOrEqual(n);
    }
    expect(certificateQuorum("pbft", 4)).toBe(3);
    expect(certificateQuorum("raft", 4)).toBe(3);
    expect(certificateQuorum("raft", 3)).toBe(2);
  });
});

describe("SPEC 10: certificates", () => {
  const chain = buildTestChain({ consensus: "pbft", sealers: [4, 4], heights: 1, changeAt: 1 });
  const header = chain.headers[1]!;
  const list = chain.sealersAt(1);
  const base = {
    genesisHash: chain.genesisHash,
    consensus: "pbft" as ConsensusType,
    sealers: list.map(({ id }) => id),
    height: 1,
    hash: headerHash(suite, header),
    certificate: chain.certify(header, list.slice(0, 3), list),
  };
  const refusal = (change: Partial<typeof base>) => {
    const result = verifyCertificate(suite, { ...base, ...change });
    return result.ok ? "ok" : result.code;
  };

  it("accepts a quorum, and more", () => {
    expect(refusal({})).toBe("ok");
    expect(refusal({ certificate: chain.certify(header, list, list) })).toBe("ok");
  });

  it("binds height, round, hash, genesis and message type (SPEC 5.2, 10.2)", () => {
    expect(refusal({ height: 2 })).toBe("CERTIFICATE_SIGNATURE");
    expect(refusal({ hash: ZERO_HASH })).toBe("CERTIFICATE_SIGNATURE");
    expect(refusal({ genesisHash: ZERO_HASH })).toBe("CERTIFICATE_SIGNATURE");
    expect(refusal({ certificate: { ...base.certificate, round: 2 } })).toBe("CERTIFICATE_SIGNATURE");
    const digest = signingDigest(suite, base.genesisHash, "pbftSign", [rlpUint(1), rlpUint(1), base.hash]);
    const signatures = list.slice(0, 3).map(({ key }, sealer) => ({ sealer, signature: suite.sign(digest, key) }));
    expect(refusal({ certificate: { round: 1, signatures } })).toBe("CERTIFICATE_SIGNATURE");
  });

  it("counts distinct sealers of the list only (SPEC 7.3, 10.2)", () => {
    const [a, b, c] = base.certificate.signatures;
    const of = (...signatures: (typeof a)[]) =>
      refusal({ certificate: { round: 1, signatures: signatures.map((s) => s!) } });
    expect(of()).toBe("CERTIFICATE_QUORUM");
    expect(of(a, b)).toBe("CERTIFICATE_QUORUM");
    expect(of(a, a, b)).toBe("CERTIFICATE_SEALERS");
    expect(of(b, a, c)).toBe("CERTIFICATE_SEALERS");
    expect(of(a, b, { ...c!, sealer: 4 })).toBe("CERTIFICATE_SEALERS");
    expect(of(a, b, { ...c!, sealer: -1 })).toBe("CERTIFICATE_SEALERS");
    expect(of(a, b, { ...c!, sealer: 3 })).toBe("CERTIFICATE_SIGNATURE");
    expect(of(a, b, c, { sealer: 3, signature: new Uint8Array(65) })).toBe("CERTIFICATE_SIGNATURE");
  });

  it("of block 0 are commit votes for height 0 too (SPEC 10.3)", () => {
    const genesis = chain.headers[0]!;
    const certificate = chain.certify(genesis, list, list);
    expect(refusal({ height: 0, hash: chain.genesisHash, certificate })).toBe("ok");
  });
});

describe.each(["pbft", "raft"] as const)("SPEC 12: proofs from genesis (%s)", (consensus) => {
  const chain = buildTestChain({ consensus, sealers: [4, 7], heights: 5, changeAt: 2 });
  const claim = {
    genesis: chain.genesis,
    genesisHeader: chain.headers[0]!,
    steps: [chain.step(2)],
    target: chain.certified(5),
    inclusion: chain.inclusion(5, 2),
  };
  const refusal = (change: Partial<typeof claim>) => {
    const result = verifyFromGenesis(suite, { ...claim, ...change });
    return result.ok ? "ok" : result.code;
  };

  it("accepts every height of the chain with the right steps (SPEC 12.1, 12.5)", () => {
    for (let height = 1; height <= 5; height++) {
      const steps = height > 2 ? claim.steps : [];
      expect(refusal({ steps, target: chain.certified(height), inclusion: chain.inclusion(height, 0) })).toBe("ok");
    }
    expect(verifyFromGenesis(suite, claim)).toMatchObject({
      hash: headerHash(suite, chain.headers[5]!),
      trusted: { height: 2 },
    });
  });

  it("refuses another genesis (SPEC 11.3, 12.2)", () => {
    expect(refusal({ genesis: { ...chain.genesis, timestamp: 5 } })).toBe("PROOF_GENESIS");
    expect(refusal({ genesis: { ...chain.genesis, txGasLimit: 5 } })).toBe("PROOF_GENESIS");
    expect(refusal({ genesisHeader: { ...chain.headers[0]!, membersHash: ZERO_HASH } })).toBe("PROOF_GENESIS");
    expect(refusal({ genesisHeader: { ...chain.headers[0]!, timestamp: 5 } })).toBe("PROOF_GENESIS");
    expect(refusal({ genesisHeader: { ...chain.headers[0]!, number: 1 } })).toBe("PROOF_GENESIS");
  });

  it("refuses a forged state in block 0, because no vote covers it (SPEC 12.2)", () => {
    const forged = { ...chain.headers[0]!, stateRoot: suite.hash(ZERO_HASH) };
    expect(refusal({ genesisHeader: forged })).toBe("CERTIFICATE_SIGNATURE");
  });

  it("refuses a missing step, even when enough old sealers signed (SPEC 2.4, 12.4)", () => {
    const header = chain.headers[3]!;
    const old = chain.sealersAt(1);
    const target: CertifiedHeader = { parent: chain.headers[2]!, header, certificate: chain.certify(header, old, old) };
    expect(refusal({ steps: [], target })).toBe("PROOF_MEMBERS_UNKNOWN");
  });

  it("refuses a step certified by the new list, a step out of order and a step with another list (SPEC 12.3)", () => {
    const header = chain.headers[2]!;
    const news = chain.sealersAt(3);
    const byNew = { ...chain.step(2), certificate: chain.certify(header, news, news) };
    expect(refusal({ steps: [byNew] })).toMatch(/^CERTIFICATE_/);
    expect(refusal({ steps: [chain.step(2), chain.step(2)] })).toBe("PROOF_ORDER");
    const members = { sealers: testSealers(5).map(({ id }) => id), observers: [] };
    expect(refusal({ steps: [{ ...chain.step(2), members }] })).toBe("PROOF_MEMBERS_INVALID");
    const unsorted = { sealers: [...chain.step(2).members.sealers].reverse(), observers: [] };
    expect(refusal({ steps: [{ ...chain.step(2), members: unsorted }] })).toBe("PROOF_MEMBERS_INVALID");
  });

  it("refuses a header whose parent is not its parent (SPEC 12.3, 12.4)", () => {
    expect(refusal({ target: { ...claim.target, parent: chain.headers[3]! } })).toBe("PROOF_PARENT");
    const other = { ...claim.target.parent, gasUsed: 1 };
    expect(refusal({ target: { ...claim.target, parent: other } })).toBe("PROOF_PARENT");
    const list = chain.sealersAt(9);
    const skipping = { ...chain.headers[5]!, number: 9 };
    const target = { ...claim.target, header: skipping, certificate: chain.certify(skipping, list, list) };
    expect(refusal({ target })).toBe("PROOF_PARENT");
  });

  it("refuses any change of the header", () => {
    const change = (part: Partial<BlockHeader>) => ({ ...claim.target, header: { ...claim.target.header, ...part } });
    expect(refusal({ target: change({ txRoot: ZERO_HASH }) })).toBe("CERTIFICATE_SIGNATURE");
    expect(refusal({ target: change({ timestamp: 1 }) })).toBe("CERTIFICATE_SIGNATURE");
    expect(refusal({ target: change({ number: 0 }) })).toBe("PROOF_ORDER");
  });

  it("refuses a transaction or receipt that is elsewhere, and an empty claim (SPEC 6.3, 6.4)", () => {
    const { inclusion } = claim;
    expect(refusal({ inclusion: { ...inclusion, index: 1 } })).toBe("PROOF_INCLUSION");
    expect(refusal({ inclusion: { ...inclusion, count: 4 } })).toBe("PROOF_INCLUSION");
    expect(refusal({ inclusion: chain.inclusion(4, 2) })).toBe("PROOF_INCLUSION");
    const mixed = { ...inclusion, receipt: chain.inclusion(5, 1).receipt! };
    expect(refusal({ inclusion: mixed })).toBe("PROOF_INCLUSION");
    expect(verifyInclusion(suite, claim.target.header, { index: 2, count: 3 })).toBe(false);
  });

  it("goes on from a trusted point as from genesis (SPEC 12.6)", () => {
    const start = trust(chain);
    const moved = verifyMembership(suite, start, [chain.step(2)]);
    if (!moved.ok) expect.unreachable(moved.code);
    else {
      expect(verifyMembership(suite, moved.trusted, [])).toEqual(moved);
      expect(verifyCertifiedHeader(suite, moved.trusted, chain.certified(4)).ok).toBe(true);
      expect(verifyCertifiedHeader(suite, moved.trusted, chain.certified(2))).toMatchObject({ code: "PROOF_ORDER" });
    }
  });
});

function trust(chain: TestChain) {
  const start = trustGenesis(suite, chain.genesis, chain.headers[0]!);
  if (!start.ok) throw expect.unreachable(start.code);
  return start.trusted;
}
