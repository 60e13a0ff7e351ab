import { TABLES } from "@fb/storage-amdb";
import { isNodeId, isNodeKey, MAX_MEMBERS, PRECOMPILED_CODES } from "@fb/types";
import type { AbiValue } from "./abi.ts";
import { mayWrite } from "./access.ts";
import type { Steps, SystemContract, SystemFunction } from "./definition.ts";
import type { SystemSession, TextRow } from "./session.ts";
import { refuse } from "./stop.ts";

const KEY = "node";
type Role = "sealer" | "observer" | "none";

/** Consensus (0x1003): who seals and who observes, in force from the next height. */
export const consensusContract: SystemContract = {
  address: "0000000000000000000000000000000000001003",
  functions: [
    memberFunction("addSealer", "sealer"),
    memberFunction("addObserver", "observer"),
    memberFunction("remove", "none"),
  ],
};

function memberFunction(name: string, role: Role): SystemFunction {
  return {
    name,
    inputs: ["string"],
    outputs: ["int256"],
    writes: true,
    *run(session, [nodeId]) {
      return [yield* setRole(session, (nodeId as string).toLowerCase(), role)];
    },
  };
}

/** 1 when the node has the role now, 0 when there was nothing to remove, otherwise a code. */
function* setRole(session: SystemSession, nodeId: string, role: Role): Steps<AbiValue> {
  // Whoever is listed can always be removed, whatever the list was made of.
  if (!isNodeId(nodeId) || (role !== "none" && !isNodeKey(nodeId))) return PRECOMPILED_CODES.badNodeId;
  if (!(yield* mayWrite(session, TABLES.consensus))) return PRECOMPILED_CODES.permissionDenied;
  const rows = yield* session.rows(TABLES.consensus, KEY);
  const current = rows.find((row) => row["node_id"] === nodeId);
  if (current === undefined && role === "none") return 0n;
  if (current?.["type"] === role) return 1n;
  if (current?.["type"] === "sealer" && countOf(rows, "sealer") === 1) return PRECOMPILED_CODES.lastSealer;
  if (role !== "none" && countOf(rows, role) >= MAX_MEMBERS) refuse(`a group has at most ${MAX_MEMBERS} ${role}s`);
  const enableNumber = String(session.enableNumber);
  if (role === "none") session.remove(TABLES.consensus, KEY, "node_id", nodeId);
  else if (current === undefined)
    session.insert(TABLES.consensus, KEY, { type: role, node_id: nodeId, enable_num: enableNumber });
  else session.update(TABLES.consensus, KEY, "node_id", nodeId, { type: role, enable_num: enableNumber });
  session.emit({
    signature: "MemberChanged(address,string,string,uint256)",
    indexed: [session.caller],
    types: ["string", "string", "uint256"],
    values: [nodeId, role, BigInt(session.enableNumber)],
  });
  return 1n;
}

function countOf(rows: readonly TextRow[], type: string): number {
  return rows.filter((row) => row["type"] === type).length;
}
