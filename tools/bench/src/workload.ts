import { readFileSync } from "node:fs";
import { devAccounts } from "@fb/build-chain";
import type { Payload, Sender } from "@fb/testkit";
import { compileSolidity } from "@fb/testkit/solidity";
import { fromHex } from "@fb/types";
import { ContractFactory, Interface, JsonRpcProvider, Wallet } from "ethers";

export const WORKLOADS = ["transfer", "set", "erc20"] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

const bytes = (hex: string) => fromHex(hex)!;

/** Deploys what a workload needs and returns how its i-th transaction looks. */
export async function prepare(
  name: WorkloadName,
  url: string,
  senders: readonly Sender[],
): Promise<(i: number) => Payload> {
  if (name === "transfer")
    return (i) => ({ to: senders[(i * 7 + 1) % senders.length]!.address, data: new Uint8Array(0) });
  const holders = senders.map(({ address }) => `0x${Buffer.from(address).toString("hex")}`);
  const contract = await deploy(name === "set" ? "Store" : "Token", name === "set" ? [] : [holders], url);
  const to = bytes(contract);
  if (name === "set") {
    const abi = new Interface(["function set(uint256)"]);
    return (i) => ({ to, data: bytes(abi.encodeFunctionData("set", [i + 1])) });
  }
  const abi = new Interface(["function transfer(address,uint256)"]);
  return (i) => ({ to, data: bytes(abi.encodeFunctionData("transfer", [holders[(i * 7 + 1) % holders.length], 1])) });
}

async function deploy(name: "Store" | "Token", args: unknown[], url: string): Promise<string> {
  const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 50, cacheTimeout: -1 });
  try {
    const source = readFileSync(new URL("../contracts/Workloads.sol", import.meta.url), "utf8");
    const { abi, bytecode } = compileSolidity(source, name)[name];
    const wallet = new Wallet(devAccounts()[0]!.privateKey, provider);
    const contract = await new ContractFactory(abi, bytecode, wallet).deploy(...args);
    await contract.waitForDeployment();
    return await contract.getAddress();
  } finally {
    provider.destroy();
  }
}
