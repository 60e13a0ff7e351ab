import { isIP } from "node:net";
import { MAX_CHAIN_ID, type NodeId } from "@fb/types";
import { p2pError } from "../errors.ts";
import { nodeIdOfPrivateKey } from "../identity.ts";
import { DEFAULT_MAX_PAYLOAD_BYTES, DEFAULT_MAX_PEERS } from "../limits.ts";
import type { NetworkOptions, PeerAddress } from "../options.ts";

const MAX_PORT = 65_535;
const HOST = /^[0-9A-Za-z.:_-]{1,255}$/;

/** Checks ranges and returns the node id of the key. @throws OPTIONS_INVALID */
export function checkOptions(options: NetworkOptions): NodeId {
  checkRange("chainId", options.chainId, 1, MAX_CHAIN_ID);
  checkRange("maxPayloadBytes", options.maxPayloadBytes ?? DEFAULT_MAX_PAYLOAD_BYTES, 64 * 1024, 64 * 1024 * 1024);
  checkRange("maxPeers", options.maxPeers ?? DEFAULT_MAX_PEERS, 1, 10_000);
  checkRange("listen.port", options.listen.port, 0, MAX_PORT);
  if (isIP(options.listen.host) === 0) {
    throw p2pError("OPTIONS_INVALID", "listen.host: must be an IP address", { name: "listen.host" });
  }
  checkAddresses(options.peers);
  const nodeId = nodeIdOfPrivateKey(options.privateKey);
  if (nodeId === null) throw p2pError("OPTIONS_INVALID", "privateKey: is no secp256k1 key", { name: "privateKey" });
  return nodeId;
}

/** @throws OPTIONS_INVALID */
export function checkAddresses(peers: readonly PeerAddress[]): void {
  for (const { host, port } of peers) {
    checkRange("peers.port", port, 1, MAX_PORT);
    if (!HOST.test(host))
      throw p2pError("OPTIONS_INVALID", "peers.host: is no host name or IP address", { name: "peers" });
  }
}

function checkRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw p2pError("OPTIONS_INVALID", `${name}: must be ${min} to ${max}`, { name, value, min, max });
}
