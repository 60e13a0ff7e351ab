import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export interface Compiled {
  readonly abi: readonly Record<string, unknown>[];
  readonly bytecode: `0x${string}`;
}

const require = createRequire(import.meta.url);

/** Compiles a contract of `contracts/`; imports are resolved from node_modules. */
export function compile(file: string, name: string): Compiled {
  return compileSource(file, readFileSync(new URL(`../../contracts/${file}`, import.meta.url), "utf8"), name);
}

export function compileSource(file: string, content: string, name: string): Compiled {
  const solc = require("solc") as { compile(input: string, callbacks: { import(path: string): object }): string };
  const input = {
    language: "Solidity",
    sources: { [file]: { content } },
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 200 },
      // Without it the bytecode would depend on where the compiler ran.
      metadata: { bytecodeHash: "none" },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), {
      import: (path) => ({ contents: readFileSync(require.resolve(path), "utf8") }),
    }),
  );
  const errors = (output.errors ?? []).filter((error: { severity: string }) => error.severity === "error");
  if (errors.length > 0)
    throw new TypeError(errors.map((error: { formattedMessage: string }) => error.formattedMessage).join("\n"));
  const { abi, evm } = output.contracts[file][name];
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}
