import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Creation bytecode of the contracts in Bench.sol by name. */
export function compileBench(): ReadonlyMap<string, Uint8Array> {
  const solc = require("solc") as { compile(input: string, callbacks: object): string };
  const source = readFileSync(new URL("./contracts/Bench.sol", import.meta.url), "utf8");
  const input = {
    language: "Solidity",
    sources: { "Bench.sol": { content: source } },
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
    },
  };
  const load = (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: load })) as {
    errors?: { severity: string; formattedMessage: string }[];
    contracts: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
  };
  const failed = output.errors?.filter((error) => error.severity === "error") ?? [];
  if (failed.length > 0) throw new SyntaxError(failed.map((error) => error.formattedMessage).join("\n"));
  return new Map(
    Object.entries(output.contracts["Bench.sol"]!).map(([name, { evm }]) => [
      name,
      Uint8Array.from(Buffer.from(evm.bytecode.object, "hex")),
    ]),
  );
}
