import { openBlockchain } from "@fb/blockchain";
import { createMemoryNetwork } from "@fb/p2p-whitelist/testing";
import { createPrometheusRegister, createThreadShare, defineWire, noMetrics, silentLogger } from "@fb/runtime";
import { createCapturingLogger, createFakeClock, createSeededRng } from "@fb/runtime/testing";
import { createTableCache } from "@fb/storage-amdb";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import { createSync, DEFAULT_SYNC_OPTIONS } from "@fb/sync";
import { createTxPool, DEFAULT_TX_POOL_OPTIONS, recoverInThread, type TxPoolOptions } from "@fb/txpool";
import { EMPTY, encodeGroupTransaction, type GroupChannel } from "@fb/types";
import { suite } from "../src/testing/index.ts";
import { poolChain } from "../src/wiring.ts";
import { createWorld, shareCache } from "../src/world.ts";
import { account, CHAIN_ID, GROUP, keyed, makeGenesis } from "./accounts.ts";

/** What a hostile member encodes with: without the limits of an honest one. */
export const wire = defineWire<{
  TxsMessage: { batch?: { txs: readonly Uint8Array[] }; announce?: { hashes: Uint8Array } };
  SyncMessage: { block_response?: { id: number; items: Uint8Array } };
}>(`
  message TxList { repeated bytes txs = 1 [(max_count) = 65536]; }
  message TxAnnounce { bytes hashes = 1; }
  message TxsMessage { oneof body { TxList batch = 1; TxAnnounce announce = 2; } }
  message BlockResponse { uint64 id = 1; bytes items = 3; }
  message SyncMessage { oneof body { BlockResponse block_response = 3; } }
`);
export const batchOf = (txs: readonly Uint8Array[]) => wire.encode("TxsMessage", { batch: { txs } });

const signature = suite.sign(suite.hash(EMPTY), account(1).key);
/**
 * Transactions that nobody signed: the same signature under other bytes is that of a stranger each time. Making one
 * costs nothing, telling who it is a recovery.
 */
export function strangers(
  count: number,
  of: { from?: number; blockLimit?: bigint; value?: bigint } = {},
): Uint8Array[] {
  const { from = 0, blockLimit = 400n, value = 0n } = of;
  const fields = { gasPrice: 0n, gas: 1_000_000n, blockLimit, to: account(9).address, value, data: EMPTY };
  const ids = { chainId: BigInt(CHAIN_ID), groupId: BigInt(GROUP), extraData: EMPTY };
  return Array.from({ length: count }, (_, i) =>
    encodeGroupTransaction({ ...fields, ...ids, nonce: BigInt(from + i) }, signature),
  );
}
/** Valid in form and signature, and refused for the balance: only after the recovery. */
export const unpaid = (count: number, from = 0) => strangers(count, { from, value: 1n });

export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A node with its real chain, pool and sync among four sealers; `attacker` is an observer, `friend` a sealer. */
export async function victim(pool: Partial<TxPoolOptions> = {}) {
  const clock = createFakeClock();
  const network = createMemoryNetwork({ delivery: "manual" });
  const log = createCapturingLogger();
  const { register: metrics, snapshot } = createPrometheusRegister({});
  const counts = { recovered: 0, hashed: 0 };
  const counting = {
    ...suite,
    recover: (...args: Parameters<typeof suite.recover>) => {
      counts.recovered++;
      return suite.recover(...args);
    },
    hash: (data: Uint8Array) => {
      counts.hashed++;
      return suite.hash(data);
    },
  };
  const genesis = { ...makeGenesis(keyed.slice(0, 4)), observers: keyed.slice(4).map(({ id }) => id) };
  const common = { suite: counting, clock, log, metrics };
  const backend = createMemoryBackend();
  const cache = shareCache(16 << 20);
  const world = await createWorld(genesis.stateType, cache, 256, {
    backend,
    suite,
    log: silentLogger,
    metrics: noMetrics,
  });
  const tables = createTableCache({ backend, maxBytes: cache.tables, metrics: noMetrics });
  const chain = await openBlockchain(
    { genesis, cacheBytes: cache.blocks },
    { backend, world, tables, ...common, log: silentLogger },
  );
  const channel = network.node(keyed[0]!.id).group(GROUP, [...genesis.sealers, ...genesis.observers]);
  const [clients, peers] = createThreadShare({ sliceMs: 5, lanes: 2 });
  const ids = { chainId: CHAIN_ID, groupId: GROUP };
  const txPool = createTxPool(
    { ...DEFAULT_TX_POOL_OPTIONS, ...ids, ...pool },
    {
      ...common,
      chain: poolChain(chain),
      recover: recoverInThread(counting),
      lanes: { clients: clients!, peers: peers! },
      log: silentLogger,
    },
  );
  const sync = createSync(
    { ...DEFAULT_SYNC_OPTIONS, consensus: "pbft", rulesVersion: 1 },
    {
      ...common,
      channel,
      chain,
      pool: txPool,
      importBlock: async () => ({ ok: true }),
      rng: createSeededRng(1),
      lane: peers!,
      onHalt: () => {},
    },
  );
  sync.start();
  /** A message of consensus was handled; what had been recovered by then. */
  const votes: number[] = [];
  channel.onMessage("consensus", () => votes.push(counts.recovered));
  const join = (index: number) =>
    network.node(keyed[index]!.id).group(GROUP, [...genesis.sealers, ...genesis.observers]);
  const [friend, attacker] = [join(1), join(4)];
  const self = keyed[0]!.id;
  /** Delivers, and lets everything go on that is not waiting for time to pass. */
  const settle = async () => {
    network.deliver();
    for (let quiet = 0, before = -1; quiet < 5; quiet = before === counts.hashed ? quiet + 1 : 0) {
      before = counts.hashed;
      await turn();
    }
  };
  const codesOf = (member: GroupChannel) =>
    network.reports.filter(({ peer }) => peer === member.self).map(({ code }) => code);
  const metric = async (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const all = await snapshot();
    const values = all.find((one) => one.name === name)?.values ?? [];
    const matching = values.filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value));
    return matching.reduce((sum, { value }) => sum + value, 0);
  };
  return { clock, network, log, counts, txPool, sync, votes, friend, attacker, self, settle, codesOf, metric };
}
