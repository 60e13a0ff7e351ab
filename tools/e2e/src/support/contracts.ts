import { readFileSync } from "node:fs";
import { type CompiledContract, compileSolidity } from "@fb/testkit/solidity";

/** OpenZeppelin's ERC-20 with holders from the start. */
export function compileToken(): CompiledContract {
  const source = readFileSync(new URL("../../contracts/Token.sol", import.meta.url), "utf8");
  return compileSolidity(source, "Token").Token;
}
