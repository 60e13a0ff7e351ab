import type { CryptoSuite, Evm, EvmHost, EvmLimits, EvmResult } from "@fb/types";
import { EvmEngineError } from "../errors.ts";
import { createPrecompiles } from "../precompiles/index.ts";
import { EngineInstance, type Wait } from "./instance.ts";
import { InstancePool } from "./pool.ts";
import { compileEvmModule } from "./wasm.ts";
import { type EngineModule, webAssembly } from "./web-assembly.ts";

export interface EvmOptions {
  /** Recovers signatures and hashes keys for the ECRECOVER precompile. */
  readonly suite: Pick<CryptoSuite, "hash" | "recover">;
  /** A module from {@link compileEvmModule}, to compile only once for several threads. */
  readonly module?: EngineModule;
  /** Idle instances kept for reuse; default 4. A fresh one has 1.5 MB of linear memory. */
  readonly maxIdle?: number;
  /** An instance whose linear memory grew beyond this many bytes is dropped after the call; default 64 MiB. */
  readonly maxIdleBytes?: number;
}

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
        if (wait !== null) return finishLater(pool, instance, wait, host, limits);
        const result = instance.finish();
        pool.give(instance);
        return result;
      } catch (error) {
        return Promise.reject(translate(error));
      }
    },
  };
}

async function finishLater(
  pool: InstancePool<EngineInstance>,
  instance: EngineInstance,
  first: Wait,
  host: EvmHost,
  limits: EvmLimits | undefined,
): Promise<EvmResult> {
  try {
    let wait: Wait | null = first;
    while (wait !== null) {
      await satisfy(wait, host);
      if (limits?.signal?.aborted === true) throw aborted();
      wait = instance.run();
    }
    const result = instance.finish();
    pool.give(instance);
    return result;
  } catch (error) {
    throw translate(error);
  }
}

async function satisfy(wait: Wait, host: EvmHost): Promise<void> {
  if (wait.kind === "tables") return host.loadTables(wait.loads);
  if (wait.kind === "yield") return nextTask();
  const { miss } = wait;
  const { view } = host;
  await view.load([miss]);
  const answer =
    miss.kind === "account"
      ? view.peekAccount(miss.address)
      : miss.kind === "slot"
        ? view.peekSlot(miss.address, miss.slot)
        : view.peekCode(miss.codeHash);
  if (answer !== undefined) return;
  throw new EvmEngineError("STATE_LOAD_BROKEN", "the view does not know an item it just loaded", { ...miss });
}

/** Lets timers and messages run, so that an abort can arrive; works in Node and in browsers. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    (port1 as unknown as { onmessage: () => void }).onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

function aborted(): EvmEngineError {
  return new EvmEngineError("CALL_ABORTED", "the call was aborted");
}

/** The module traps only when linear memory cannot grow. */
function translate(error: unknown): unknown {
  if (!(error instanceof webAssembly().RuntimeError)) return error;
  return new EvmEngineError("ENGINE_MEMORY_EXHAUSTED", "the engine's memory could not grow", {}, error);
}
