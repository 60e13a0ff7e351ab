/** Why a node is not admitted, as one byte on the wire (SPEC 3.3). A number is never reused. */
export const ADMISSION_REASONS = {
  OK: 0,
  /** The hello frame cannot be read. */
  MALFORMED: 1,
  /** No protocol version in common. */
  VERSION: 2,
  CHAIN_ID: 3,
  /** The node reached itself. */
  SELF: 4,
  CERT_MALFORMED: 5,
  /** The chain ends at a CA that is not a chain CA of this node. */
  FOREIGN_CA: 6,
  /** A link of the chain is broken, not a CA, or longer than its CA allows. */
  CERT_CHAIN: 7,
  CERT_EXPIRED: 8,
  CERT_NOT_YET_VALID: 9,
  /** The key in the certificate is not the key the peer proved. */
  KEY_MISMATCH: 10,
  BLACKLISTED: 11,
  NOT_WHITELISTED: 12,
  TOO_MANY_PEERS: 13,
  /** The dialing node has a good connection to this peer already. */
  DUPLICATE: 14,
  /** Only in a goodbye: the node stops. */
  SHUTDOWN: 15,
  /** A key in the chain may not be used for this. */
  CERT_USAGE: 16,
  /** A certificate demands what this node does not understand. */
  CERT_UNSUPPORTED: 17,
  /** Nodes of the peer's agency that are neither members here nor configured have used up their places. */
  AGENCY_QUOTA: 18,
} as const;

export type AdmissionReason = keyof typeof ADMISSION_REASONS;

const NAMES = new Map<number, AdmissionReason>(
  (Object.entries(ADMISSION_REASONS) as [AdmissionReason, number][]).map(([name, code]) => [code, name]),
);

/** Name for logs and metrics; UNKNOWN for a number of a later version. */
export function reasonName(code: number): AdmissionReason | "UNKNOWN" {
  return NAMES.get(code) ?? "UNKNOWN";
}
