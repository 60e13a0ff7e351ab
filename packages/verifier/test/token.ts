import { type CompiledContract, compileSolidity } from "@fb/testkit/solidity";

const SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;
import "@openzeppelin/contracts/token/ERC20/ERC20.sol";
contract Coin is ERC20 {
  constructor(string memory name, string memory symbol, uint256 supply) ERC20(name, symbol) { _mint(msg.sender, supply); }
}`;

/** A token over OpenZeppelin's ERC-20. */
export function compileToken(): CompiledContract {
  return compileSolidity(SOURCE, "Coin").Coin;
}
