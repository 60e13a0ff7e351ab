import { Interface } from "ethers";
import { expect, it } from "vitest";
import { compileSolidity } from "./solidity.ts";

const SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
contract Hello is Context { function hello() external view returns (address) { return _msgSender(); } }`;

it("compiles a contract with what it imports", () => {
  const { abi, bytecode } = compileSolidity(SOURCE, "Hello").Hello;
  expect(new Interface(abi).getFunction("hello")?.format()).toBe("hello()");
  expect(bytecode).toMatch(/^0x60[0-9a-f]+$/);
});

it("says what is wrong with a source, and which contract is missing", () => {
  const refused = (message: string) =>
    expect.objectContaining({ code: "SOLIDITY_INVALID", message: expect.stringContaining(message) });
  expect(() => compileSolidity("contract Hello {", "Hello")).toThrowError(refused("ParserError"));
  expect(() => compileSolidity(SOURCE, "Bye")).toThrowError(refused("Bye"));
});
