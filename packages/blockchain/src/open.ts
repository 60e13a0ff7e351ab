import { keyNumber, TABLES } from "@fb/storage-amdb";
import {
  EMPTY,
  encodeGenesis,
  type GenesisConfig,
  type Height,
  type RowOp,
  type StorageBackend,
  toHex,
} from "@fb/types";
import type { Blockchain, Totals } from "./api.ts";
import { ConfigHistory } from "./chain-config.ts";
import { chainError } from "./errors.ts";
import { buildGenesis, checkGenesis } from "./genesis.ts";
import type { BlockchainOptions } from "./options.ts";
import type { BlockchainDeps } from "./ports.ts";
import { BlockPruner } from "./pruner.ts";
import { BlockReader } from "./reader.ts";
import { RecentHashes } from "./recent-hashes.ts";
import { ReplayWindow } from "./replay-window.ts";
import { addBlockRows, STATE_KEYS } from "./rows.ts";
import { StoredChain } from "./stored-chain.ts";

/**
 * Opens the chain of a group over its backend. An empty backend gets block 0; otherwise the stored genesis must be the
 * configured one (GENESIS_MISMATCH).
 */
export async function openBlockchain(options: BlockchainOptions, deps: BlockchainDeps): Promise<Blockchain> {
  const { genesis } = options;
  const { backend, suite } = deps;
  const pruner = await BlockPruner.open(backend, options.keepBlocks ?? null, deps.log);
  const reader = new BlockReader(backend, options.cacheBytes, pruner);
  if (backend.height() < 0) await commitGenesis(genesis, deps);
  else await requireGenesis(reader, genesis);
  const height = backend.height();
  const config = await ConfigHistory.load(genesis, backend);
  const replay = await ReplayWindow.load(suite, backend);
  const hashes = await RecentHashes.load(reader, height);
  const [head] = await reader.headers(height, 1);
  const members = await reader.membersAfter(height);
  const genesisHash = await reader.hash(0);
  const totals = await loadTotals(reader, height);
  if (head === undefined || members === null || genesisHash === null) {
    throw chainError("STORE_CORRUPT", "the head block is incomplete", { height });
  }
  return new StoredChain({ genesis, genesisHash, reader, pruner, config, replay, hashes, head, members, totals }, deps);
}

/**
 * Whether a backend's blocks, if there are any, are those of the configured genesis. Throws GENESIS_MISMATCH,
 * STORE_CORRUPT.
 */
export async function checkStoredGenesis(genesis: GenesisConfig, backend: StorageBackend): Promise<void> {
  if (backend.height() >= 0) await requireGenesis(new BlockReader(backend, 0, { lowest: 0 }), genesis);
}

async function requireGenesis(reader: BlockReader, genesis: GenesisConfig): Promise<void> {
  const stored = await reader.value(TABLES.currentState, STATE_KEYS.genesis);
  if (stored === null) throw chainError("STORE_CORRUPT", "the data folder holds blocks but no genesis");
  checkGenesis(stored, genesis);
}

/** Block 0 goes the way of every block: one batch. */
async function commitGenesis(genesis: GenesisConfig, deps: BlockchainDeps): Promise<void> {
  const { backend, suite, world, tables, log } = deps;
  const { block, hash, members, stateCommitment, stateChanges, tableBatch } = await buildGenesis(genesis, {
    suite,
    world,
  });
  const batch: RowOp[] = [...stateCommitment.batch, ...tableBatch];
  addBlockRows(batch, {
    header: block.header,
    hash,
    transactions: [],
    txHashes: EMPTY,
    senders: EMPTY,
    encodedReceipts: [],
    certificate: null,
    members,
    totals: { transactions: 0, failed: 0 },
  });
  batch.push({ table: TABLES.currentState, key: STATE_KEYS.genesis, row: 0, fields: [encodeGenesis(genesis)] });
  await backend.commit(0, batch);
  tables.committed(tableBatch);
  world.committed(0, stateCommitment, stateChanges);
  log.info("genesis-committed", { hash: toHex(hash) });
}

async function loadTotals(reader: BlockReader, height: Height): Promise<Totals> {
  const [transactions, failed] = await Promise.all([
    reader.value(TABLES.currentState, STATE_KEYS.transactions),
    reader.value(TABLES.currentState, STATE_KEYS.failed),
  ]);
  if (transactions === null || failed === null) throw chainError("STORE_CORRUPT", "the counters are missing");
  return { height, transactions: keyNumber(transactions), failed: keyNumber(failed) };
}
