import type { X509Certificate } from "node:crypto";
import type { Clock } from "@fb/runtime";
import { isNodeId, type NodeId } from "@fb/types";
import { p2pError } from "../errors.ts";
import { nodeIdOfCompressedKey } from "../identity.ts";
import type { ReloadableOptions } from "../options.ts";
import { type NodeCertificate, readDer, readPem, verifyChain } from "./certificates.ts";
import { decodeHello, encodeHello } from "./hello.ts";
import type { AdmissionReason } from "./reasons.ts";

/** Protocol versions this package speaks, lowest and highest. */
export const PROTOCOL_VERSIONS = { min: 1, max: 1 } as const;

const FINGERPRINT = /^[0-9a-f]{64}$/;

export type AdmissionOptions = Omit<ReloadableOptions, "peers">;

export type Admitted =
  | { readonly ok: true; readonly certificate: NodeCertificate }
  | { readonly ok: false; readonly reason: AdmissionReason; readonly issuer: string };

/** Who may join the network (the certificate and the network lists; groups are not its business). */
export interface Admission {
  /** The hello frame of this node. */
  hello(): Uint8Array;
  /** Judges a peer by the key it proved (33 bytes compressed, or another kind of key) and its hello frame. */
  judge(provenKey: Uint8Array, helloFrame: Uint8Array): Admitted;
  /** Judges an admitted peer again after time passed or lists changed; null = still welcome. */
  recheck(certificate: NodeCertificate): AdmissionReason | null;
  /** All or nothing. @throws OPTIONS_INVALID, CERTIFICATE_INVALID */
  reload(changes: Partial<AdmissionOptions>): void;
}

interface Policy {
  readonly authorities: readonly X509Certificate[];
  readonly own: NodeCertificate;
  /** Node ids and fingerprints of agencies; neither can be taken for the other. */
  readonly blacklist: ReadonlySet<string>;
  readonly whitelist: ReadonlySet<string>;
}

/** @throws OPTIONS_INVALID, CERTIFICATE_INVALID when this node itself would not be admitted with these files. */
export function createAdmission(
  options: AdmissionOptions,
  identity: { readonly nodeId: NodeId; readonly chainId: number },
  clock: Clock,
): Admission {
  let current = options;
  let policy = compile(options, identity.nodeId, clock.now());

  const listed = ({ nodeId, issuerFingerprints }: NodeCertificate): AdmissionReason | null => {
    const names = [nodeId, ...issuerFingerprints];
    if (names.some((name) => policy.blacklist.has(name))) return "BLACKLISTED";
    if (policy.whitelist.size > 0 && !names.some((name) => policy.whitelist.has(name))) return "NOT_WHITELISTED";
    return null;
  };
  const refuse = (reason: AdmissionReason, issuer = ""): Admitted => ({ ok: false, reason, issuer });

  return {
    hello: () =>
      encodeHello({
        minVersion: PROTOCOL_VERSIONS.min,
        maxVersion: PROTOCOL_VERSIONS.max,
        chainId: identity.chainId,
        chain: policy.own.chain.map((certificate) => new Uint8Array(certificate.raw)),
      }),
    judge(provenKey, helloFrame) {
      const hello = decodeHello(helloFrame);
      if (hello === null) return refuse("MALFORMED");
      if (hello.minVersion > PROTOCOL_VERSIONS.max || hello.maxVersion < PROTOCOL_VERSIONS.min)
        return refuse("VERSION");
      if (hello.chainId !== identity.chainId) return refuse("CHAIN_ID");
      const peer = nodeIdOfCompressedKey(provenKey);
      if (peer === identity.nodeId) return refuse("SELF");
      const chain = readDer(hello.chain);
      if (chain === null) return refuse("CERT_MALFORMED");
      const issuer = chain.at(-1)?.issuer.replaceAll("\n", ", ") ?? "";
      const verdict = verifyChain(chain, policy.authorities, clock.now());
      if (!verdict.ok) return refuse(verdict.code, issuer);
      if (peer !== verdict.certificate.nodeId) return refuse("KEY_MISMATCH", issuer);
      const reason = listed(verdict.certificate);
      return reason === null ? { ok: true, certificate: verdict.certificate } : refuse(reason, issuer);
    },
    recheck(certificate) {
      const verdict = verifyChain(certificate.chain, policy.authorities, clock.now());
      return verdict.ok ? listed(verdict.certificate) : verdict.code;
    },
    reload(changes) {
      const next = { ...current, ...changes };
      policy = compile(next, identity.nodeId, clock.now());
      current = next;
    },
  };
}

function compile(options: AdmissionOptions, nodeId: NodeId, nowMs: number): Policy {
  return {
    ...ownCertificate(options, nodeId, nowMs),
    blacklist: nameSet("blacklist", options.blacklist, "agencyBlacklist", options.agencyBlacklist),
    whitelist: nameSet("whitelist", options.whitelist, "agencyWhitelist", options.agencyWhitelist),
  };
}

/**
 * What peers with the same chain CAs will make of a node's certificate.
 *
 * @throws CERTIFICATE_INVALID when they would refuse it, with why.
 */
export function ownCertificate(
  options: Pick<AdmissionOptions, "ca" | "cert">,
  nodeId: NodeId,
  nowMs: number,
): { readonly authorities: readonly X509Certificate[]; readonly own: NodeCertificate } {
  const authorities = readPem(options.ca);
  if (authorities === null) throw p2pError("CERTIFICATE_INVALID", "the chain CA is not a readable PEM certificate");
  const chain = readPem(options.cert);
  if (chain === null) throw p2pError("CERTIFICATE_INVALID", "the node certificate is not a readable PEM certificate");
  const verdict = verifyChain(chain, authorities, nowMs);
  if (!verdict.ok) {
    const message = `the node certificate would be refused: ${verdict.code} (${verdict.detail})`;
    throw p2pError("CERTIFICATE_INVALID", message, { reason: verdict.code });
  }
  if (verdict.certificate.nodeId !== nodeId) {
    throw p2pError("CERTIFICATE_INVALID", "the node certificate was not issued for the node key", {
      reason: "KEY_MISMATCH",
    });
  }
  return { authorities, own: verdict.certificate };
}

function nameSet(
  nodesName: string,
  nodes: readonly NodeId[],
  agenciesName: string,
  agencies: readonly string[] = [],
): ReadonlySet<string> {
  for (const id of nodes) {
    if (!isNodeId(id))
      throw p2pError("OPTIONS_INVALID", `${nodesName}: a node id is 128 lowercase hex digits`, { name: nodesName, id });
  }
  for (const id of agencies) {
    if (!FINGERPRINT.test(id)) {
      const message = `${agenciesName}: a fingerprint is 64 lowercase hex digits`;
      throw p2pError("OPTIONS_INVALID", message, { name: agenciesName, id });
    }
  }
  return new Set<string>([...nodes, ...agencies]);
}
