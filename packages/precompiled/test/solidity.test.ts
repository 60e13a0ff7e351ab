import { compileOldSolidity, compileSolidity } from "@fb/testkit/solidity";
import { type FunctionFragment, Interface, type InterfaceAbi } from "ethers";
import { describe, expect, it } from "vitest";
import { SYSTEM_ABI } from "../src/index.ts";

const CONTRACTS = [
  ["SystemConfig", "1000"],
  ["Crud", "1002"],
  ["Consensus", "1003"],
  ["Cns", "1004"],
  ["Permission", "1005"],
] as const;
const COMPILERS = [
  ["0.4", compileOldSolidity],
  ["0.8", compileSolidity],
] as const;

const fileOf = (name: string) => new URL(`../solidity/${name}.sol`, import.meta.url);

/** Functions as `name(inputs) view returns (outputs)`, sorted. */
function functionsOf(abi: InterfaceAbi): string[] {
  const fragments = new Interface(abi).fragments.filter(({ type }) => type === "function") as FunctionFragment[];
  return fragments.map((fragment) => fragment.format("minimal")).sort();
}

describe.each(COMPILERS)("what solc %s makes of the Solidity files", (_version, compile) => {
  it.each(CONTRACTS)("has the functions of %s at 0x%s", (name, address) => {
    const { abi } = compile(fileOf(name), name)[name];
    expect(functionsOf(abi)).toEqual(functionsOf(SYSTEM_ABI.get(address.padStart(40, "0"))!));
  });
});
