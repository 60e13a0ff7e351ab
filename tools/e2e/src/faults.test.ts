import { devAccounts } from "@fb/build-chain";
import { rpcCall, until } from "@fb/local-chain";
import { ContractFactory, JsonRpcProvider, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";
import { compileToken } from "./support/contracts.ts";
import { balances, collectReceipts, sendRaws, signTransfers, testWallets } from "./support/load.ts";

const SENDERS = 20;
const ROUNDS = 30;
const EACH = 1_000_000n;
const NODES = [0, 1, 2, 3];

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain({ topology: "127.0.0.1:4 agency1 1,2", groups: ["1:pbft:storage", "2:raft:mpt"] });
});
afterAll(() => chain?.close());

async function deployToken(group: number, holders: readonly string[]): Promise<string> {
  const token = compileToken();
  const provider = new JsonRpcProvider(chain.url(0, group), undefined, { pollingInterval: 50, cacheTimeout: -1 });
  const wallet = new Wallet(devAccounts()[0]!.privateKey, provider);
  const contract = await new ContractFactory(token.abi, token.bytecode, wallet).deploy(holders, EACH);
  await contract.waitForDeployment();
  provider.destroy();
  return contract.getAddress();
}

describe.each([
  ["PBFT", 1],
  ["Raft", 2],
] as const)("kill -9 of the %s leader under load", (_engine, group) => {
  it("the chain goes on, the node returns, nothing is lost and nothing is executed twice", async () => {
    const wallets = testWallets(SENDERS, 100 + group);
    const accounts = wallets.map((wallet) => wallet.address);
    const token = await deployToken(group, accounts);
    await chain.level(group);
    const { raws, received } = await signTransfers(wallets, {
      token,
      chainId: BigInt(65_536 + group),
      count: SENDERS * ROUNDS,
    });
    const victim = await chain.leader(group);
    const survivors = NODES.filter((node) => node !== victim);
    const urls = survivors.map((node) => chain.url(node, group));

    const committedBefore = new Map<string, string>();
    const hashes: string[] = [];
    let killed: Promise<void> | null = null;
    for (let round = 0; round < ROUNDS; round++) {
      const part = raws.slice(round * SENDERS, (round + 1) * SENDERS);
      hashes.push(...(await sendRaws(urls, part, SENDERS)));
      if (round === 5) {
        // What is committed before the kill must be there afterwards, at the same place.
        for (const [hash, receipt] of await collectReceipts(urls[0]!, hashes))
          committedBefore.set(hash, receipt.blockHash);
      }
      if (round === 8) killed = chain.nodes[victim]!.kill();
    }
    await killed;
    const receipts = await collectReceipts(urls[0]!, hashes, 90_000);
    expect([...receipts.values()].filter((receipt) => receipt.status !== "0x1")).toEqual([]);
    for (const [hash, blockHash] of committedBefore) expect(receipts.get(hash)!.blockHash).toBe(blockHash);
    const goneOn = await chain.level(group, survivors);

    chain.nodes[victim]!.start();
    await chain.nodes[victim]!.ready();
    const { height } = await chain.level(group);
    expect(height).toBeGreaterThanOrEqual(goneOn.height);

    const expected = accounts.map((account) => EACH + (received.get(account) ?? 0n));
    for (const node of NODES) {
      expect(await balances(chain.url(node, group), token, accounts)).toEqual(expected);
      for (const wallet of wallets) {
        expect(
          Number(await rpcCall(chain.url(node, group), "eth_getTransactionCount", [wallet.address, "latest"])),
        ).toBe(ROUNDS);
      }
    }
    expect(await timesInChain(victim, group, hashes)).toEqual({ missing: 0, twice: 0 });
  });
});

/** Looks for every transaction in every block of a node. */
async function timesInChain(node: number, group: number, hashes: readonly string[]) {
  const seen = new Map<string, number>();
  const head = await chain.height(node, group);
  for (let height = 1; height <= head; height++) {
    const block = await rpcCall(chain.url(node, group), "eth_getBlockByNumber", [`0x${height.toString(16)}`, false]);
    for (const hash of block!.transactions.map(String)) seen.set(hash, (seen.get(hash) ?? 0) + 1);
  }
  return {
    missing: hashes.filter((hash) => !seen.has(hash)).length,
    twice: hashes.filter((hash) => seen.get(hash)! > 1).length,
  };
}

describe("stop all, start all", () => {
  it("keeps heights and hashes, and the chain goes on", async () => {
    const before = await Promise.all([1, 2].map((group) => chain.level(group)));
    const stopped = await Promise.all(chain.nodes.map((node) => node.stop()));
    expect(stopped).toEqual([true, true, true, true]);
    for (const node of chain.nodes) node.start();
    await Promise.all(chain.nodes.map((node) => node.ready()));
    for (const [i, group] of [1, 2].entries()) {
      for (const node of NODES) expect(await chain.blockHash(node, group, before[i]!.height)).toBe(before[i]!.hash);
      await deployToken(group, [devAccounts()[1]!.address]);
      expect(await until(async () => (await chain.height(3, group)) > before[i]!.height, 30_000)).toBe(true);
      await chain.level(group);
    }
  });
});
