import { Interface, isAddress } from "ethers";
import { consoleError } from "../errors.ts";
import { readText } from "../files.ts";
import { type Artefact, compileSolidity } from "./compile.ts";

/** What to deploy: a Solidity file, or the JSON artefact of any build tool. */
export async function loadDeployable(target: string, onWarning: (text: string) => void): Promise<Artefact> {
  if (/\.sol(:[\w$]+)?$/.test(target)) return compileSolidity(target, onWarning);
  const artefact = readArtefact(target);
  if (artefact.bytecode !== "0x") return artefact;
  throw consoleError("CONSOLE_INPUT", `${target} has no bytecode to deploy`);
}

/** Reads `abi`, `bytecode` and `address`, in the layouts of Hardhat, Foundry, solc and this console. */
export function readArtefact(path: string): Artefact {
  let json: unknown;
  try {
    json = JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw consoleError("CONSOLE_INPUT", `${path} is not JSON`);
    throw error;
  }
  if (Array.isArray(json)) return { contractName: path, abi: json, bytecode: "0x" };
  const { abi, bytecode, evm, contractName, address } = json as Record<string, unknown>;
  if (!Array.isArray(abi)) throw consoleError("CONSOLE_INPUT", `${path} has no "abi" list`);
  const code =
    text(bytecode) ?? object(bytecode) ?? object((evm as Record<string, unknown> | undefined)?.["bytecode"]) ?? "";
  return {
    contractName: text(contractName) ?? path,
    abi,
    bytecode: code.startsWith("0x") ? code : `0x${code}`,
    ...(isAddress(address) ? { address } : {}),
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function object(value: unknown): string | null {
  return typeof value === "object" && value !== null ? text((value as Record<string, unknown>)["object"]) : null;
}

/**
 * The interface with one function written out: `name(types)`, `name(types)(results)`, or a whole Solidity declaration.
 * Null when the text is a bare name.
 */
export function interfaceOf(signature: string): Interface | null {
  if (!signature.includes("(")) return null;
  const [, head, results] = /^([^()\s]+\(.*?\))\s*(\(.*\))$/.exec(signature) ?? [];
  const declaration = head === undefined ? signature : `${head} view returns ${results}`;
  try {
    return new Interface([declaration.startsWith("function ") ? declaration : `function ${declaration}`]);
  } catch {
    throw consoleError(
      "CONSOLE_USAGE",
      `cannot read the signature "${signature}"; write it like transfer(address,uint256)`,
    );
  }
}
