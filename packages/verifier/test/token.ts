import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { InvariantError } from "@fb/types";
import solc from "solc";

export interface CompiledContract {
  readonly abi: string;
  /** Hex with 0x. */
  readonly bytecode: string;
}

/** Where imports of the source are found. */
const OPEN_ZEPPELIN = import.meta.resolve("@openzeppelin/contracts/package.json");

const SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;
import "@openzeppelin/contracts/token/ERC20/ERC20.sol";
contract Coin is ERC20 {
  constructor(string memory name, string memory symbol, uint256 supply) ERC20(name, symbol) { _mint(msg.sender, supply); }
}`;

/** Compiles a token over OpenZeppelin's ERC-20 for Cancun. */
export async function compileToken(): Promise<CompiledContract> {
  const sources: Record<string, { content: string }> = { "Coin.sol": { content: SOURCE } };
  await addImports(sources, "Coin.sol", SOURCE);
  const input = {
    language: "Solidity",
    sources,
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true },
      outputSelection: { "*": { Coin: ["abi", "evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const contract = output.contracts?.["Coin.sol"]?.Coin;
  if (contract === undefined)
    throw new InvariantError("the token does not compile", { errors: JSON.stringify(output.errors) });
  return { abi: JSON.stringify(contract.abi), bytecode: `0x${contract.evm.bytecode.object}` };
}

async function addImports(sources: Record<string, { content: string }>, from: string, content: string): Promise<void> {
  for (const [, path] of content.matchAll(/^import .*?"([^"]+)";/gm)) {
    const name = path!.startsWith(".") ? new URL(path!, `file:///${from}`).pathname.slice(1) : path!;
    if (sources[name] !== undefined) continue;
    const file = new URL(name.replace("@openzeppelin/contracts/", "./"), OPEN_ZEPPELIN);
    const text = await readFile(fileURLToPath(file), "utf8");
    sources[name] = { content: text };
    await addImports(sources, name, text);
  }
}
