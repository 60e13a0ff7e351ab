import type { CompiledContract } from "@fb/testkit/solidity";
import { Contract, ContractFactory, JsonRpcProvider, Wallet } from "ethers";
import { createPublicClient, createWalletClient, defineChain, type Hex, http, type WalletClient } from "viem";
import { privateKeyToAccount } from "viem/accounts";

/** One client library at work on one group, through several nodes. */
export interface TokenClient {
  /** Deploys the token as the holder of `key`; resolves with its address once the receipt says success. */
  deploy(key: string, holders: readonly string[], each: bigint): Promise<string>;
  /** Sends one token from the holder of `key` through a node; resolves with the transaction's hash. */
  transfer(node: number, key: string, nonce: number, token: string, to: string): Promise<string>;
  /** Whether the receipt on a node says success; null while there is none. */
  succeeded(node: number, hash: string): Promise<boolean | null>;
  balanceOf(node: number, token: string, account: string): Promise<bigint>;
  close(): void;
}

export type CreateTokenClient = (urls: readonly string[], chainId: number, token: CompiledContract) => TokenClient;

const GAS = 100_000n;

/** ethers v6 as it comes, without any option. */
export const withEthers: CreateTokenClient = (urls, _chainId, { abi, bytecode }) => {
  const providers = urls.map((url) => new JsonRpcProvider(url));
  const signers = new Map<string, Wallet>();
  const signer = (node: number, key: string) => {
    const id = `${node} ${key}`;
    if (!signers.has(id)) signers.set(id, new Wallet(key, providers[node]!));
    return signers.get(id)!;
  };
  return {
    async deploy(key, holders, each) {
      const contract = await new ContractFactory(abi, bytecode, signer(0, key)).deploy(holders, each);
      const receipt = await contract.deploymentTransaction()!.wait();
      if (receipt?.status !== 1) throw new TypeError("the token was not deployed");
      return contract.getAddress();
    },
    async transfer(node, key, nonce, token, to) {
      const contract = new Contract(token, abi, signer(node, key));
      return (await contract.getFunction("transfer")(to, 1n, { nonce, gasLimit: GAS })).hash;
    },
    async succeeded(node, hash) {
      const receipt = await providers[node]!.getTransactionReceipt(hash);
      return receipt === null ? null : receipt.status === 1;
    },
    balanceOf: (node, token, account) => new Contract(token, abi, providers[node]!).getFunction("balanceOf")(account),
    close() {
      for (const provider of providers) provider.destroy();
    },
  };
};

/** viem as it comes; requests of one moment share a batch. */
export const withViem: CreateTokenClient = (urls, chainId, { abi, bytecode }) => {
  const nodes = urls.map((url) => {
    const chain = defineChain({
      id: chainId,
      name: `chain ${chainId}`,
      nativeCurrency: { name: "coin", symbol: "COIN", decimals: 18 },
      rpcUrls: { default: { http: [url] } },
    });
    const transport = http(undefined, { batch: true });
    return { chain, transport, reader: createPublicClient({ chain, transport }) };
  });
  const wallets = new Map<string, WalletClient>();
  const wallet = (node: number, key: string) => {
    const id = `${node} ${key}`;
    const { chain, transport } = nodes[node]!;
    if (!wallets.has(id))
      wallets.set(id, createWalletClient({ account: privateKeyToAccount(key as Hex), chain, transport }));
    return wallets.get(id)!;
  };
  return {
    async deploy(key, holders, each) {
      const { chain, reader } = nodes[0]!;
      const account = privateKeyToAccount(key as Hex);
      const hash = await wallet(0, key).deployContract({
        abi: abi as never,
        bytecode,
        args: [holders, each] as never,
        chain,
        account,
      });
      const receipt = await reader.waitForTransactionReceipt({ hash });
      if (receipt.status !== "success") throw new TypeError("the token was not deployed");
      return receipt.contractAddress!;
    },
    async transfer(node, key, nonce, token, to) {
      const { chain } = nodes[node]!;
      const account = wallet(node, key).account!;
      const call = {
        address: token as Hex,
        abi: abi as never,
        functionName: "transfer" as never,
        args: [to, 1n] as never,
      };
      return wallet(node, key).writeContract({
        ...call,
        chain,
        account,
        nonce,
        gas: GAS,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
      } as never);
    },
    async succeeded(node, hash) {
      const receipt = await nodes[node]!.reader.getTransactionReceipt({ hash: hash as Hex }).catch(() => null);
      return receipt === null ? null : receipt.status === "success";
    },
    balanceOf: (node, token, account) =>
      nodes[node]!.reader.readContract({
        address: token as Hex,
        abi: abi as never,
        functionName: "balanceOf" as never,
        args: [account] as never,
      }) as Promise<bigint>,
    close() {},
  };
};
