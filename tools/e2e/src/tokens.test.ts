import { devAccounts } from "@fb/build-chain";
import { ContractFactory, JsonRpcProvider, Wallet } from "ethers";
import { createPublicClient, createWalletClient, defineChain, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";
import { type Compiled, compile } from "./support/contracts.ts";
import { balances, collectReceipts, sendRaws, signTransfers, testWallets } from "./support/load.ts";

const TRANSFERS = 2000;
const SENDERS = 50;
const EACH = 1_000_000n;
const NODES = [0, 1, 2, 3];

let chain: TestChain;
let token: Compiled;
beforeAll(async () => {
  chain = await createTestChain({
    topology: "127.0.0.1:4 agency1 1,2",
    groups: ["1:pbft:storage", "2:raft:mpt"],
    emptyBlockIntervalMs: 2000,
  });
  token = compile("Token.sol", "Token");
});
afterAll(() => chain?.close());

const devKey = devAccounts()[0]!.privateKey as `0x${string}`;
const chainIdOf = (group: number) => BigInt(65_536 + group);

type Deploy = (group: number, holders: readonly string[]) => Promise<string>;

const withEthers: Deploy = async (group, holders) => {
  const provider = new JsonRpcProvider(chain.url(0, group));
  try {
    const contract = await new ContractFactory(token.abi as never, token.bytecode, new Wallet(devKey, provider)).deploy(
      holders,
      EACH,
    );
    const receipt = await contract.deploymentTransaction()!.wait();
    expect(receipt!.status).toBe(1);
    return await contract.getAddress();
  } finally {
    provider.destroy();
  }
};

const withViem: Deploy = async (group, holders) => {
  const definition = defineChain({
    id: Number(chainIdOf(group)),
    name: `group ${group}`,
    nativeCurrency: { name: "coin", symbol: "COIN", decimals: 18 },
    rpcUrls: { default: { http: [chain.url(1, group)] } },
  });
  const transport = http(undefined, { batch: true });
  const wallet = createWalletClient({ account: privateKeyToAccount(devKey), chain: definition, transport });
  const reader = createPublicClient({ chain: definition, transport, pollingInterval: 50 });
  const hash = await wallet.deployContract({
    abi: token.abi as never,
    bytecode: token.bytecode,
    args: [holders, EACH],
  });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("success");
  const block = await reader.getBlock({ blockHash: receipt.blockHash });
  expect(block.transactions).toContain(hash);
  return receipt.contractAddress!;
};

describe.each([
  ["ethers", withEthers, 1],
  ["viem", withViem, 2],
] as const)("OpenZeppelin's ERC-20 with %s", (_name, deploy, seed) => {
  it.each([1, 2])(`in group %i: ${TRANSFERS} transfers of ${SENDERS} senders over all nodes`, async (group) => {
    const wallets = testWallets(SENDERS, seed * 10 + group);
    const accounts = wallets.map((wallet) => wallet.address);
    const address = await deploy(group, accounts);
    await chain.level(group);
    const { raws, received } = await signTransfers(wallets, {
      token: address,
      chainId: chainIdOf(group),
      count: TRANSFERS,
    });
    const hashes = await sendRaws(
      NODES.map((node) => chain.url(node, group)),
      raws,
      SENDERS,
    );
    expect(new Set(hashes).size).toBe(TRANSFERS);

    const receipts = await collectReceipts(chain.url(0, group), hashes);
    expect([...receipts.values()].filter((receipt) => receipt.status !== "0x1")).toEqual([]);
    const { height, hash } = await chain.level(group);
    const expected = accounts.map((account) => EACH + (received.get(account) ?? 0n));
    for (const node of NODES) {
      expect(await chain.blockHash(node, group, height)).toBe(hash);
      expect(await balances(chain.url(node, group), address, accounts)).toEqual(expected);
    }
  });
});
