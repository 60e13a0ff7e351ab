import type { NodeId } from "@fb/types";

/** A node that has, or wants, a place in the table of peers. */
export interface Place {
  readonly nodeId: NodeId;
  readonly agencyFingerprint: string;
  /** Member of a group here, or a configured peer. */
  readonly isPrivileged: boolean;
}

/** Places in the table of peers (SPEC 3.10). */
export interface PeerSlots {
  /** Whether a node that has no place may come; a privileged one may even when the table is full. */
  judge(newcomer: Place, present: readonly Place[]): "OK" | "TOO_MANY_PEERS" | "AGENCY_QUOTA";
  /** Who has to leave because more are present than there is room for; null = nobody. */
  evict(present: readonly Place[]): NodeId | null;
}

/**
 * Privileged nodes take the place of others when it is needed. The others share what is left, an agency no more than a
 * quarter of all places: certificates are free for whoever has an agency.
 */
export function createPeerSlots(maxPeers: number): PeerSlots {
  const quota = Math.max(1, Math.floor(maxPeers / 4));

  return {
    judge(newcomer, present) {
      const others = present.filter(({ isPrivileged }) => !isPrivileged);
      const isFull = present.length >= maxPeers;
      if (newcomer.isPrivileged) return isFull && others.length === 0 ? "TOO_MANY_PEERS" : "OK";
      if (isFull) return "TOO_MANY_PEERS";
      const same = others.filter(({ agencyFingerprint }) => agencyFingerprint === newcomer.agencyFingerprint);
      return same.length >= quota ? "AGENCY_QUOTA" : "OK";
    },
    evict(present) {
      if (present.length <= maxPeers) return null;
      const byAgency = new Map<string, NodeId[]>();
      for (const { agencyFingerprint, nodeId, isPrivileged } of present) {
        if (isPrivileged) continue;
        const nodes = byAgency.get(agencyFingerprint);
        if (nodes === undefined) byAgency.set(agencyFingerprint, [nodeId]);
        else nodes.push(nodeId);
      }
      let most: readonly NodeId[] = [];
      for (const nodes of byAgency.values()) if (nodes.length > most.length) most = nodes;
      return most.at(-1) ?? null;
    },
  };
}
