import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { certificatePem, createNodeIdentity, privateKeyPem, readIdentity } from "@fb/build-chain";
import { NODE_CONFIG, readConfig } from "@fb/config";
import type { PeerAddress } from "@fb/p2p-whitelist";

/** What admits a peer to the network of a chain. */
export interface PeerIdentity {
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array;
  /** PEM: the node certificate, then its agency's. */
  readonly cert: string;
  /** PEM: the chain CA. */
  readonly ca: string;
  readonly chainId: number;
  readonly listenPort: number;
  readonly peers: readonly PeerAddress[];
}

/** The identity of a node; it must not run. */
export function identityOf(folder: string): PeerIdentity {
  const file = join(folder, "config.ini");
  const config = readConfig(NODE_CONFIG, file, readFileSync(file, "utf8"));
  const security = (name: string) => readFileSync(join(folder, config.network_security.dataPath, name), "utf8");
  return {
    privateKey: rawKey(security(config.network_security.key)),
    cert: security(config.network_security.cert),
    ca: security(config.network_security.caCert),
    chainId: config.chain.id,
    listenPort: config.p2p.listenPort,
    peers: config.p2p.peers,
  };
}

/** More identities of the same agency: certificates cost nothing to who issues them. */
export async function moreIdentities(agency: string, like: PeerIdentity, count: number): Promise<PeerIdentity[]> {
  const read = (name: string) => readFileSync(join(agency, name), "utf8");
  const issuer = await readIdentity(read("agency.crt"), read("agency.key"));
  const identities: PeerIdentity[] = [];
  for (let i = 0; i < count; i++) {
    const identity = await createNodeIdentity(`guest${i}`, issuer);
    const privateKey = rawKey(await privateKeyPem(identity));
    identities.push({ ...like, privateKey, cert: certificatePem(identity) + read("agency.crt"), listenPort: 0 });
  }
  return identities;
}

function rawKey(pem: string): Uint8Array {
  return new Uint8Array(Buffer.from(createPrivateKey(pem).export({ format: "jwk" }).d!, "base64url"));
}
