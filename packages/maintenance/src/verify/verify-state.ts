import { MEMBER_ROWS, readMembers } from "@fb/precompiled";
import { noMetrics } from "@fb/runtime";
import { checkTries } from "@fb/state-mpt";
import { checkHistory, type HistoryCheckResult } from "@fb/state-storage";
import { BlockOverlay, createTableCache, numberKey, shownBytes, TABLES } from "@fb/storage-amdb";
import { decodeHeader, equalBytes, isNodeId, type Members, membersHash, type NodeId } from "@fb/types";
import { tolerant, type VerifyContext } from "./context.ts";

/** What was found out about the state. */
export interface StateResult {
  /** state-storage: blocks before and with the head whose writes gave their roots. state-mpt: heights looked at. */
  readonly heights: number;
  /** state-mpt: nodes of the head. */
  readonly nodes: number;
  readonly isWritten: HistoryCheckResult["isWritten"];
}

/** The state of the head, as far as its rows prove it. */
export async function verifyState(context: VerifyContext, roots: "head" | "all"): Promise<StateResult> {
  const { genesis, backend, suite, head, report, onProgress, signal, stateRootAt } = context;
  const common = { backend, suite, head, rootAt: stateRootAt, report };
  const progress = (unit: "nodes" | "blocks") => (done: number) => {
    signal.throwIfAborted();
    onProgress({ step: "state", done, total: null, unit });
  };
  if (genesis.stateType === "mpt") {
    const result = await tolerant(() => checkTries({ ...common, roots, progress: progress("nodes") }));
    if (result !== undefined) return { heights: result.roots, nodes: result.nodes, isWritten: null };
  } else {
    const result = await tolerant(() => checkHistory({ ...common, progress: progress("blocks") }));
    if (result !== undefined) return { heights: result.blocks, nodes: 0, isWritten: result.isWritten };
  }
  report({ code: "ROW_UNREADABLE", table: TABLES.stateRoots, expected: "rows of the state", found: "other bytes" });
  return { heights: 0, nodes: 0, isWritten: null };
}

/** The member table says what the head commits to. */
export async function verifyMembers({ backend, suite, head, report }: VerifyContext): Promise<void> {
  const rows = await tolerant(() => backend.rows(TABLES.numberToHeader, numberKey(head)));
  const header = rows?.[0]?.fields[0] === undefined ? null : decodeHeader(rows[0].fields[0]);
  if (header === null) return;
  const tables = new BlockOverlay(createTableCache({ backend, maxBytes: 1 << 20, metrics: noMetrics }), head + 1);
  const members = await tolerant(async () => {
    await tables.load([MEMBER_ROWS]);
    return encodable(readMembers(tables));
  });
  const found = members == null ? undefined : membersHash(suite, members);
  if (found !== undefined && equalBytes(found, header.membersHash)) return;
  const at = { table: TABLES.consensus, key: MEMBER_ROWS.key, height: head };
  report({
    code: "ROOT_DIFFERS",
    ...at,
    expected: `membersHash ${shownBytes(header.membersHash)}`,
    found: shownBytes(found),
  });
}

/** Null for lists that no header can commit to. */
function encodable(members: Members): Members | null {
  const sorted = (list: readonly NodeId[]) => list.every((id, i) => isNodeId(id) && (i === 0 || list[i - 1]! < id));
  const { sealers, observers } = members;
  const isDisjoint = observers.every((id) => !sealers.includes(id));
  return sealers.length > 0 && sorted(sealers) && sorted(observers) && isDisjoint ? members : null;
}
