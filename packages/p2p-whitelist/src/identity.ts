import { createECDH, ECDH } from "node:crypto";
import { type NodeId, toHex } from "@fb/types";

const CURVE = "secp256k1";

/** Node id of a 32-byte secp256k1 key; null when the key is out of range. */
export function nodeIdOfPrivateKey(privateKey: Uint8Array): NodeId | null {
  if (privateKey.length !== 32) return null;
  try {
    const ecdh = createECDH(CURVE);
    ecdh.setPrivateKey(privateKey);
    return toHex(ecdh.getPublicKey().subarray(1)) as NodeId;
  } catch {
    return null;
  }
}

/** Node id of a 33-byte compressed key, as libp2p carries it; null for anything that is no point of the curve. */
export function nodeIdOfCompressedKey(key: Uint8Array): NodeId | null {
  if (key.length !== 33) return null;
  try {
    const point = ECDH.convertKey(key, CURVE, undefined, undefined, "uncompressed");
    return typeof point === "string" ? null : (toHex(point.subarray(1)) as NodeId);
  } catch {
    return null;
  }
}
