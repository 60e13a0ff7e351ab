import type { FbGroup } from "@fb/api";
import { type NodeProcess, nodesOf, rpcCall } from "@fb/local-chain";
import { isCode } from "@fb/types";
import { CHAIN_FOLDER } from "./paths.ts";
import { table } from "./progress.ts";

export interface NodeRow {
  readonly name: string;
  /** Null = not running. */
  readonly pid: number | null;
  /** Base URL; `/group/<id>` is appended for a group. */
  readonly rpc: string;
  /** Base URL of what the operator asks: `/metrics`, `/ready`, and JSON-RPC about the node. */
  readonly operator: string;
  readonly p2p: string;
  readonly groups: readonly FbGroup[];
}

/** What every node of the chain says of itself. A node that does not answer has no groups. */
export async function chainStatus(): Promise<{ nodes: NodeRow[] }> {
  return { nodes: await Promise.all(nodesOf(CHAIN_FOLDER).map(nodeStatus)) };
}

async function nodeStatus(node: NodeProcess): Promise<NodeRow> {
  const pid = node.pid();
  const row = { name: node.name, pid, rpc: node.rpcUrl, operator: node.operatorUrl, p2p: `127.0.0.1:${node.p2pPort}` };
  if (pid === null) return { ...row, groups: [] };
  try {
    return { ...row, groups: await rpcCall(node.operatorUrl, "fb_groups", [], 3000) };
  } catch (error) {
    if (isCode(error, "NO_OPERATOR_LISTENER")) throw error;
    return { ...row, groups: [] };
  }
}

export function statusTable(nodes: readonly NodeRow[]): string {
  const rows = [
    ["node", "pid", "rpc", "operator", "p2p", "group", "consensus", "state", "role", "height", "hash", "ready"],
  ];
  for (const node of nodes) {
    const own = [node.name, node.pid === null ? "stopped" : String(node.pid), node.rpc, node.operator, node.p2p];
    if (node.groups.length === 0) rows.push([...own, "-", "-", "-", "-", "-", "-", "-"]);
    for (const [i, group] of node.groups.entries()) {
      rows.push([
        ...(i === 0 ? own : own.map(() => "")),
        String(group.id),
        group.consensus,
        group.state,
        group.role ?? "-",
        String(group.height ?? "-"),
        group.hash?.slice(0, 14) ?? "-",
        group.notReady.length === 0 ? "yes" : group.notReady.map(({ code }) => code).join(" "),
      ]);
    }
  }
  return table(rows);
}
