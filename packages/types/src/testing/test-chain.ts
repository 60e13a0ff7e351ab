import { bigTo32, ZERO_HASH } from "../bytes.ts";
import { certificateQuorum } from "../certificate.ts";
import type { ConsensusType } from "../contracts/engine.ts";
import { commitDigest } from "../digest.ts";
import type { GenesisConfig } from "../genesis.ts";
import { genesisDigest } from "../genesis-codec.ts";
import type { BlockHeader, CommitCertificate, Members } from "../header.ts";
import { EMPTY_BLOOM, headerHash } from "../header-codec.ts";
import type { GroupId, Hash, Height } from "../ids.ts";
import { membersHash } from "../members.ts";
import { merkleProof, receiptRoot, txRoot } from "../merkle.ts";
import type { CertifiedHeader, InclusionProof, MembershipStep } from "../proof.ts";
import { encodeReceipt } from "../receipt-codec.ts";
import { nobleSuite as suite, type TestSealer, testSealers } from "./noble-suite.ts";

export interface TestChain {
  readonly genesis: GenesisConfig;
  readonly genesisHash: Hash;
  /** By height. */
  readonly headers: readonly BlockHeader[];
  /** Sealers in force at a height. */
  sealersAt(height: Height): readonly TestSealer[];
  /** A certificate by these sealers over this header, as if in force. */
  certify(header: BlockHeader, by: readonly TestSealer[], list: readonly TestSealer[]): CommitCertificate;
  certified(height: Height): CertifiedHeader;
  step(height: Height): MembershipStep;
  inclusion(height: Height, index: number): InclusionProof;
}

/** Keys 1.. are sealers: `sealers[0]` of them at first, `sealers[1]` from the height after `changeAt`. */
export function buildTestChain(options: {
  readonly consensus: ConsensusType;
  readonly sealers: readonly [number, number];
  readonly heights: number;
  readonly changeAt: Height;
}): TestChain {
  const { consensus, heights, changeAt } = options;
  const lists = options.sealers.map((count) => testSealers(count));
  const listAt = (height: Height): readonly TestSealer[] => lists[height > changeAt ? 1 : 0]!;
  const membersOf = (list: readonly TestSealer[]): Members => ({ sealers: list.map(({ id }) => id), observers: [] });
  const genesis: GenesisConfig = {
    groupId: 3 as GroupId,
    chainId: 7,
    timestamp: 1_700_000_000_000,
    consensus: { type: consensus, maxTransactions: 1000, timeoutMs: 3000, minElectMs: 1000, maxElectMs: 2000 },
    ...membersOf(listAt(0)),
    stateType: "storage",
    txGasLimit: 1_000_000,
    blockGasLimit: 10_000_000,
    chargeGas: false,
    replayWindow: 1000,
    rulesVersion: 1,
    evmFork: "cancun",
    admins: [],
    alloc: [],
  };
  const txs = (height: Height): Hash[] => [1, 2, 3].map((i) => suite.hash(bigTo32(BigInt(height * 10 + i))));
  const receipts = (height: Height): Uint8Array[] => [1, 2, 3].map((i) => receiptBytes(height * 10 + i));
  const headers: BlockHeader[] = [];
  for (let height = 0; height <= heights; height++) {
    headers.push({
      parentHash: height === 0 ? ZERO_HASH : headerHash(suite, headers[height - 1]!),
      number: height,
      timestamp: genesis.timestamp + height,
      stateRoot: ZERO_HASH,
      tablesRoot: ZERO_HASH,
      txRoot: txRoot(suite, height === 0 ? [] : txs(height)),
      receiptRoot: receiptRoot(suite, height === 0 ? [] : receipts(height)),
      membersHash: membersHash(suite, membersOf(listAt(height + 1))),
      logsBloom: EMPTY_BLOOM,
      gasLimit: genesis.blockGasLimit,
      gasUsed: 0,
      sealer: 0,
      extraData: height === 0 ? genesisDigest(suite, genesis) : new Uint8Array(0),
    });
  }
  const genesisHash = headerHash(suite, headers[0]!);
  const certify: TestChain["certify"] = (header, by, list) => {
    const vote = { height: header.number, round: 1, hash: headerHash(suite, header) };
    const digest = commitDigest(suite, genesisHash, vote);
    const signatures = by
      .map(({ id, key }) => ({
        sealer: list.findIndex((other) => other.id === id),
        signature: suite.sign(digest, key),
      }))
      .sort((a, b) => a.sealer - b.sealer);
    return { round: vote.round, signatures };
  };
  const certified = (height: Height): CertifiedHeader => {
    const list = listAt(height);
    const by = list.slice(0, certificateQuorum(consensus, list.length));
    const header = headers[height]!;
    return { parent: headers[height - 1]!, header, certificate: certify(header, by, list) };
  };
  return {
    genesis,
    genesisHash,
    headers,
    sealersAt: listAt,
    certify,
    certified,
    step: (height) => ({ ...certified(height), members: membersOf(listAt(height + 1)) }),
    inclusion(height, index) {
      const proof = merkleProof(suite, txs(height), index);
      const receipt = { encoded: receipts(height)[index]!, path: merkleProof(suite, receipts(height), index).path };
      return { index, count: proof.count, transaction: { hash: txs(height)[index]!, path: proof.path }, receipt };
    },
  };
}

function receiptBytes(gasUsed: number): Uint8Array {
  const output = new Uint8Array(0);
  const nothing = { contractAddress: null, logsBloom: EMPTY_BLOOM, logs: [], output };
  return encodeReceipt({ status: 0, gasUsed, cumulativeGasUsed: gasUsed, ...nothing });
}
