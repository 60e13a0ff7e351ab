import { equalBytes } from "@fb/types";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  type Extension,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Version,
} from "@peculiar/asn1-x509";
import { p2pError } from "../errors.ts";

/** The parts of an X.509 certificate that node:crypto does not show. */
export interface X509Constraints {
  readonly isCa: boolean;
  /** Certificates allowed below this CA, not counting the leaf; null = no limit. */
  readonly pathLength: number | null;
  /** `KeyUsageFlags`; null = the extension is absent, so any use is allowed. */
  readonly keyUsage: number | null;
  /** Object ids; null = the extension is absent, so any purpose is allowed. */
  readonly purposes: readonly string[] | null;
  /** Object ids of extensions that must be obeyed and are not understood here, and `version`, `uniqueId`; empty = none. */
  readonly unsupported: readonly string[];
}

const PROCESSED = [id_ce_basicConstraints, id_ce_keyUsage, id_ce_extKeyUsage];
const ANY_PURPOSE = `${id_ce_extKeyUsage}.0`;

/** Reads the constraints of a DER certificate; null when they cannot be read, which must count as a refusal. */
export function readX509Constraints(der: Uint8Array): X509Constraints | null {
  try {
    return read(AsnConvert.parse(der, Certificate));
  } catch {
    return null;
  }
}

function read({ tbsCertificate, signatureAlgorithm }: Certificate): X509Constraints | null {
  // The inner one is what the issuer signed, the outer one what was checked (RFC 5280, 4.1.1.2).
  if (!tbsCertificate.signature.isEqual(signatureAlgorithm)) return null;
  const extensions = new Map<string, Extension>();
  for (const extension of tbsCertificate.extensions ?? []) {
    // A repeated extension could be read in two ways (RFC 5280, 4.2).
    if (extensions.has(extension.extnID)) return null;
    extensions.set(extension.extnID, extension);
  }
  const value = <T>(id: string, type: new () => T): T | null => {
    const extension = extensions.get(id);
    return extension === undefined ? null : parseDer(new Uint8Array(extension.extnValue.buffer), type);
  };
  const basic = value(id_ce_basicConstraints, BasicConstraints);
  const usage = value(id_ce_keyUsage, KeyUsage);
  const purposes = value(id_ce_extKeyUsage, ExtendedKeyUsage);
  // Name constraints are meant by their issuer, critical or not.
  const unsupported = [...extensions.values()]
    .filter(({ extnID, critical }) => (critical && !PROCESSED.includes(extnID)) || extnID === id_ce_nameConstraints)
    .map(({ extnID }) => extnID);
  if (tbsCertificate.version !== Version.v3) unsupported.push("version");
  const { issuerUniqueID, subjectUniqueID } = tbsCertificate;
  if (issuerUniqueID !== undefined || subjectUniqueID !== undefined) unsupported.push("uniqueId");
  return {
    isCa: basic?.cA ?? false,
    pathLength: basic?.pathLenConstraint ?? null,
    keyUsage: usage?.toNumber() ?? null,
    purposes: purposes === null ? null : [...purposes],
    unsupported,
  };
}

/** The parser takes more than DER, and bytes behind the value; what is not exactly DER could be read in two ways. */
function parseDer<T>(bytes: Uint8Array, type: new () => T): T {
  const value = AsnConvert.parse(bytes, type);
  if (!equalBytes(new Uint8Array(AsnConvert.serialize(value)), bytes))
    throw p2pError("CERTIFICATE_INVALID", "the extension is not DER");
  return value;
}

/** Whether a key may sign certificates. */
export function maySignCertificates({ keyUsage }: X509Constraints): boolean {
  return keyUsage === null || (keyUsage & KeyUsageFlags.keyCertSign) !== 0;
}

/** Whether a key may prove its holder, as the noise handshake does. */
export function maySign({ keyUsage }: X509Constraints): boolean {
  return keyUsage === null || (keyUsage & KeyUsageFlags.digitalSignature) !== 0;
}

/** Whether a certificate is meant for a node, or for issuers of such: a node both listens and dials. */
export function isForNodes({ purposes }: X509Constraints): boolean {
  return (
    purposes === null ||
    purposes.includes(ANY_PURPOSE) ||
    (purposes.includes(id_kp_serverAuth) && purposes.includes(id_kp_clientAuth))
  );
}
