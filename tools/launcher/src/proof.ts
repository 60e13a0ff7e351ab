import { readFileSync } from "node:fs";
import { devAccounts } from "@fb/build-chain";
import { type NodeProcess, until } from "@fb/local-chain";
import { FbError } from "@fb/types";
import { Contract, ContractFactory, JsonRpcProvider, Wallet } from "ethers";
import type { LauncherErrorCode } from "./errors.ts";

/** No caching: blocks come faster than the quarter of a second that ethers keeps answers. */
const OPTIONS = { pollingInterval: 100, cacheTimeout: -1 };

interface Artefact {
  readonly abi: string[];
  readonly bytecode: string;
}

/** Compiled from assets/Proof.sol; a test compiles it again and compares. */
function artefact(): Artefact {
  return JSON.parse(readFileSync(new URL("../assets/proof.json", import.meta.url), "utf8"));
}

/** Deploys a contract through the first node, writes to it, and reads the value back from every node. Returns its address. */
export async function deployProof(nodes: readonly NodeProcess[], group: number): Promise<string> {
  const providers = nodes.map((node) => new JsonRpcProvider(`${node.rpcUrl}/group/${group}`, undefined, OPTIONS));
  try {
    const { abi, bytecode } = artefact();
    const wallet = new Wallet(devAccounts()[0]!.privateKey, providers[0]!);
    const contract = await new ContractFactory(abi, bytecode, wallet).deploy();
    await contract.waitForDeployment();
    const address = await contract.getAddress();
    const value = BigInt(Date.now());
    await (await (contract as Contract).getFunction("set")(value)).wait();
    for (const [i, provider] of providers.entries()) {
      const reader = new Contract(address, abi, provider);
      const seen = await until(
        async () =>
          (await reader
            .getFunction("get")()
            .catch(() => null)) === value,
        15_000,
      );
      if (!seen)
        throw new FbError<LauncherErrorCode>(
          "PROOF_FAILED",
          `${nodes[i]!.name} does not return what was written to group ${group}`,
        );
    }
    return address;
  } finally {
    for (const provider of providers) provider.destroy();
  }
}
