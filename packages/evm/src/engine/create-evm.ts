import type { CryptoSuite, Evm, EvmHost, EvmLimits, EvmMessage, EvmResult } from "@fb/types";
import { EvmEngineError } from "../errors.ts";
import { createPrecompiles, type PrecompileSet } from "../precompiles/index.ts";
import { EngineInstance, type Wait } from "./instance.ts";
import { compileEvmModule } from "./wasm.ts";
import { type EngineModule, webAssembly } from "./web-assembly.ts";

export interface EvmOptions {
  /** Recovers signatures for the ECRECOVER precompile. */
  readonly suite: CryptoSuite;
  /** A module from `compileEvmModule`, to compile only once for several threads. */
  readonly module?: EngineModule;
  /** Idle instances kept for reuse; default 4. Each costs about 1 MB. */
  readonly maxIdle?: number;
  /** An instance whose linear memory grew beyond this many bytes is dropped after the call; default 64 MiB. */
  readonly maxIdleBytes?: number;
}

const DEFAULT_IDLE = 4;
const DEFAULT_IDLE_BYTES = 64 << 20;

/**
 * The WebAssembly engine: Shanghai to Osaka, exact gas. `execute` answers at once when the view had everything in
 * memory, otherwise with a promise; failures of the engine itself (EvmEngineError) are always rejections.
 */
export async function createEvm(options: EvmOptions): Promise<Evm> {
  const module = options.module ?? (await compileEvmModule());
  return new WasmEvm(
    module,
    createPrecompiles(options.suite),
    options.maxIdle ?? DEFAULT_IDLE,
    options.maxIdleBytes ?? DEFAULT_IDLE_BYTES,
  );
}

class WasmEvm implements Evm {
  readonly name = "wasm";
  readonly #module: EngineModule;
  readonly #precompiles: PrecompileSet;
  readonly #maxIdle: number;
  readonly #maxIdleBytes: number;
  readonly #idle: EngineInstance[] = [];

  constructor(module: EngineModule, precompiles: PrecompileSet, maxIdle: number, maxIdleBytes: number) {
    this.#module = module;
    this.#precompiles = precompiles;
    this.#maxIdle = maxIdle;
    this.#maxIdleBytes = maxIdleBytes;
  }

  execute(message: EvmMessage, host: EvmHost, limits?: EvmLimits): EvmResult | Promise<EvmResult> {
    if (limits?.signal?.aborted === true) return Promise.reject(aborted());
    const instance = this.#idle.pop() ?? new EngineInstance(this.#module, this.#precompiles);
    try {
      instance.begin(message, host, limits);
      const wait = instance.run();
      return wait === null ? this.#finish(instance) : this.#finishLater(instance, wait, host, limits);
    } catch (error) {
      return Promise.reject(translate(error));
    }
  }

  async #finishLater(
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
      return this.#finish(instance);
    } catch (error) {
      throw translate(error);
    }
  }

  /** An instance whose execution threw is simply not kept. */
  #finish(instance: EngineInstance): EvmResult {
    const result = instance.finish();
    if (this.#idle.length < this.#maxIdle && instance.memoryBytes <= this.#maxIdleBytes) this.#idle.push(instance);
    return result;
  }
}

async function satisfy(wait: Wait, host: EvmHost): Promise<void> {
  if (wait.kind === "tables") return host.loadTables(wait.loads);
  if (wait.kind === "yield") return nextTask();
  await host.view.load([wait.miss]);
  const { miss } = wait;
  const answer =
    miss.kind === "account"
      ? host.view.peekAccount(miss.address)
      : miss.kind === "slot"
        ? host.view.peekSlot(miss.address, miss.slot)
        : host.view.peekCode(miss.codeHash);
  if (answer === undefined)
    throw new EvmEngineError("STATE_LOAD_BROKEN", "the view does not know an item it just loaded", { ...miss });
}

/** Lets timers and messages run, so that an abort can arrive; works in Node and in browsers. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const arrived = () => {
      port1.close();
      resolve();
    };
    (port1 as unknown as { onmessage: () => void }).onmessage = arrived;
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
