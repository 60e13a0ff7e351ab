import { equalBytes } from "./bytes.ts";
import { type CertificateProblem, verifyCertificate } from "./certificate.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import type { ConsensusType } from "./contracts/engine.ts";
import type { GenesisConfig } from "./genesis.ts";
import { genesisDigest, genesisProblem } from "./genesis-codec.ts";
import type { BlockHeader, CommitCertificate, Members } from "./header.ts";
import { headerHash } from "./header-codec.ts";
import type { Hash, Height } from "./ids.ts";
import { areValidMembers, membersHash } from "./members.ts";
import { type MerkleProof, verifyMerkleProof } from "./merkle.ts";

/**
 * A header with what proves it: the certificate of the sealers in force at its height, and its parent, which commits to
 * those sealers. Without the parent, votes of a later list could pass as a quorum of an earlier, smaller one.
 */
export interface CertifiedHeader {
  readonly parent: BlockHeader;
  readonly header: BlockHeader;
  readonly certificate: CommitCertificate;
}

/** A header that changed the member list, with the list it commits to. */
export interface MembershipStep extends CertifiedHeader {
  readonly members: Members;
}

/** A transaction, its receipt, or both, at one position of one block. */
export interface InclusionProof {
  readonly index: number;
  readonly count: number;
  readonly transaction?: { readonly hash: Hash; readonly path: readonly Hash[] };
  readonly receipt?: { readonly encoded: Uint8Array; readonly path: readonly Hash[] };
}

/** A point of a group's history that the verifier already believes: the list in force from `height` + 1. */
export interface TrustedMembers {
  readonly genesisHash: Hash;
  readonly consensus: ConsensusType;
  readonly height: Height;
  readonly members: Members;
}

/** Why a proof proves nothing. */
export type ProofProblem =
  | CertificateProblem
  /** The genesis breaks a rule of SPEC 11, or block 0 is not of this genesis. */
  | "PROOF_GENESIS"
  /** Headers are not in ascending order of height, or lie before the trusted point. */
  | "PROOF_ORDER"
  /** The parent is not the parent of its header. */
  | "PROOF_PARENT"
  /** The parent commits to another list than the one known: a step is missing. */
  | "PROOF_MEMBERS_UNKNOWN"
  /** A list is malformed, or not the one its header commits to. */
  | "PROOF_MEMBERS_INVALID"
  /** The transaction or receipt is not at this position of the block. */
  | "PROOF_INCLUSION";

export type ProofFailure = {
  readonly ok: false;
  readonly code: ProofProblem;
  /** Height of the header at fault. */
  readonly height: Height;
};

/**
 * Block 0 of a genesis as a trusted point (SPEC 12). The roots of block 0 are not checked here: they are vouched for by
 * the first certificate, because every vote covers the hash of block 0.
 */
export function trustGenesis(
  suite: CryptoSuite,
  genesis: GenesisConfig,
  header: BlockHeader,
): { readonly ok: true; readonly trusted: TrustedMembers } | ProofFailure {
  const members = { sealers: genesis.sealers, observers: genesis.observers };
  const isOfGenesis =
    genesisProblem(genesis) === null &&
    header.number === 0 &&
    header.timestamp === genesis.timestamp &&
    equalBytes(header.extraData, genesisDigest(suite, genesis)) &&
    equalBytes(header.membersHash, membersHash(suite, members));
  if (!isOfGenesis) return { ok: false, code: "PROOF_GENESIS", height: 0 };
  const genesisHash = headerHash(suite, header);
  return { ok: true, trusted: { genesisHash, consensus: genesis.consensus.type, height: 0, members } };
}

/** Follows every change of the member list from a trusted point; returns the newest list proven. */
export function verifyMembership(
  suite: CryptoSuite,
  from: TrustedMembers,
  steps: readonly MembershipStep[],
): { readonly ok: true; readonly trusted: TrustedMembers } | ProofFailure {
  let trusted = from;
  for (const step of steps) {
    const checked = verifyCertifiedHeader(suite, trusted, step);
    if (!checked.ok) return checked;
    const { members, header } = step;
    if (!areValidMembers(members) || !equalBytes(membersHash(suite, members), header.membersHash)) {
      return { ok: false, code: "PROOF_MEMBERS_INVALID", height: header.number };
    }
    trusted = { ...trusted, height: header.number, members };
  }
  return { ok: true, trusted };
}

/** Checks that the sealers of `trusted`, in force at this header's height, certified it. */
export function verifyCertifiedHeader(
  suite: CryptoSuite,
  trusted: TrustedMembers,
  { parent, header, certificate }: CertifiedHeader,
): { readonly ok: true; readonly hash: Hash } | ProofFailure {
  const height = header.number;
  if (height <= trusted.height) return { ok: false, code: "PROOF_ORDER", height };
  if (parent.number !== height - 1 || !equalBytes(headerHash(suite, parent), header.parentHash)) {
    return { ok: false, code: "PROOF_PARENT", height };
  }
  if (!equalBytes(parent.membersHash, membersHash(suite, trusted.members))) {
    return { ok: false, code: "PROOF_MEMBERS_UNKNOWN", height };
  }
  const hash = headerHash(suite, header);
  const { genesisHash, consensus, members } = trusted;
  const result = verifyCertificate(suite, {
    genesisHash,
    consensus,
    sealers: members.sealers,
    height,
    hash,
    certificate,
  });
  return result.ok ? { ok: true, hash } : { ok: false, code: result.code, height };
}

/** Checks that a transaction, a receipt or both stand at one position of a block. Something must be named. */
export function verifyInclusion(suite: CryptoSuite, header: BlockHeader, proof: InclusionProof): boolean {
  const { index, count, transaction, receipt } = proof;
  const at = (path: readonly Hash[]): MerkleProof => ({ index, count, path });
  if (transaction === undefined && receipt === undefined) return false;
  if (transaction && !verifyMerkleProof(suite, header.txRoot, transaction.hash, at(transaction.path))) return false;
  return receipt === undefined || verifyMerkleProof(suite, header.receiptRoot, receipt.encoded, at(receipt.path));
}

/**
 * Proves a header, and optionally something in its block, to anyone who knows only the genesis (SPEC 12). `steps` are
 * the headers that changed the member list, oldest first, up to the one before `target`.
 */
export function verifyFromGenesis(
  suite: CryptoSuite,
  claim: {
    readonly genesis: GenesisConfig;
    readonly genesisHeader: BlockHeader;
    readonly steps: readonly MembershipStep[];
    readonly target: CertifiedHeader;
    readonly inclusion?: InclusionProof;
  },
): { readonly ok: true; readonly hash: Hash; readonly trusted: TrustedMembers } | ProofFailure {
  const start = trustGenesis(suite, claim.genesis, claim.genesisHeader);
  if (!start.ok) return start;
  const membership = verifyMembership(suite, start.trusted, claim.steps);
  if (!membership.ok) return membership;
  const certified = verifyCertifiedHeader(suite, membership.trusted, claim.target);
  if (!certified.ok) return certified;
  const { header } = claim.target;
  if (claim.inclusion && !verifyInclusion(suite, header, claim.inclusion)) {
    return { ok: false, code: "PROOF_INCLUSION", height: header.number };
  }
  return { ok: true, hash: certified.hash, trusted: membership.trusted };
}
