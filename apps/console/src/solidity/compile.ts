import { basename, dirname, resolve } from "node:path";
import type { JsonFragment } from "ethers";
import { consoleError } from "../errors.ts";
import { readText } from "../files.ts";
import { createImportResolver, type ImportAnswer } from "./imports.ts";

/** The EVM of new chains; the compiler's own default is newer. */
const EVM_VERSION = "cancun";

export interface Artefact {
  readonly contractName: string;
  readonly abi: readonly JsonFragment[];
  /** Creation code, 0x hex. */
  readonly bytecode: string;
  /** Where it was deployed, when it was. */
  readonly address?: string;
}

interface Solc {
  version(): string;
  compile(input: string, callbacks: { import: (path: string) => ImportAnswer }): string;
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, SolcContract>>>>;
}

interface SolcContract {
  readonly abi: readonly JsonFragment[];
  readonly evm: { readonly bytecode: { readonly object: string } };
}

/**
 * Compiles `file.sol` or `file.sol:Contract`. Without a name it takes the only contract that can be deployed, or the
 * one named like the file. Rejects with CONSOLE_INPUT or CONSOLE_COMPILE; warnings go to `onWarning`.
 */
export async function compileSolidity(target: string, onWarning: (text: string) => void): Promise<Artefact> {
  const [, file = target, wanted] = /^(.*\.sol)(?::([A-Za-z_$][\w$]*))?$/.exec(target) ?? [];
  const path = resolve(file);
  const output = await run(path, readText(path));
  for (const { severity, formattedMessage } of output.errors ?? []) {
    if (severity !== "error") onWarning(formattedMessage.trimEnd());
  }
  const failures = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (failures.length > 0) {
    throw consoleError(
      "CONSOLE_COMPILE",
      failures.map(({ formattedMessage }) => formattedMessage.trimEnd()).join("\n"),
    );
  }
  const name = choose(path, output.contracts?.[path] ?? {}, wanted);
  const { abi, evm } = output.contracts![path]![name]!;
  if (/[^0-9a-f]/i.test(evm.bytecode.object)) {
    throw consoleError("CONSOLE_COMPILE", `${name} uses an external library that would have to be linked`);
  }
  return { contractName: name, abi, bytecode: `0x${evm.bytecode.object}` };
}

async function run(path: string, content: string): Promise<SolcOutput> {
  // Nine megabytes: loaded when something is compiled.
  const solc = (await import("solc")).default as unknown as Solc;
  const input = {
    language: "Solidity",
    sources: { [path]: { content } },
    settings: {
      evmVersion: EVM_VERSION,
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { [path]: { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const resolver = createImportResolver(dirname(path), process.cwd());
  return JSON.parse(solc.compile(JSON.stringify(input), { import: resolver })) as SolcOutput;
}

function choose(path: string, contracts: Readonly<Record<string, SolcContract>>, wanted: string | undefined): string {
  const names = Object.keys(contracts).filter((name) => contracts[name]!.evm.bytecode.object !== "");
  const own = basename(path, ".sol");
  const found = wanted ?? (names.length === 1 ? names[0] : own);
  if (found !== undefined && names.includes(found)) return found;
  const known = names.length === 0 ? "none that can be deployed" : names.join(", ");
  throw consoleError(
    "CONSOLE_INPUT",
    wanted === undefined && names.length > 1
      ? `${path} has several contracts (${known}): name one as ${basename(path)}:<Contract>`
      : `${path} has no contract ${found} that can be deployed; it has ${known}`,
  );
}
