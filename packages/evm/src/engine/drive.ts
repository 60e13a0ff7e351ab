import type { EvmHost, EvmLimits, EvmResult } from "@fb/types";
import { EvmEngineError } from "../errors.ts";
import type { EngineInstance, Wait } from "./instance.ts";
import type { InstancePool } from "./pool.ts";
import { memoryExceeded } from "./result.ts";
import { webAssembly } from "./web-assembly.ts";

/** Carries an execution that waits for `first` to its end, then gives the instance to the pool, if there is one. */
export async function drive(
  instance: EngineInstance,
  first: Wait | null,
  host: EvmHost,
  limits: EvmLimits | undefined,
  pool: InstancePool<EngineInstance> | null,
): Promise<EvmResult> {
  const signal = limits?.signal;
  const pause = limits?.pause ?? nextTask;
  try {
    let wait = first;
    while (wait !== null) {
      if (wait.type === "state") {
        await host.view.load([wait.miss]);
      } else if (wait.type === "tables") {
        await host.loadTables(wait.loads);
      } else {
        await pause();
      }
      if (signal?.aborted === true) throw aborted();
      wait = instance.run();
    }
    const result = instance.finish();
    pool?.give(instance);
    return result;
  } catch (error) {
    throw translate(error, limits);
  }
}

/** Lets timers and messages run, so that an abort can arrive; works in Node and in browsers. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    // Node and browsers have it; the types of Node leave it out.
    (port1 as unknown as { onmessage: () => void }).onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

export function aborted(): EvmEngineError {
  return new EvmEngineError("CALL_ABORTED", "the call was aborted");
}

/** The module traps only when linear memory cannot grow, or must not. */
export function translate(error: unknown, limits: EvmLimits | undefined): unknown {
  if (!(error instanceof webAssembly().RuntimeError)) return error;
  if (limits?.memoryBytes !== undefined) return memoryExceeded(error);
  return new EvmEngineError("ENGINE_MEMORY_EXHAUSTED", "the engine's memory could not grow", {}, error);
}
