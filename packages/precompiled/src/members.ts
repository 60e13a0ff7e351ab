import { TABLES } from "@fb/storage-amdb";
import type { Members, NodeId, TableLoad } from "@fb/types";
import type { SystemTables } from "./ports.ts";
import { fromUtf8 } from "./text.ts";

const utf8 = new TextEncoder();

/** The table whose rows are the member list; a block that writes it changes the list from the next height on. */
export const MEMBER_TABLE: string = TABLES.consensus;

/** The one key of {@link MEMBER_TABLE}; to be loaded before {@link readMembers}. */
export const MEMBER_ROWS: TableLoad = { table: TABLES.consensus, key: utf8.encode("node") };

/** The lists as the tables hold them now: what is in force from the height after the block that wrote them. */
export function readMembers(tables: SystemTables): Members {
  const sealers: NodeId[] = [];
  const observers: NodeId[] = [];
  for (const { fields } of tables.select(MEMBER_ROWS.table, MEMBER_ROWS.key)) {
    const type = fromUtf8.decode(fields.get("type"));
    const nodeId = fromUtf8.decode(fields.get("node_id")) as NodeId;
    if (type === "sealer") sealers.push(nodeId);
    else if (type === "observer") observers.push(nodeId);
  }
  return { sealers: sealers.sort(), observers: observers.sort() };
}
