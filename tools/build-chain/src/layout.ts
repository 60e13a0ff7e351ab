import { FbError, type NodeId } from "@fb/types";
import type { BuildChainErrorCode } from "./errors.ts";
import type { HostLine, Membership, Ports } from "./topology.ts";

/** One node of the chain to be: where it runs and what it belongs to. */
export interface PlannedNode {
  /** `node0`, `node1`... counted per host. */
  readonly name: string;
  readonly host: string;
  readonly agency: string;
  readonly ports: Ports;
  readonly memberships: readonly Membership[];
}

/** A planned node with its identity. */
export interface NamedNode extends PlannedNode {
  readonly nodeId: NodeId;
}

const MAX_PORT = 65_535;

function bad(what: string): FbError<BuildChainErrorCode> {
  return new FbError("TOPOLOGY_INVALID", `${what}; set ports in the topology`);
}

/** Gives every node of a topology its name and ports; ports on one host must not collide. */
export function planNodes(
  lines: readonly HostLine[],
  first: Ports,
  existing: readonly { readonly host: string }[] = [],
): PlannedNode[] {
  const perHost = new Map<string, number>();
  for (const { host } of existing) perHost.set(host, (perHost.get(host) ?? 0) + 1);
  const used = new Set<string>();
  const nodes: PlannedNode[] = [];
  for (const line of lines) {
    for (let i = 0; i < line.count; i++) {
      const index = perHost.get(line.host) ?? 0;
      perHost.set(line.host, index + 1);
      const ports = line.ports === null ? plus(first, index) : plus(line.ports, i);
      for (const port of Object.values(ports)) {
        const key = `${line.host}:${port}`;
        if (used.has(key)) throw bad(`port ${key} would be used twice`);
        if (port > MAX_PORT) throw bad(`port ${key} would be above ${MAX_PORT}`);
        used.add(key);
      }
      nodes.push({ name: `node${index}`, host: line.host, agency: line.agency, ports, memberships: line.memberships });
    }
  }
  return nodes;
}

function plus({ p2p, rpc, operator }: Ports, offset: number): Ports {
  return { p2p: p2p + offset, rpc: rpc + offset, operator: operator + offset };
}
