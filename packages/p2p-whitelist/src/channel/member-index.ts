import type { NodeId } from "@fb/types";

/** Who is a member of any group here; built anew when somebody asks after a change. */
export interface MemberIndex {
  has(node: NodeId): boolean;
  refresh(): void;
}

export function createMemberIndex(groups: ReadonlyMap<number, { readonly members: ReadonlySet<NodeId> }>): MemberIndex {
  let nodes: Set<NodeId> | null = null;
  return {
    has(node) {
      if (nodes === null) {
        nodes = new Set();
        for (const { members } of groups.values()) for (const member of members) nodes.add(member);
      }
      return nodes.has(node);
    },
    refresh() {
      nodes = null;
    },
  };
}
