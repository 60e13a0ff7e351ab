import { compileEvmModule } from "@fb/evm";
import type { CryptoSuite, Evm, EvmLimits } from "@fb/types";
import { EngineInstance } from "../../src/engine/instance.ts";
import { createPrecompiles } from "../../src/precompiles/index.ts";

const INTERRUPTIBLE: EvmLimits = { signal: new AbortController().signal };

/** The engine when it leaves its loop for the host as often as it ever can: at every jump and costly operation. */
export async function createSlicedEvm(suite: CryptoSuite): Promise<Evm> {
  const instance = new EngineInstance(await compileEvmModule(), createPrecompiles(suite), undefined, 1);
  return {
    name: "sliced wasm",
    async execute(message, host) {
      instance.begin(message, host, INTERRUPTIBLE);
      for (let wait = instance.run(); wait !== null; wait = instance.run()) {
        if (wait.type === "state") await host.view.load([wait.miss]);
        if (wait.type === "tables") await host.loadTables(wait.loads);
      }
      return instance.finish();
    },
  };
}
