import { addressOf, contractAddress, create2Address, groupContractAddress, replayKey } from "../address.ts";
import { encodeBlock } from "../block-codec.ts";
import { bigTo32, EMPTY, toHex, ZERO_HASH } from "../bytes.ts";
import { encodeCertificate } from "../certificate.ts";
import { commitDigest, SIGNING_TYPES, type SigningType, signingDigest } from "../digest.ts";
import { encodeGenesis, genesisDigest } from "../genesis-codec.ts";
import type { BlockHeader } from "../header.ts";
import { EMPTY_BLOOM, encodeHeader, headerHash, proposalId } from "../header-codec.ts";
import { encodeMembers, membersHash } from "../members.ts";
import { merkleProof, merkleRoot } from "../merkle.ts";
import { encodeMembershipSteps } from "../proof-codec.ts";
import { encodeReceipt } from "../receipt-codec.ts";
import { rlpUint } from "../rlp.ts";
import { runningRoot, writeSetDigest } from "../write-set.ts";
import { nobleSuite as suite, testSealers } from "./noble-suite.ts";
import { rlpCases } from "./rlp-cases.ts";
import { hashOf, SAMPLE_HEADER, SAMPLE_RECEIPTS, sampleGenesis, sampleMembers } from "./samples.ts";
import { buildTestChain } from "./test-chain.ts";
import { transactionCases } from "./transaction-cases.ts";
import { encodingCases } from "./transaction-encodings.ts";

/** The frozen vectors by file name: inputs and what the encoders of this package make of them. */
export function vectorCases(): Record<string, unknown> {
  return {
    headers: headerCases(),
    transactions: transactionCases(),
    "transaction-encodings": encodingCases(),
    rlp: rlpCases(),
    receipts: receiptCases(),
    members: memberCases(),
    digests: digestCases(),
    genesis: genesisCases(),
    merkle: merkleCases(),
    "write-sets": writeSetCases(),
    addresses: addressCases(),
    proofs: proofCase(),
  };
}

/** Plain JSON: bytes as hex, big integers as decimal text. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

function headerCases() {
  const zero: BlockHeader = {
    ...SAMPLE_HEADER,
    parentHash: ZERO_HASH,
    number: 0,
    timestamp: 0,
    logsBloom: EMPTY_BLOOM,
    gasLimit: 0,
    gasUsed: 0,
    sealer: 0,
    extraData: hashOf("genesis"),
  };
  const largest: BlockHeader = {
    ...SAMPLE_HEADER,
    number: Number.MAX_SAFE_INTEGER,
    timestamp: Number.MAX_SAFE_INTEGER,
    gasLimit: Number.MAX_SAFE_INTEGER,
    gasUsed: Number.MAX_SAFE_INTEGER,
    sealer: 4095,
  };
  const headers = { sample: SAMPLE_HEADER, zero, largest };
  return Object.entries(headers).map(([name, header]) => ({
    name,
    header,
    rlp: encodeHeader(header),
    hash: headerHash(suite, header),
    proposalId: proposalId(suite, header),
    block: encodeBlock({ header, transactions: [Uint8Array.of(0xc0), Uint8Array.of(1, 2, 3)] }),
    emptyBlock: encodeBlock({ header, transactions: [] }),
  }));
}

function receiptCases() {
  return Object.entries(SAMPLE_RECEIPTS).map(([name, receipt]) => ({ name, receipt, rlp: encodeReceipt(receipt) }));
}

function memberCases() {
  const members = sampleMembers();
  const alone = { sealers: members.sealers.slice(0, 1), observers: [] };
  return [members, alone].map((lists) => ({
    members: lists,
    rlp: encodeMembers(lists),
    hash: membersHash(suite, lists),
  }));
}

function digestCases() {
  const genesisHash = hashOf("genesis");
  const vote = { height: 12, round: 3, hash: hashOf("block") };
  const digest = commitDigest(suite, genesisHash, vote);
  const signatures = testSealers(4).map(({ key }, sealer) => ({ sealer, signature: suite.sign(digest, key) }));
  const types = Object.keys(SIGNING_TYPES) as SigningType[];
  return {
    genesisHash,
    types: types.map((type) => ({
      type,
      number: SIGNING_TYPES[type],
      fields: [rlpUint(1), hashOf("field")],
      digest: signingDigest(suite, genesisHash, type, [rlpUint(1), hashOf("field")]),
    })),
    commit: { vote, digest },
    certificate: {
      sealers: testSealers(4).map(({ id }) => id),
      signatures,
      rlp: encodeCertificate({ round: vote.round, signatures }),
    },
  };
}

function genesisCases() {
  const genesis = sampleGenesis();
  const bare = { ...genesis, observers: [], admins: [], alloc: [], chargeGas: true, stateType: "mpt" as const };
  const raft = { ...genesis, consensus: { ...genesis.consensus, type: "raft" as const } };
  const unprotected = { ...raft, allowUnprotected: true };
  return [genesis, bare, raft, unprotected].map((config) => ({
    genesis: config,
    rlp: encodeGenesis(config),
    digest: genesisDigest(suite, config),
  }));
}

function merkleCases() {
  return [0, 1, 2, 3, 4, 5, 7, 8].map((count) => {
    const leaves = Array.from({ length: count }, (_, i) => hashOf(`leaf ${i}`));
    return {
      leaves,
      root: merkleRoot(suite, leaves),
      proofs: leaves.map((_, i) => merkleProof(suite, leaves, i).path),
    };
  });
}

function writeSetCases() {
  const key = new TextEncoder().encode("key");
  const entries = [
    { table: "u_t", key, row: 2, fields: [Uint8Array.of(1), EMPTY] },
    { table: "u_t", key, row: 1, fields: null },
    { table: "_sys_config_", key: EMPTY, row: 2 ** 40, fields: [] },
  ];
  return [[], entries].map((writes) => {
    const digest = writeSetDigest(suite, writes);
    return { writes, digest, next: runningRoot(suite, ZERO_HASH, digest) };
  });
}

function addressCases() {
  const publicKey = suite.publicKey(bigTo32(1n));
  const sender = addressOf(suite, publicKey);
  return {
    publicKey,
    sender,
    create: [0n, 1n, 128n].map((nonce) => ({ nonce, address: contractAddress(suite, sender, nonce) })),
    create2: create2Address(suite, sender, hashOf("salt"), hashOf("code")),
    group: { txHash: hashOf("tx"), address: groupContractAddress(suite, hashOf("tx")) },
    replayKeys: [0n, 2n ** 256n - 1n].map((nonce) => ({ nonce, key: replayKey(suite, sender, nonce) })),
  };
}

function proofCase() {
  const chain = buildTestChain({ consensus: "pbft", sealers: [4, 5], heights: 4, changeAt: 2 });
  const target = chain.certified(4);
  return {
    genesis: encodeGenesis(chain.genesis),
    genesisHeader: encodeHeader(chain.headers[0]!),
    steps: encodeMembershipSteps([chain.step(2)]),
    target: {
      parent: encodeHeader(target.parent),
      header: encodeHeader(target.header),
      certificate: encodeCertificate(target.certificate),
    },
    inclusion: chain.inclusion(4, 1),
    hash: headerHash(suite, target.header),
  };
}
