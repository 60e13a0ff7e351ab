import type { TableSchema } from "./schema.ts";

/** Names of the system tables. */
export const TABLES = {
  tables: "_sys_tables_",
  consensus: "_sys_consensus_",
  config: "_sys_config_",
  tableAccess: "_sys_table_access_",
  cns: "_sys_cns_",
  currentState: "_sys_current_state_",
  numberToHash: "_sys_number_2_hash_",
  numberToHeader: "_sys_number_2_header_",
  numberToBody: "_sys_number_2_body_",
  numberToTxs: "_sys_number_2_txs_",
  numberToReceipts: "_sys_number_2_receipts_",
  numberToMembers: "_sys_number_2_members_",
  certificates: "_sys_certificates_",
  hashToNumber: "_sys_hash_2_number_",
  txHashToBlock: "_sys_tx_hash_2_block_",
  replayKeys: "_sys_replay_keys_",
  code: "_sys_code_",
  stateRoots: "_sys_state_roots_",
  trieNodes: "_sys_trie_nodes_",
  trieStale: "_sys_trie_stale_",
  preImages: "_sys_pre_images_",
} as const;

type Flags = { readonly unique?: boolean; readonly consensus?: boolean };

function table(name: string, keyField: string, valueFields: readonly string[], flags: Flags): TableSchema {
  return { name, keyField, valueFields, keyUnique: flags.unique === true, consensus: flags.consensus === true };
}

const unique: Flags = { unique: true };
const consensus: Flags = { consensus: true };

const list: readonly TableSchema[] = [
  // Tables that the group agrees on (tablesRoot). Values are UTF-8 text unless said.
  // key_unique is "1" for key-value tables, "0" otherwise; value_field is a comma list.
  table(TABLES.tables, "table_name", ["key_field", "value_field", "key_unique"], { unique: true, consensus: true }),
  // One key, "node"; type is sealer, observer or free.
  table(TABLES.consensus, "name", ["type", "node_id", "enable_num"], consensus),
  // One row per change; in force at a height is the row with the greatest enable_num not above it.
  table(TABLES.config, "key", ["value", "enable_num"], consensus),
  table(TABLES.tableAccess, "table_name", ["address", "enable_num"], consensus),
  table(TABLES.cns, "name", ["version", "address", "abi"], consensus),

  // Block data: written by the chain, not part of any root. Number keys are 8 bytes, big endian.
  table(TABLES.currentState, "key", ["value"], unique),
  table(TABLES.numberToHash, "number", ["value"], unique),
  table(TABLES.numberToHeader, "number", ["value", "tx_count", "block_size"], unique),
  // Encoded block and packed receipts, cut into rows 1, 2, ... because a field is bounded.
  table(TABLES.numberToBody, "number", ["value"], {}),
  // Hashes (32 bytes) and senders (20 bytes) of the block's transactions, end to end.
  table(TABLES.numberToTxs, "number", ["tx_hashes", "senders"], unique),
  table(TABLES.numberToReceipts, "number", ["value"], {}),
  // Only for heights whose header changed the member list: the list in force from the next height.
  table(TABLES.numberToMembers, "number", ["value"], unique),
  table(TABLES.certificates, "number", ["value"], unique),
  table(TABLES.hashToNumber, "hash", ["value"], unique),
  table(TABLES.txHashToBlock, "hash", ["number", "index"], unique),
  // Key = blockLimit, one row per block that added keys, value = its 16-byte replay keys end to end.
  table(TABLES.replayKeys, "block_limit", ["value"], {}),

  // World state; committed to by stateRoot.
  table(TABLES.code, "code_hash", ["value"], unique),
  // state-storage keeps the head only, state-mpt one row per kept height.
  table(TABLES.stateRoots, "number", ["root", "node_height"], unique),
  table(TABLES.trieNodes, "node", ["rlp", "child_heights"], unique),
  // Node keys that the block made stale, in chunks.
  table(TABLES.trieStale, "number", ["nodes"], {}),
  // What the block overwrote, in chunks; state-storage keeps the last blocks.
  table(TABLES.preImages, "number", ["values"], {}),
];

/** Schemas of the system tables by name. */
export const SYSTEM_TABLES: ReadonlyMap<string, TableSchema> = new Map(list.map((schema) => [schema.name, schema]));

/** The one schema of all contract tables `c_<address>`: the account row and its slots. */
export const CONTRACT_TABLE: TableSchema = table("c_", "key", ["value"], unique);

/**
 * Schema of a table whose shape is fixed: system tables and contract tables (returned under the name `c_`). Undefined
 * for user tables, which are described by their row in `_sys_tables_`, and for unknown names.
 */
export function schemaOf(name: string): TableSchema | undefined {
  return name.startsWith("c_") ? CONTRACT_TABLE : SYSTEM_TABLES.get(name);
}

/** Key of tables that are ordered by block: 8 bytes, big endian. */
export function numberKey(number: number): Uint8Array {
  const key = new Uint8Array(8);
  const view = new DataView(key.buffer);
  view.setUint32(0, Math.floor(number / 0x1_0000_0000));
  view.setUint32(4, number >>> 0);
  return key;
}

/** Inverse of {@link numberKey}; `key` must be 8 bytes below 2^53. */
export function keyNumber(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
}
