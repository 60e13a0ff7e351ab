import "reflect-metadata";
import { createECDH, createPrivateKey, sign as signBytes, type webcrypto } from "node:crypto";
import { type NodeId, toHex } from "@fb/types";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { Crypto } from "@peculiar/webcrypto";
import * as x509 from "@peculiar/x509";

/** A certificate authority or agency of a test chain. */
export interface TestAuthority {
  readonly pem: string;
  /** Certificates from this one up to, and without, the root. */
  readonly bundle: string;
  issueAgency(name: string, options?: IssueOptions): Promise<TestAuthority>;
  issueNode(name: string, options?: IssueOptions): Promise<TestNodeIdentity>;
}

export interface TestNodeIdentity {
  readonly privateKey: Uint8Array;
  readonly nodeId: NodeId;
  /** Node certificate and agencies. */
  readonly cert: string;
}

export interface IssueOptions {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly pathLength?: number;
  /** Issues without the CA flag (agency) or with it (node). */
  readonly wrongCaFlag?: boolean;
  /** Curve of the key; default K-256 for nodes and agencies. */
  readonly curve?: "K-256" | "P-256";
  /** Instead of the usual ones. */
  readonly extensions?: readonly x509.Extension[];
  /** Changes the certificate before its inner part is signed. */
  readonly edit?: (certificate: Certificate) => void;
}

const crypto = new Crypto();
const DEFAULT_FROM = new Date("2020-01-01T00:00:00Z");
const DEFAULT_TO = new Date("2120-01-01T00:00:00Z");

const algorithm = (curve: string) => ({ name: "ECDSA", namedCurve: curve, hash: "SHA-256" });

interface Holder {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly curve: string;
  readonly subject: string;
  readonly bundle: string;
}

async function sign(issuer: Holder | null, subject: Holder, isCa: boolean, options: IssueOptions): Promise<string> {
  const by = issuer ?? subject;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: toHex(crypto.getRandomValues(new Uint8Array(8))).replace(/^./, "1"),
      subject: subject.subject,
      issuer: by.subject,
      notBefore: options.notBefore ?? DEFAULT_FROM,
      notAfter: options.notAfter ?? DEFAULT_TO,
      publicKey: subject.keys.publicKey,
      signingKey: by.keys.privateKey,
      signingAlgorithm: algorithm(by.curve),
      extensions: [...(options.extensions ?? usualExtensions(isCa, options.pathLength))],
    },
    crypto as never,
  );
  if (options.edit === undefined) return `${certificate.toString("pem")}\n`;
  const edited = AsnConvert.parse(certificate.rawData, Certificate);
  options.edit(edited);
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", by.keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  edited.signatureValue = toArrayBuffer(
    signBytes("sha256", Buffer.from(AsnConvert.serialize(edited.tbsCertificate)), key),
  );
  return pemOf(new Uint8Array(AsnConvert.serialize(edited)));
}

/** What a CA, or a node, of these tests has unless told otherwise. */
export function usualExtensions(isCa: boolean, pathLength?: number): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(isCa, isCa ? pathLength : undefined, true),
    new x509.KeyUsagesExtension(
      isCa ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign : x509.KeyUsageFlags.digitalSignature,
      true,
    ),
  ];
}

function pemOf(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`;
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

async function holder(subject: string, curve: string, bundle: string): Promise<Holder> {
  const keys = (await crypto.subtle.generateKey(algorithm(curve), true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  return { keys, curve, subject, bundle };
}

function authority(self: Holder, pem: string): TestAuthority {
  return {
    pem,
    bundle: self.bundle,
    async issueAgency(name, options = {}) {
      const agency = await holder(`CN=${name}, O=test chain, OU=agency`, options.curve ?? "K-256", "");
      const cert = await sign(self, agency, options.wrongCaFlag !== true, options);
      return authority({ ...agency, bundle: cert + self.bundle }, cert);
    },
    async issueNode(name, options = {}) {
      const node = await holder(`CN=${name}, O=test chain, OU=node`, options.curve ?? "K-256", "");
      const cert = await sign(self, node, options.wrongCaFlag === true, options);
      const jwk = await crypto.subtle.exportKey("jwk", node.keys.privateKey);
      const privateKey = new Uint8Array(Buffer.from(jwk.d!, "base64url"));
      return { privateKey, nodeId: nodeIdOf(privateKey), cert: cert + self.bundle };
    },
  };
}

function nodeIdOf(privateKey: Uint8Array): NodeId {
  const ecdh = createECDH("secp256k1");
  ecdh.setPrivateKey(privateKey);
  return toHex(ecdh.getPublicKey().subarray(1)) as NodeId;
}

/** A fresh chain CA. */
export async function createTestCa(name = "chain", options: IssueOptions = {}): Promise<TestAuthority> {
  x509.cryptoProvider.set(crypto as never);
  const root = await holder(`CN=${name}, O=test chain, OU=chain`, options.curve ?? "P-256", "");
  return authority(root, await sign(null, root, true, options));
}
