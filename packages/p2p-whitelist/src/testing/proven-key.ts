import { concatBytes, fromHex, type NodeId } from "@fb/types";

/** What the noise handshake tells of a peer: the compressed key, 33 bytes, of its node id. */
export function provenKeyOf(nodeId: NodeId): Uint8Array {
  const point = fromHex(nodeId)!;
  const isOdd = (point.at(-1)! & 1) === 1;
  return concatBytes(Uint8Array.of(isOdd ? 3 : 2), point.subarray(0, 32));
}
