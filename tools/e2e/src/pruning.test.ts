import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type NodeProcess, rpcCall, until } from "@fb/local-chain";
import { Wallet } from "ethers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";
import { sendRaws } from "./support/load.ts";

const GROUP = 1;
const KEPT_BLOCKS = 512;
const KEPT_STATES = 5;
/** So many blocks, all whole, are there before nodes begin to prune: some rounds of work. */
const BLOCKS = KEPT_BLOCKS + 100;
/** In which they prune. */
const MORE_BLOCKS = 80;
const ARCHIVE = 0;
const PRUNED = [1, 2, 3];
const wallet = new Wallet(`0x${"7".repeat(64)}`);

let chain: TestChain;
beforeAll(async () => {
  // A block for each transaction, and each node keeps everything.
  const prepare = (node: NodeProcess) => {
    setOptions(node, "group.1.genesis", { max_trans_num: 1 });
    setOptions(node, "group.1.ini", { min_block_generation_time: 0, history_blocks: 0 });
  };
  chain = await createTestChain({ topology: "127.0.0.1:4 agency1 1", groups: ["1:pbft:mpt"], prepare });
});
afterAll(() => chain?.close());

function setOptions(node: NodeProcess, name: string, values: Record<string, number>): void {
  const file = join(node.folder, "conf", name);
  const set = (text: string, [key, value]: [string, number]) =>
    text.replace(new RegExp(`^${key}=.*$`, "m"), `${key}=${value}`);
  writeFileSync(file, Object.entries(values).reduce(set, readFileSync(file, "utf8")));
}

/** Sends transactions of one account to the member that keeps all; each makes a block. */
async function makeBlocks(firstNonce: number, count: number): Promise<string[]> {
  const raws: string[] = [];
  for (let nonce = firstNonce; nonce < firstNonce + count; nonce++) {
    const fields = { chainId: 65_537, nonce, gasLimit: 21_000, gasPrice: 0, to: wallet.address };
    raws.push(await wallet.signTransaction(fields));
  }
  return sendRaws([chain.url(ARCHIVE, GROUP)], raws, 1);
}

const ask = (node: number, method: Parameters<typeof rpcCall>[1], params: unknown[] = []) =>
  rpcCall(chain.url(node, GROUP), method, params as never) as Promise<never>;
interface Kept {
  readonly lowestBlock: number;
  readonly lowestState: number;
  readonly blockNumber: number;
}

/** What a node keeps, as soon as it answers: its JSON-RPC thread may know the group a moment later. */
async function kept(node: number): Promise<Kept> {
  let answer: Kept | null = null;
  const asking = async () => (answer = await ask(node, "getSyncStatus", [GROUP]).catch(() => null)) !== null;
  if (!(await until(asking, 20_000))) throw new RangeError(`node ${node} does not answer: ${await readiness(node)}`);
  return answer!;
}

async function readiness(node: number): Promise<string> {
  return (await fetch(`${chain.nodes[node]!.operatorUrl}/ready`)).text();
}

const code = (reading: Promise<unknown>) =>
  reading.then(
    (value) => (value === null ? "null" : "found"),
    (error: { message: string }) => error.message,
  );

it("three members prune, killed while they do; one that is wiped catches up through the one that keeps all", async () => {
  const [hash] = await makeBlocks(0, BLOCKS);
  expect(await until(async () => (await chain.height(ARCHIVE, GROUP)) >= BLOCKS, 120_000)).toBe(true);
  const first = Number(
    ((await ask(ARCHIVE, "eth_getTransactionReceipt", [hash])) as { blockNumber: string }).blockNumber,
  );

  await Promise.all(PRUNED.map((node) => chain.nodes[node]!.stop()));
  for (const node of PRUNED) {
    setOptions(chain.nodes[node]!, "group.1.ini", { history_blocks: KEPT_STATES, keep_blocks: KEPT_BLOCKS });
    chain.nodes[node]!.start();
  }
  await Promise.all(PRUNED.map((node) => chain.nodes[node]!.ready()));
  await makeBlocks(BLOCKS, MORE_BLOCKS);
  // One of them dies again and again in the middle of its work.
  for (let kill = 0, seen = 0; kill < 2; kill++) {
    await until(async () => (await kept(1)).lowestBlock > seen, 20_000, 5);
    seen = (await kept(1)).lowestBlock;
    await chain.nodes[1]!.kill();
    chain.nodes[1]!.start();
    await chain.nodes[1]!.ready();
    expect((await kept(1)).lowestBlock).toBeGreaterThanOrEqual(seen);
  }
  for (const node of PRUNED) {
    const isDone = async () => {
      const { lowestBlock, blockNumber } = await kept(node);
      return lowestBlock > first && lowestBlock >= blockNumber - KEPT_BLOCKS - 1;
    };
    expect(await until(isDone, 60_000)).toBe(true);
    const { lowestState, blockNumber } = await kept(node);
    expect(lowestState).toBeGreaterThanOrEqual(blockNumber - KEPT_STATES);
    expect(await code(ask(node, "eth_getTransactionReceipt", [hash]))).toContain("pruned history unavailable");
    expect(await code(ask(node, "eth_getTransactionReceipt", [`0x${"0".repeat(64)}`]))).toBe("null");
    expect(await code(ask(node, "eth_getBlockByNumber", [`0x${first.toString(16)}`, false]))).toBe("found");
    expect(await code(ask(node, "eth_getBalance", [wallet.address, "0x1"]))).toContain("keeps states from block");
    expect(await code(ask(node, "eth_getBalance", [wallet.address, "latest"]))).toBe("found");
    const metrics = await (await fetch(`${chain.nodes[node]!.operatorUrl}/metrics`)).text();
    expect(Number(/^fb_blockchain_lowest_blocks\{group="1"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(first);
  }
  expect(await code(ask(ARCHIVE, "eth_getBalance", [wallet.address, "0x1"]))).toBe("found");

  // A disk is lost while the member that keeps all is away: the newcomer waits, and says for what.
  const wiped = chain.nodes[3]!;
  await wiped.kill();
  rmSync(join(wiped.folder, "data"), { recursive: true });
  await chain.nodes[ARCHIVE]!.stop();
  wiped.start();
  const waits = async () => /no connected member keeps block 1, only blocks from \d+ on/.test(await readiness(3));
  expect(await until(() => waits().catch(() => false), 60_000)).toBe(true);
  expect(await until(() => readFileSync(wiped.logFile, "utf8").includes("blocks-not-kept"), 20_000)).toBe(true);
  expect(await chain.height(3, GROUP)).toBe(0);

  chain.nodes[ARCHIVE]!.start();
  await chain.nodes[ARCHIVE]!.ready();
  await wiped.ready(120_000);
  expect((await kept(3)).blockNumber).toBeGreaterThanOrEqual(BLOCKS);
  const at = await chain.height(3, GROUP);
  const hashes = await Promise.all([0, 1, 2, 3].map((node) => chain.blockHash(node, GROUP, at - 3)));
  expect(new Set(hashes).size).toBe(1);
  expect(hashes[0]).not.toBeNull();
  // It prunes as it downloads, and still knows of every transaction.
  expect(await code(ask(3, "eth_getTransactionReceipt", [hash]))).toContain("pruned history unavailable");
});
