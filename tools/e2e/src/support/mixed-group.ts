import { rpcCall, until } from "@fb/local-chain";
import { type GaleraCluster, type Mariadb, startGalera, startMariadb } from "@fb/mariadb";
import { createTestChain, type TestChain } from "./chain.ts";
import { MixedLoad } from "./mixed-load.ts";
import { setOptions, useMysql } from "./mysql-storage.ts";

const GROUP = 1;
const NODES = [0, 1, 2, 3];
/** Nodes 2 and 3. */
const ON_MYSQL = 2;
const CATCH_UP_MS = 120_000;
const HEADERS_AT_ONCE = 100;

export interface MixedRun {
  /** Blocks to make, at least. */
  readonly blocks: number;
  readonly seed: number;
  /** Whether node 3 is on a Galera cluster of three servers instead of one server. */
  readonly galera?: boolean;
  readonly onProgress?: (height: number, what: string) => void;
}

/**
 * Lets a PBFT group of two nodes on RocksDB and two on MariaDB make blocks of transfers, rows and system calls. On the way
 * the server under node 3 is killed and started again, and then node 2. On a cluster node 3 goes on through another server. Throws RangeError when nodes differ in a block, in
 * a row, or from what the transactions make of it.
 */
export async function runMixedGroup(run: MixedRun): Promise<number> {
  const { blocks, seed, galera = false, onProgress = () => undefined } = run;
  const cluster = galera ? await startGalera(3) : null;
  const single = await Promise.all(Array.from({ length: galera ? 1 : 2 }, () => startMariadb()));
  const storage = [[single[0]!], cluster?.servers ?? [single[1]!]] as const;
  let chain: TestChain | undefined;
  const load = new MixedLoad(65_536n + BigInt(GROUP), seed);
  try {
    for (const [server] of storage) await server!.createDatabase("group1");
    chain = await createTestChain({
      topology: "127.0.0.1:4 agency1 1",
      groups: [`${GROUP}:pbft:storage`],
      prepare(node) {
        const index = Number(node.name.slice("node".length));
        setOptions(node, GROUP, "consensus", { min_block_generation_time: 0 });
        if (index >= ON_MYSQL) useMysql(node, GROUP, storage[index - ON_MYSQL]!, "group1");
      },
    });
    await load.prepare(chain.url(0, GROUP));
    let at = 0;
    // Nodes 0 and 1 are never ended.
    load.start(() => chain!.url(at++ % 2, GROUP));
    await reach(chain, Math.floor(blocks / 3), onProgress);
    if (cluster === null) await killServer(chain, single[1]!, onProgress);
    else await killServerInUse(chain, cluster, onProgress);
    await reach(chain, Math.floor((2 * blocks) / 3), onProgress);
    await killNode(chain, onProgress);
    await reach(chain, blocks, onProgress);
    await load.stop();
    await quiet(chain, load);
    await compareNodes(chain, load, onProgress);
    return await chain.height(0, GROUP);
  } finally {
    await load.stop();
    await chain?.close();
    await Promise.all([cluster, ...single].map((server) => server?.dispose()));
  }
}

type Progress = NonNullable<MixedRun["onProgress"]>;

async function reach(chain: TestChain, height: number, onProgress: Progress): Promise<void> {
  let [last, movedAt] = [-1, performance.now()];
  const isThere = await until(async () => {
    const now = await chain.height(0, GROUP);
    if (now > last) movedAt = performance.now();
    if (performance.now() - movedAt > CATCH_UP_MS) throw new RangeError(`no block after ${now}`);
    if (Math.floor(now / 100) > Math.floor(last / 100)) onProgress(now, "blocks");
    last = now;
    return now >= height;
  }, Number.POSITIVE_INFINITY);
  if (!isThere) throw new RangeError(`height ${height} was not reached`);
}

/** The node waits, its group goes on with the others, and it catches up when its server is back. */
async function killServer(chain: TestChain, server: Mariadb, onProgress: Progress): Promise<void> {
  await server.kill();
  const from = await chain.height(0, GROUP);
  onProgress(from, "killed the server of node 3");
  await reach(chain, from + 10, onProgress);
  if (chain.nodes[3]!.pid() === null) throw new RangeError("node 3 has ended with its server");
  await server.start();
  await caughtUp(chain, 3);
  onProgress(await chain.height(0, GROUP), "node 3 has caught up");
}

/** The node goes on through another server of the cluster. */
async function killServerInUse(chain: TestChain, cluster: GaleraCluster, onProgress: Progress): Promise<void> {
  const server = await cluster.serverInUse();
  await server.kill();
  const from = await chain.height(0, GROUP);
  onProgress(from, `killed server ${cluster.servers.indexOf(server)} of the cluster of node 3`);
  await reach(chain, from + 10, onProgress);
  await caughtUp(chain, 3);
  onProgress(await chain.height(0, GROUP), "node 3 has caught up through another server");
  await cluster.restart(server);
  await cluster.synced();
  onProgress(await chain.height(0, GROUP), "the cluster is whole again");
}

async function killNode(chain: TestChain, onProgress: Progress): Promise<void> {
  await chain.nodes[2]!.kill();
  const from = await chain.height(0, GROUP);
  onProgress(from, "killed node 2");
  await reach(chain, from + 10, onProgress);
  chain.nodes[2]!.start();
  await chain.nodes[2]!.ready();
  await caughtUp(chain, 2);
  onProgress(await chain.height(0, GROUP), "node 2 has caught up");
}

async function caughtUp(chain: TestChain, node: number): Promise<void> {
  const height = await chain.height(0, GROUP);
  const isThere = await until(async () => (await chain.height(node, GROUP).catch(() => -1)) >= height, CATCH_UP_MS);
  if (!isThere) throw new RangeError(`node ${node} did not reach ${height}:\n${chain.nodes[node]!.logTail()}`);
}

/** What was sent is in blocks that every node has: nothing changes any more. */
async function quiet(chain: TestChain, load: MixedLoad): Promise<void> {
  let before = "";
  const isQuiet = await until(
    async () => {
      await chain.level(GROUP, NODES, CATCH_UP_MS);
      const nonces = await Promise.all(NODES.map((node) => load.nonces(chain.url(node, GROUP))));
      const now = nonces.join("; ");
      const isSame = now === before && new Set(nonces.map(String)).size === 1;
      before = now;
      return isSame;
    },
    CATCH_UP_MS,
    1_000,
  );
  if (!isQuiet) throw new RangeError(`the nodes do not have the same transactions: ${before}`);
}

/** Every block of every node, every balance and row. */
async function compareNodes(chain: TestChain, load: MixedLoad, onProgress: Progress): Promise<void> {
  const head = await chain.height(0, GROUP);
  for (let from = 0; from <= head; from += HEADERS_AT_ONCE) {
    const count = Math.min(HEADERS_AT_ONCE, head + 1 - from);
    const found = await Promise.all(NODES.map((node) => headers(chain.url(node, GROUP), from, count)));
    for (const [node, text] of found.entries()) {
      if (text !== found[0])
        throw new RangeError(`node ${node} has other blocks than node 0 between ${from} and ${from + count}`);
    }
  }
  onProgress(head, "blocks are equal on all nodes");
  const rows = await Promise.all(NODES.map((node) => load.rows(chain.url(node, GROUP))));
  for (const [node, found] of rows.entries()) {
    if (found.join() !== rows[0]!.join()) throw new RangeError(`node ${node} has other rows than node 0`);
    const wrong = await load.wrongBalances(chain.url(node, GROUP));
    if (wrong.length > 0) throw new RangeError(`node ${node}: ${wrong.join("; ")}`);
  }
  onProgress(head, "rows and balances are what they should be on all nodes");
}

async function headers(url: string, from: number, count: number): Promise<string> {
  const blocks = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      rpcCall(url, "eth_getBlockByNumber", [`0x${(from + i).toString(16)}`, false]),
    ),
  );
  return JSON.stringify(
    blocks.map((block) => [block?.hash, block?.stateRoot, block?.receiptsRoot, block?.transactionsRoot]),
  );
}
