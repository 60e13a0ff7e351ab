import { BlockOverlay, TABLES } from "@fb/storage-amdb";
import {
  type AccountChange,
  type Block,
  type BlockHeader,
  type CryptoSuite,
  decodeGenesis,
  EMPTY,
  EMPTY_BLOOM,
  encodeGenesis,
  equalBytes,
  type GenesisConfig,
  genesisDigest,
  type Hash,
  type Hex,
  headerHash,
  type Members,
  membersHash,
  type RowOp,
  receiptRoot,
  runningRoot,
  type StateChanges,
  type StateCommitment,
  toHex,
  txRoot,
  type WorldState,
  writeSetDigest,
  ZERO_HASH,
} from "@fb/types";
import { genesisConfigValues } from "./chain-config.ts";
import { chainError } from "./errors.ts";

/** Block 0 with everything its commit writes. */
export interface GenesisBlock {
  readonly block: Block;
  readonly hash: Hash;
  readonly members: Members;
  readonly stateCommitment: StateCommitment;
  readonly stateChanges: StateChanges;
  /** Rows of the system tables. */
  readonly tableBatch: readonly RowOp[];
}

const encoder = new TextEncoder();
const NOTHING = { peek: () => [], load: async (loads: readonly unknown[]) => loads.map(() => []) };

/**
 * Block 0 of a genesis (SPEC 5.1): a normal header over alloc and system tables, extraData = digest of the genesis.
 * A function of the genesis alone. Throws GENESIS_INVALID (types) when a value breaks a rule.
 */
export async function buildGenesis(
  genesis: GenesisConfig,
  deps: { readonly suite: CryptoSuite; readonly world: Pick<WorldState, "emptyRoot" | "commitment"> },
): Promise<GenesisBlock> {
  const { suite, world } = deps;
  const extraData = genesisDigest(suite, genesis);
  const members: Members = { sealers: genesis.sealers, observers: genesis.observers };
  const stateChanges = allocChanges(suite, genesis);
  const stateCommitment = await world.commitment(0, world.emptyRoot, stateChanges);
  const tables = systemTables(genesis);
  const header: BlockHeader = {
    parentHash: ZERO_HASH,
    number: 0,
    timestamp: genesis.timestamp,
    stateRoot: stateCommitment.root,
    tablesRoot: runningRoot(suite, ZERO_HASH, writeSetDigest(suite, tables.consensusWrites())),
    txRoot: txRoot(suite, []),
    receiptRoot: receiptRoot(suite, []),
    membersHash: membersHash(suite, members),
    logsBloom: EMPTY_BLOOM,
    gasLimit: genesis.blockGasLimit,
    gasUsed: 0,
    sealer: 0,
    extraData,
  };
  const block: Block = { header, transactions: [] };
  return { block, hash: headerHash(suite, header), members, stateCommitment, stateChanges, tableBatch: tables.batch() };
}

function allocChanges(suite: CryptoSuite, genesis: GenesisConfig): StateChanges {
  const changes = new Map<Hex, AccountChange>();
  for (const { address, balance, nonce = 0n, code = EMPTY, slots = [] } of genesis.alloc) {
    changes.set(toHex(address), {
      account: { nonce, balance, codeHash: suite.hash(code) },
      clearStorage: false,
      slots: new Map(slots.map(({ slot, value }) => [toHex(slot), value])),
      ...(code.length > 0 ? { code } : {}),
    });
  }
  return changes;
}

/** Members, configuration and governance admins as rows. An admin is listed for `_sys_table_access_`, which gives every right. */
function systemTables(genesis: GenesisConfig): BlockOverlay {
  const overlay = new BlockOverlay(NOTHING, 0);
  const insert = (table: string, key: string, fields: Readonly<Record<string, string>>) => {
    const values = Object.entries(fields).map(([name, value]) => [name, encoder.encode(value)] as const);
    overlay.insert(table, encoder.encode(key), values);
  };
  for (const [type, nodes] of [
    ["sealer", genesis.sealers],
    ["observer", genesis.observers],
  ] as const) {
    for (const id of nodes) insert(TABLES.consensus, "node", { type, node_id: id, enable_num: "0" });
  }
  for (const [key, value] of genesisConfigValues(genesis)) insert(TABLES.config, key, { value, enable_num: "0" });
  for (const admin of genesis.admins) {
    insert(TABLES.tableAccess, TABLES.tableAccess, { address: `0x${toHex(admin)}`, enable_num: "0" });
  }
  return overlay;
}

/** Throws GENESIS_MISMATCH with the names of the fields that differ. */
export function checkGenesis(stored: Uint8Array, configured: GenesisConfig): void {
  const expected = encodeGenesis(configured);
  if (equalBytes(stored, expected)) return;
  const old = decodeGenesis(stored);
  // Decoded like the stored one, so that defaults are filled in on both sides.
  const given = decodeGenesis(expected);
  if (old === null || given === null) throw chainError("STORE_CORRUPT", "the stored genesis cannot be read");
  const fields = Object.keys(given) as (keyof GenesisConfig)[];
  const differing = fields.filter((field) => asText(old[field]) !== asText(given[field])).join(", ");
  throw chainError(
    "GENESIS_MISMATCH",
    `this data folder belongs to another genesis (different: ${differing}): restore the genesis file it was made with, or use an empty folder`,
    { fields: differing },
  );
}

function asText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return toHex(part);
    return typeof part === "bigint" ? String(part) : part;
  });
}
