import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { FbError } from "@fb/types";
import type { JsonFragment } from "ethers";
import solc from "solc";

export interface CompiledContract {
  readonly abi: readonly JsonFragment[];
  /** Creation code. */
  readonly bytecode: `0x${string}`;
}

/** The source does not compile, or lacks a contract that was asked for. */
export type SolidityErrorCode = "SOLIDITY_INVALID";

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: {
    readonly source: Readonly<
      Record<
        string,
        { readonly abi: readonly JsonFragment[]; readonly evm: { readonly bytecode: { readonly object: string } } }
      >
    >;
  };
}

const require = createRequire(import.meta.url);

/** Compiles contracts of one source for Cancun; what it imports (OpenZeppelin) is found from this package. */
export function compileSolidity<Name extends string>(
  source: string,
  ...names: readonly Name[]
): Readonly<Record<Name, CompiledContract>> {
  const input = {
    language: "Solidity",
    sources: { source: { content: source } },
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 200 },
      // Without it the bytecode would depend on where the compiler ran.
      metadata: { bytecodeHash: "none" },
      outputSelection: { source: { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const load = (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") });
  const output: SolcOutput = JSON.parse(solc.compile(JSON.stringify(input), { import: load }));
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw invalid(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const compiled = names.map((name) => {
    const contract = output.contracts?.source[name];
    if (contract === undefined) throw invalid(`no contract ${name}`);
    return [name, { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }] as const;
  });
  // One entry for each name.
  return Object.fromEntries(compiled) as Record<Name, CompiledContract>;
}

function invalid(message: string): FbError<SolidityErrorCode> {
  return new FbError("SOLIDITY_INVALID", message);
}
