import { createHash, X509Certificate } from "node:crypto";
import { concatBytes, equalBytes, fromHex, type NodeId, toHex } from "@fb/types";
import type { AdmissionReason } from "./reasons.ts";
import {
  isForNodes,
  maySign,
  maySignCertificates,
  readX509Constraints,
  type X509Constraints,
} from "./x509-constraints.ts";

/** Certificates in a chain at most, node certificate included. */
export const MAX_CHAIN_LENGTH = 4;
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

export interface NodeCertificate {
  /** Node certificate first, then its issuers, without the chain CA. */
  readonly chain: readonly X509Certificate[];
  readonly nodeId: NodeId;
  /** Common name of the node certificate; empty when it has none. */
  readonly name: string;
  /** Common name of the issuer of the node certificate; empty when it has none. */
  readonly agency: string;
  /**
   * Fingerprint of the agency that the chain CA answers for: the issuer next to the chain CA, or the chain CA itself
   * when it issued the node certificate. An agency cannot have a second one by making agencies below itself.
   */
  readonly agencyFingerprint: string;
  /** Fingerprints of all issuers of the path, chain CA included. */
  readonly issuerFingerprints: readonly string[];
  /** When the first certificate of the path, chain CA included, ends; milliseconds since the epoch. */
  readonly validUntilMs: number;
}

export type CertificateVerdict =
  | { readonly ok: true; readonly certificate: NodeCertificate }
  /** `detail` names the certificate and what it has, for the operator. */
  | { readonly ok: false; readonly code: AdmissionReason; readonly detail: string };

/** All certificates of a PEM text in order; null when one of them cannot be read or there is none. */
export function readPem(text: string): X509Certificate[] | null {
  const blocks = text.match(PEM_BLOCK);
  if (blocks === null) return null;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return null;
  }
}

/** Certificates of a peer from DER; null when one cannot be read. */
export function readDer(chain: readonly Uint8Array[]): X509Certificate[] | null {
  try {
    const certificates = chain.map((der) => new X509Certificate(der));
    // Bytes after a certificate would be carried along unseen.
    return certificates.every(({ raw }, i) => equalBytes(raw, chain[i]!)) ? certificates : null;
  } catch {
    return null;
  }
}

/**
 * Checks a chain against the chain CAs: links, CA flag, uses, path length and dates of every certificate, the CA included
 * (SPEC 3.8; RFC 5280, 6.1). What is not understood and must be obeyed, policies and name constraints among it, is refused.
 *
 * @param nowMs milliseconds since the epoch.
 */
export function verifyChain(
  certificates: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  nowMs: number,
): CertificateVerdict {
  const chain = certificates.filter((certificate) => !authorities.some((ca) => equalBytes(ca.raw, certificate.raw)));
  const leaf = chain[0];
  if (leaf === undefined) return fault("CERT_MALFORMED", "no certificate");
  if (certificates.length > MAX_CHAIN_LENGTH) return fault("CERT_MALFORMED", "too many certificates");
  const last = chain.at(-1)!;
  for (let i = 0; i + 1 < chain.length; i++) {
    if (!isIssuedBy(chain[i]!, chain[i + 1]!)) return fault("CERT_CHAIN", `${shown(chain[i]!)} is not of the next one`);
  }
  const authority = authorities.find((ca) => isIssuedBy(last, ca));
  if (authority === undefined) return fault("FOREIGN_CA", shown(last));
  const path = [...chain, authority];
  const found = checkConstraints(path) ?? checkDates(path, nowMs);
  if (found !== null) return found;
  const nodeId = nodeIdOfCertificate(leaf);
  if (nodeId === null) return fault("KEY_MISMATCH", `${shown(leaf)} has no secp256k1 key`);
  const caFingerprints = authorities.map(keyFingerprint);
  const issuerFingerprints = path.slice(1).map(keyFingerprint);
  return {
    ok: true,
    certificate: {
      chain,
      nodeId,
      name: commonName(leaf.subject),
      agency: commonName(leaf.issuer),
      agencyFingerprint:
        issuerFingerprints.findLast((fingerprint) => !caFingerprints.includes(fingerprint)) ??
        keyFingerprint(authority),
      issuerFingerprints,
      validUntilMs: Math.min(...path.map(({ validToDate }) => validToDate.getTime())),
    },
  };
}

/**
 * SHA-256 of a certificate's public key (SubjectPublicKeyInfo in DER), 64 lowercase hex digits. Not of the whole
 * certificate: whoever shows one can write its ECDSA signature in another valid form, and so give it another hash.
 */
export function keyFingerprint(certificate: X509Certificate): string {
  return createHash("sha256")
    .update(certificate.publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // A key of a kind that OpenSSL cannot use.
    return false;
  }
}

type Fault = Extract<CertificateVerdict, { readonly ok: false }>;

function fault(code: AdmissionReason, detail: string): Fault {
  return { ok: false, code, detail };
}

function shown(certificate: X509Certificate): string {
  return certificate.subject.replaceAll("\n", ", ");
}

function checkConstraints(path: readonly X509Certificate[]): Fault | null {
  for (const [index, certificate] of path.entries()) {
    const constraints = constraintsOf(certificate);
    const found = constraints === null ? { code: "CERT_MALFORMED" as const } : constraintFault(constraints, index);
    if (found === null) continue;
    const { code } = found;
    return fault(code, "detail" in found ? `${shown(certificate)}: ${found.detail}` : shown(certificate));
  }
  return null;
}

/** @param below certificates below this one in the path; 0 = the node certificate. */
function constraintFault(constraints: X509Constraints, below: number): Omit<Fault, "ok"> | null {
  const { isCa, pathLength, unsupported } = constraints;
  if (unsupported.length > 0) return { code: "CERT_UNSUPPORTED", detail: unsupported.join(" ") };
  if (isCa !== below > 0) return { code: "CERT_CHAIN", detail: isCa ? "is a CA" : "is no CA" };
  if (below > 0 && !maySignCertificates(constraints))
    return { code: "CERT_CHAIN", detail: "may not sign certificates" };
  if (pathLength !== null && pathLength < below - 1) return { code: "CERT_CHAIN", detail: `path length ${pathLength}` };
  if (below === 0 && !maySign(constraints)) return { code: "CERT_USAGE", detail: "may not sign" };
  if (!isForNodes(constraints)) return { code: "CERT_USAGE", detail: `for ${constraints.purposes?.join(" ")} only` };
  return null;
}

function checkDates(path: readonly X509Certificate[], nowMs: number): Fault | null {
  for (const certificate of path) {
    const from = certificate.validFromDate.getTime();
    const to = certificate.validToDate.getTime();
    if (!(nowMs >= from)) return fault("CERT_NOT_YET_VALID", `${shown(certificate)}: from ${certificate.validFrom}`);
    if (!(nowMs <= to)) return fault("CERT_EXPIRED", `${shown(certificate)}: until ${certificate.validTo}`);
  }
  return null;
}

/** Certificates are judged again and again as long as their connection lasts. */
const parsed = new WeakMap<X509Certificate, X509Constraints | null>();

function constraintsOf(certificate: X509Certificate): X509Constraints | null {
  const known = parsed.get(certificate);
  if (known !== undefined) return known;
  const constraints = readX509Constraints(certificate.raw);
  parsed.set(certificate, constraints);
  return constraints;
}

/** Node id of the certificate's key; null when it is not a secp256k1 key. */
function nodeIdOfCertificate(certificate: X509Certificate): NodeId | null {
  try {
    const { crv, x, y } = certificate.publicKey.export({ format: "jwk" });
    if (crv !== "secp256k1" || x === undefined || y === undefined) return null;
    const point = concatBytes(decodeBase64Url(x), decodeBase64Url(y));
    return point.length === 64 ? (toHex(point) as NodeId) : null;
  } catch {
    return null;
  }
}

function decodeBase64Url(text: string): Uint8Array {
  return fromHex(Buffer.from(text, "base64url").toString("hex"))!;
}

function commonName(distinguishedName: string): string {
  for (const line of distinguishedName.split("\n")) if (line.startsWith("CN=")) return line.slice(3);
  return "";
}
