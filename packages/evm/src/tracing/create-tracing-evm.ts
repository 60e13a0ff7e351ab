import type { EvmHost, EvmLimits, EvmMessage, EvmResult } from "@fb/types";
import { drive } from "../engine/drive.ts";
import { EngineInstance } from "../engine/instance.ts";
import { decodeModule } from "../engine/wasm.ts";
import { webAssembly } from "../engine/web-assembly.ts";
import type { EvmOptions } from "../options.ts";
import { createPrecompiles } from "../precompiles/index.ts";
import { type TraceListener, traceImports } from "./events.ts";
import { ENGINE_MODULE } from "./module.ts";

export interface TracingEvm {
  /**
   * Runs a message like `Evm.execute` and tells the listener every step and frame, each exactly once, also when the
   * execution waits for state. Results are those of the ordinary engine. Rejects with what the listener throws.
   */
  trace(message: EvmMessage, host: EvmHost, listener: TraceListener, limits?: EvmLimits): Promise<EvmResult>;
}

/** The tracing build of the engine: the same sources, checked operation by operation, some ten times slower. */
export async function createTracingEvm(options: Pick<EvmOptions, "suite">): Promise<TracingEvm> {
  const module = await webAssembly().compile(decodeModule(ENGINE_MODULE));
  const precompiles = createPrecompiles(options.suite);
  return {
    async trace(message, host, listener, limits) {
      const instance = new EngineInstance(module, precompiles, (memory) => traceImports(memory, () => listener));
      instance.begin(message, host, limits);
      return drive(instance, instance.run(), host, limits, null);
    },
  };
}
