import { fromHex } from "./bytes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import type { ConsensusType } from "./contracts/engine.ts";
import { commitDigest } from "./digest.ts";
import { invariant } from "./errors.ts";
import type { CommitCertificate, SealerSignature } from "./header.ts";
import type { Hash, Height, NodeId } from "./ids.ts";
import { MAX_MEMBERS } from "./members.ts";
import { rlpEncode, rlpUint } from "./rlp.ts";
import { RlpReader } from "./rlp-reader.ts";

/** Why a certificate proves nothing. Its bearer is faulty or behind; the caller decides which. */
export type CertificateProblem =
  /** Sealers are not strictly ascending, or not in the list. */
  | "CERTIFICATE_SEALERS"
  /** Fewer sealers than the engine's quorum. */
  | "CERTIFICATE_QUORUM"
  /** A signature is not the sealer's over this height, round and hash. */
  | "CERTIFICATE_SIGNATURE";

/** Distinct sealers of n that outvote any f = floor((n - 1) / 3) faulty ones: n - f. */
export function byzantineQuorum(sealers: number): number {
  return sealers - Math.floor((sealers - 1) / 3);
}

/** More than half of n. */
export function majorityQuorum(sealers: number): number {
  return Math.floor(sealers / 2) + 1;
}

/** How many distinct sealers of n certify a block under an engine. */
export function certificateQuorum(consensus: ConsensusType, sealers: number): number {
  return consensus === "pbft" ? byzantineQuorum(sealers) : majorityQuorum(sealers);
}

/** RLP of a certificate (SPEC 10). */
export function encodeCertificate(certificate: CommitCertificate): Uint8Array {
  return rlpEncode([
    rlpUint(certificate.round),
    certificate.signatures.map(({ sealer, signature }) => {
      invariant(signature.length === 65, "a signature is 65 bytes");
      return [rlpUint(sealer), signature];
    }),
  ]);
}

/** The certificate in `bytes`; null unless canonical with strictly ascending sealers. Proves nothing by itself. */
export function decodeCertificate(bytes: Uint8Array): CommitCertificate | null {
  const outer = new RlpReader(bytes);
  const reader = outer.list();
  if (reader === null || !outer.done) return null;
  const round = reader.uint();
  const list = round < 0 ? null : reader.list();
  if (list === null || !reader.done) return null;
  const signatures: SealerSignature[] = [];
  let previous = -1;
  while (!list.done) {
    const entry = list.list();
    const sealer = entry?.uint() ?? -1;
    const signature = sealer <= previous ? null : (entry?.fixed(65) ?? null);
    if (entry === null || signature === null || !entry.done || signatures.length === MAX_MEMBERS) return null;
    signatures.push({ sealer, signature });
    previous = sealer;
  }
  return { round, signatures };
}

/**
 * Checks that a quorum of distinct `sealers` (the sorted list in force at `height`) signed `hash` at `height`. Every
 * signature must be valid, also those beyond the quorum. Synchronous: one signature check per sealer named.
 */
export function verifyCertificate(
  suite: CryptoSuite,
  claim: {
    readonly genesisHash: Hash;
    readonly consensus: ConsensusType;
    readonly sealers: readonly NodeId[];
    readonly height: Height;
    readonly hash: Hash;
    readonly certificate: CommitCertificate;
  },
): { readonly ok: true } | { readonly ok: false; readonly code: CertificateProblem } {
  const { sealers, certificate } = claim;
  let previous = -1;
  for (const { sealer } of certificate.signatures) {
    if (!Number.isInteger(sealer) || sealer <= previous || sealer >= sealers.length) {
      return { ok: false, code: "CERTIFICATE_SEALERS" };
    }
    previous = sealer;
  }
  if (certificate.signatures.length < certificateQuorum(claim.consensus, sealers.length)) {
    return { ok: false, code: "CERTIFICATE_QUORUM" };
  }
  const vote = { height: claim.height, round: certificate.round, hash: claim.hash };
  const digest = commitDigest(suite, claim.genesisHash, vote);
  for (const { sealer, signature } of certificate.signatures) {
    const publicKey = fromHex(sealers[sealer]!)!;
    if (!suite.verify(digest, signature, publicKey)) return { ok: false, code: "CERTIFICATE_SIGNATURE" };
  }
  return { ok: true };
}
