import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Interface } from "ethers";
import { expect, it } from "vitest";
import { compileOldSolidity, compileSolidity } from "./solidity.ts";

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

it("compiles what was written for FISCO BCOS 2.x, from a file with what is beside it", () => {
  const folder = mkdtempSync(join(tmpdir(), "fb-solidity-"));
  try {
    writeFileSync(
      join(folder, "Base.sol"),
      "pragma solidity ^0.4.24; contract Base { function one() constant returns (int) { return 1; } }",
    );
    writeFileSync(join(folder, "Old.sol"), 'pragma solidity ^0.4.24; import "./Base.sol"; contract Old is Base {}');
    const file = pathToFileURL(join(folder, "Old.sol"));
    expect(new Interface(compileOldSolidity(file, "Old").Old.abi).getFunction("one")?.format()).toBe("one()");
    expect(() => compileSolidity(file, "Old")).toThrowError(expect.objectContaining({ code: "SOLIDITY_INVALID" }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
