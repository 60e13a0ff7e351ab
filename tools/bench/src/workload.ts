import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { devAccounts } from "@fb/build-chain";
import type { Payload, Sender } from "@fb/testkit";
import { fromHex } from "@fb/types";
import { ContractFactory, Interface, JsonRpcProvider, Wallet } from "ethers";

export const WORKLOADS = ["transfer", "set", "erc20"] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

const require = createRequire(import.meta.url);
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

async function deploy(name: string, args: unknown[], url: string): Promise<string> {
  const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 50, cacheTimeout: -1 });
  try {
    const { abi, bytecode } = compile(name);
    const contract = await new ContractFactory(
      abi as never,
      bytecode,
      new Wallet(devAccounts()[0]!.privateKey, provider),
    ).deploy(...args);
    await contract.waitForDeployment();
    return await contract.getAddress();
  } finally {
    provider.destroy();
  }
}

function compile(name: string): { abi: unknown; bytecode: string } {
  const solc = require("solc") as { compile(input: string, callbacks: object): string };
  const content = readFileSync(new URL("../contracts/Workloads.sol", import.meta.url), "utf8");
  const settings = {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  };
  const input = JSON.stringify({ language: "Solidity", sources: { "Workloads.sol": { content } }, settings });
  const read = (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") });
  const contract = JSON.parse(solc.compile(input, { import: read })).contracts["Workloads.sol"][name];
  return { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` };
}
