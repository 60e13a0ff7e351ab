import { fromHex, toHex } from "./bytes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import { taggedHash } from "./digest.ts";
import { invariant } from "./errors.ts";
import type { Members } from "./header.ts";
import { type Hash, isNodeId, type NodeId } from "./ids.ts";
import { type RlpItem, rlpEncode } from "./rlp.ts";
import { RlpReader } from "./rlp-reader.ts";

/** Sealers and observers of a group, each at most. */
export const MAX_MEMBERS = 4096;

/** RLP of both lists (SPEC 7). The lists must be sorted, distinct and disjoint. */
export function encodeMembers(members: Members): Uint8Array {
  return rlpEncode(membersItem(members));
}

/** The lists in `bytes`; null unless they are canonical, sorted, distinct, disjoint and there is a sealer. */
export function decodeMembers(bytes: Uint8Array): Members | null {
  const outer = new RlpReader(bytes);
  const reader = outer.list();
  if (reader === null || !outer.done) return null;
  const sealers = decodeNodeIds(reader.list());
  const observers = decodeNodeIds(reader.list());
  if (sealers === null || observers === null || !reader.done) return null;
  const members = { sealers, observers };
  return areValidMembers(members) ? members : null;
}

/** What a header commits to: keccak256(rlp(["fb-members/1", sealers, observers])). */
export function membersHash(suite: CryptoSuite, members: Members): Hash {
  return taggedHash(suite, "fb-members/1", membersItem(members));
}

/** Both lists sorted ascending, distinct, disjoint, within {@link MAX_MEMBERS}; at least one sealer. */
export function areValidMembers(members: Members): boolean {
  const { sealers, observers } = members;
  if (sealers.length === 0 || sealers.length > MAX_MEMBERS || observers.length > MAX_MEMBERS) return false;
  if (!isAscending(sealers) || !isAscending(observers)) return false;
  const known = new Set<string>(sealers);
  return !observers.some((observer) => known.has(observer));
}

function membersItem(members: Members): readonly RlpItem[] {
  invariant(areValidMembers(members), "member lists are not sorted, distinct and disjoint");
  return [members.sealers.map((id) => fromHex(id)!), members.observers.map((id) => fromHex(id)!)];
}

function isAscending(ids: readonly NodeId[]): boolean {
  for (let i = 0; i < ids.length; i++) {
    if (!isNodeId(ids[i]) || (i > 0 && ids[i - 1]! >= ids[i]!)) return false;
  }
  return true;
}

function decodeNodeIds(reader: RlpReader | null): NodeId[] | null {
  if (reader === null) return null;
  const ids: NodeId[] = [];
  while (!reader.done) {
    const id = reader.fixed(64);
    if (id === null || ids.length === MAX_MEMBERS) return null;
    ids.push(toHex(id) as NodeId);
  }
  return ids;
}
