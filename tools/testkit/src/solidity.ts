import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
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
  /** By the name of the source file. */
  readonly contracts?: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          { readonly abi: readonly JsonFragment[]; readonly evm: { readonly bytecode: { readonly object: string } } }
        >
      >
    >
  >;
}

/** As much of 0.4.26, which has no types, as is used. */
interface OldSolc {
  compileStandardWrapper(input: string, load: Import): string;
}

type Import = (path: string) => { readonly contents: string };
/** A compiler: standard JSON in and out. */
type Compile = (input: object, load: Import) => string;

const optimizer = { enabled: true, runs: 200 };

/**
 * Compiles contracts of one source for Cancun. What it imports is found beside the file, or from its folder as a
 * package; from this package (OpenZeppelin) when the source is a text.
 */
export function compileSolidity<Name extends string>(
  source: string | URL,
  ...names: readonly Name[]
): Readonly<Record<Name, CompiledContract>> {
  // Without the metadata's hash the bytecode would depend on where the compiler ran.
  const settings = { evmVersion: "cancun", optimizer, metadata: { bytecodeHash: "none" } };
  return compile((input, load) => solc.compile(JSON.stringify(input), { import: load }), settings, source, names);
}

/** Like {@link compileSolidity} with 0.4.26, the last compiler that contracts for FISCO BCOS 2.x were written for. */
export function compileOldSolidity<Name extends string>(
  source: string | URL,
  ...names: readonly Name[]
): Readonly<Record<Name, CompiledContract>> {
  const settings = { evmVersion: "byzantium", optimizer };
  const oldSolc: OldSolc = createRequire(import.meta.url)("solc-0.4");
  return compile((input, load) => oldSolc.compileStandardWrapper(JSON.stringify(input), load), settings, source, names);
}

function compile<Name extends string>(
  run: Compile,
  settings: object,
  source: string | URL,
  names: readonly Name[],
): Readonly<Record<Name, CompiledContract>> {
  const file = typeof source === "string" ? "source" : fileURLToPath(source);
  const content = typeof source === "string" ? source : readFileSync(file, "utf8");
  const require = createRequire(typeof source === "string" ? import.meta.url : source);
  const input = {
    language: "Solidity",
    sources: { [file]: { content } },
    settings: { ...settings, outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } } },
  };
  const output: SolcOutput = JSON.parse(
    run(input, (path) => ({ contents: readFileSync(require.resolve(path), "utf8") })),
  );
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw invalid(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const contracts = Object.assign({}, ...Object.values(output.contracts ?? {}));
  const compiled = names.map((name) => {
    const contract = contracts[name];
    if (contract === undefined) throw invalid(`no contract ${name}`);
    return [name, { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }] as const;
  });
  // One entry for each name.
  return Object.fromEntries(compiled) as Record<Name, CompiledContract>;
}

function invalid(message: string): FbError<SolidityErrorCode> {
  return new FbError("SOLIDITY_INVALID", message);
}
