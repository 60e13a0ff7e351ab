import "reflect-metadata";
import { createHash } from "node:crypto";
import type { NodeId } from "@fb/types";
import { Crypto } from "@peculiar/webcrypto";
import * as x509 from "@peculiar/x509";

// Node's own WebCrypto has no secp256k1, which node keys need.
const webcrypto = new Crypto();
x509.cryptoProvider.set(webcrypto as never);

const ALGORITHM = { name: "ECDSA", namedCurve: "K-256", hash: "SHA-256" } as const;
const YEARS = { chain: 30, agency: 20, node: 10 } as const;

/** A certificate with the key it certifies. */
export interface Identity {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

type CryptoKeyPair = Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[0]["keys"];

function newKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as unknown as Promise<CryptoKeyPair>;
}

function validity(years: number) {
  const notBefore = new Date(Date.now() - 60 * 60 * 1000);
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years);
  return { notBefore, notAfter };
}

function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0]! &= 0x7f;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The self-signed root of a chain. */
export async function createChainCa(chainId: number): Promise<Identity> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=chain-${chainId}, OU=chain, O=fb`,
    serialNumber: serial(),
    ...validity(YEARS.chain),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: authority(1),
  });
  return { certificate, keys };
}

/** An agency: an organisation that issues the certificates of its own nodes. */
export async function createAgency(name: string, ca: Identity): Promise<Identity> {
  return issue(`CN=${name}, OU=agency, O=fb`, ca, YEARS.agency, authority(0));
}

export async function createNodeIdentity(name: string, agency: Identity): Promise<Identity> {
  return issue(`CN=${name}, OU=node, O=fb`, agency, YEARS.node, [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
  ]);
}

function authority(pathLength: number) {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

async function issue(
  subject: string,
  issuer: Identity,
  years: number,
  extensions: x509.Extension[],
): Promise<Identity> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.certificate.subject,
    serialNumber: serial(),
    ...validity(years),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    extensions,
  });
  return { certificate, keys };
}

export function certificatePem(identity: Identity): string {
  return `${identity.certificate.toString("pem")}\n`;
}

/** PKCS#8 PEM. */
export async function privateKeyPem(identity: Identity): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", identity.keys.privateKey as never));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

/** The key pair of an agency or chain CA written by an earlier run. */
export async function readIdentity(certPem: string, keyPem: string): Promise<Identity> {
  const certificate = new x509.X509Certificate(certPem);
  const der = Buffer.from(keyPem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const privateKey = (await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"])) as never;
  const publicKey = await certificate.publicKey.export(ALGORITHM, ["verify"], webcrypto as never);
  return { certificate, keys: { privateKey, publicKey } };
}

/** What the certificate lists of nodes call an agency: SHA-256 of its public key, 64 lowercase hex digits. */
export function keyFingerprint({ certificate }: Identity): string {
  return createHash("sha256").update(new Uint8Array(certificate.publicKey.rawData)).digest("hex");
}

/** Public key of the node's certificate: its identity everywhere. */
export async function nodeIdOf(identity: Identity): Promise<NodeId> {
  const point = Buffer.from(await webcrypto.subtle.exportKey("raw", identity.keys.publicKey as never));
  return point.subarray(1).toString("hex") as NodeId;
}
