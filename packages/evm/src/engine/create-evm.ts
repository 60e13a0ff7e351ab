import type { Evm } from "@fb/types";
import type { EvmOptions } from "../options.ts";
import { createPrecompiles } from "../precompiles/index.ts";
import { aborted, drive, translate } from "./drive.ts";
import { EngineInstance } from "./instance.ts";
import { InstancePool } from "./pool.ts";
import { compileEvmModule } from "./wasm.ts";

const DEFAULT_IDLE = 4;
const DEFAULT_IDLE_BYTES = 64 << 20;

/**
 * The WebAssembly engine: Shanghai to Osaka, exact gas. `execute` answers at once when the view had everything in
 * memory, otherwise with a promise. What is not an outcome of the EVM is a rejection, never a throw: an
 * {@link EvmEngineError}, or whatever the host threw or rejected with.
 */
export async function createEvm(options: EvmOptions): Promise<Evm> {
  const module = options.module ?? (await compileEvmModule());
  const precompiles = createPrecompiles(options.suite);
  const create = () => new EngineInstance(module, precompiles);
  const { maxIdle = DEFAULT_IDLE, maxIdleBytes = DEFAULT_IDLE_BYTES } = options;
  const pool = new InstancePool(create, maxIdle, maxIdleBytes);
  return {
    name: "wasm",
    execute(message, host, limits) {
      if (limits?.signal?.aborted === true) return Promise.reject(aborted());
      const instance = pool.take();
      try {
        instance.begin(message, host, limits);
        const wait = instance.run();
        if (wait !== null) return drive(instance, wait, host, limits, pool);
        const result = instance.finish();
        pool.give(instance);
        return result;
      } catch (error) {
        return Promise.reject(translate(error, limits));
      }
    },
  };
}
