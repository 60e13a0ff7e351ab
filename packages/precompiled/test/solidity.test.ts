import { compileOldSolidity, compileSolidity } from "@fb/testkit/solidity";
import { type FunctionFragment, Interface, type InterfaceAbi } from "ethers";
import { describe, expect, it } from "vitest";
import { OBJECT_ABI, SYSTEM_ABI } from "../src/index.ts";

/** By file: the contracts in it, and the address of those that have one. */
const FILES: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  SystemConfig: { SystemConfig: "1000" },
  Table: { TableFactory: "1001", Table: null, Entry: null, Entries: null, Condition: null },
  Crud: { Crud: "1002" },
  Consensus: { Consensus: "1003" },
  Cns: { Cns: "1004" },
  Permission: { Permission: "1005" },
  KVTable: { KVTableFactory: "1010", KVTable: null },
};
const files = Object.entries(FILES);
const idOf = (name: string, address: string | null) => address?.padStart(40, "0") ?? name;
const COMPILERS = [
  ["0.4", compileOldSolidity],
  ["0.8", compileSolidity],
] as const;

/** Functions as `name(inputs) view returns (outputs)`, sorted. */
function functionsOf(abi: InterfaceAbi): string[] {
  const fragments = new Interface(abi).fragments.filter(({ type }) => type === "function") as FunctionFragment[];
  return fragments.map((fragment) => fragment.format("minimal")).sort();
}

describe.each(COMPILERS)("what solc %s makes of the Solidity files", (_version, compile) => {
  it.each(files)("has, in %s.sol, the functions that are there", (file, contracts) => {
    const compiled = compile(new URL(`../solidity/${file}.sol`, import.meta.url), ...Object.keys(contracts));
    for (const [name, address] of Object.entries(contracts)) {
      const own = (address === null ? OBJECT_ABI : SYSTEM_ABI).get(idOf(name, address))!;
      expect(functionsOf(compiled[name]!.abi)).toEqual(functionsOf(own));
    }
  });
});

it("leaves no contract without a file", () => {
  const declared = files.flatMap(([, contracts]) => Object.entries(contracts).map(([name, at]) => idOf(name, at)));
  expect([...SYSTEM_ABI.keys(), ...OBJECT_ABI.keys()].sort()).toEqual(declared.sort());
});
