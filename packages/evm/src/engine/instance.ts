import type {
  EvmBlock,
  EvmHost,
  EvmLimits,
  EvmMessage,
  EvmResult,
  PrecompileOutcome,
  StateMiss,
  TableLoad,
} from "@fb/types";
import { EvmEngineError } from "../errors.ts";
import type { PrecompileSet } from "../precompiles/index.ts";
import { writeBlock, writeMessage } from "./input.ts";
import { FORK_NUMBER, OUTCOME, STATUS } from "./layout.ts";
import { LinearMemory } from "./memory.ts";
import { precompileExceeded, readResult } from "./result.ts";
import { StateReader } from "./state-reader.ts";
import { readSystemCall } from "./system-call.ts";
import type { EngineExports } from "./wasm.ts";
import { type EngineModule, webAssembly } from "./web-assembly.ts";

/** Work, as the module counts it, between two pauses of a call: milliseconds, at the worst 0.2 s. */
const WORK_PER_YIELD = 4_000_000;
const NO_CAP = 0xffffffff;

const FAILURE: Readonly<Record<NonNullable<PrecompileOutcome["error"]>, number>> = {
  REVERT: OUTCOME.reverted,
  OUT_OF_GAS: OUTCOME.outOfGas,
  PRECOMPILE_FAILED: OUTCOME.precompileFailed,
};

/** What the module waits for. */
export type Wait =
  | { readonly type: "state"; readonly miss: StateMiss }
  | { readonly type: "tables"; readonly loads: readonly TableLoad[] }
  | { readonly type: "yield" };

/** One WebAssembly instance: runs one execution at a time. */
export class EngineInstance {
  readonly #exports: EngineExports;
  readonly #memory: LinearMemory;
  readonly #state: StateReader;
  readonly #precompiles: PrecompileSet;
  readonly #workPerYield: number;
  readonly #at: { readonly message: number; readonly environment: number; readonly argument: number };
  readonly #answer: number;
  #host: EvmHost | null = null;
  #origin: Uint8Array | null = null;
  #gas = 0n;
  #precompileCap = Number.POSITIVE_INFINITY;
  #withoutLogs = false;
  /** The block written last; blocks do not change. */
  #block: EvmBlock | null = null;
  #systemCall: Generator<readonly TableLoad[], PrecompileOutcome, void> | null = null;

  /** `more` are imports of the tracing build; `workPerYield` is of interest to tests. */
  constructor(
    module: EngineModule,
    precompiles: PrecompileSet,
    more?: (memory: () => LinearMemory) => object,
    workPerYield = WORK_PER_YIELD,
  ) {
    this.#precompiles = precompiles;
    this.#workPerYield = workPerYield;
    const memory = () => this.#memory;
    this.#state = new StateReader(memory);
    const imports = { host: { ...this.#state.imports(), ...more?.(memory) } };
    this.#exports = new (webAssembly().Instance)(module, imports).exports as EngineExports;
    this.#memory = new LinearMemory(this.#exports.memory);
    this.#at = {
      message: this.#exports.messagePointer(),
      environment: this.#exports.environmentPointer(),
      argument: this.#exports.argumentPointer(),
    };
    this.#answer = this.#exports.answerPointer();
    const seed = this.#exports.seedPointer();
    crypto.getRandomValues(this.#memory.bytes.subarray(seed, seed + 40));
  }

  /** Linear memory in bytes; it never shrinks. */
  get memoryBytes(): number {
    return this.#memory.bytes.length;
  }

  /** Makes ready to run `message`; call `run` next. */
  begin(message: EvmMessage, host: EvmHost, limits: EvmLimits | undefined): void {
    if (BigInt.asUintN(63, message.gas) !== message.gas) {
      throw new EvmEngineError("GAS_OUT_OF_RANGE", "message.gas must be 0..2^63-1", { gas: message.gas.toString() });
    }
    const target = message.to ?? message.createAddress;
    if (target === undefined || (message.to !== null && message.createAddress !== undefined)) {
      throw new EvmEngineError("MESSAGE_INVALID", "exactly one of to and createAddress must be present");
    }
    this.#host = host;
    this.#origin = message.origin;
    this.#gas = message.gas;
    this.#systemCall = null;
    this.#precompileCap = limits?.precompileGas ?? Number.POSITIVE_INFINITY;
    this.#withoutLogs = limits?.withoutLogs ?? false;
    const forget = this.#exports.begin(
      FORK_NUMBER[host.fork],
      Math.min(limits?.memoryBytes ?? NO_CAP, NO_CAP),
      Math.min(this.#precompileCap, NO_CAP),
      limits?.signal === undefined && limits?.pause === undefined ? 0 : this.#workPerYield,
    );
    this.#state.begin(host, forget === 1);
    writeMessage(this.#memory, this.#exports, this.#at, message, target);
    if (this.#block === host.block) return;
    writeBlock(this.#memory, this.#at, host.block);
    this.#block = host.block;
  }

  /** Runs until the execution is finished (null) or something asynchronous is needed. */
  run(): Wait | null {
    if (this.#systemCall !== null) {
      const wait = this.#continueSystemCall();
      if (wait !== null) return wait;
    }
    for (;;) {
      const status = this.#exports.resume();
      if (status === STATUS.done) return null;
      if (status === STATUS.missing) return { type: "state", miss: this.#state.miss! };
      if (status === STATUS.yield) return { type: "yield" };
      if (status === STATUS.precompile) {
        this.#runPrecompile();
      } else {
        this.#startSystemCall();
        const wait = this.#continueSystemCall();
        if (wait !== null) return wait;
      }
    }
  }

  /** The result of a finished execution. */
  finish(): EvmResult {
    this.#exports.collect();
    const result = readResult({
      memory: this.#memory,
      engine: this.#exports,
      answer: this.#answer,
      gas: this.#gas,
      names: this.#state.names,
      originals: this.#state.accounts,
      withoutLogs: this.#withoutLogs,
    });
    this.#host = null;
    this.#state.begin(null, false);
    return result;
  }

  #complete(outcome: number, gasLeft: bigint, output: Uint8Array): void {
    const pointer = this.#exports.reserveReturn(output.length);
    if (output.length > 0) this.#memory.bytes.set(output, pointer);
    this.#exports.complete(outcome, gasLeft);
  }

  #runPrecompile(): void {
    this.#exports.describe();
    const view = this.#memory.view;
    const number = view.getUint32(this.#answer, true);
    // In place: a call with a megabyte of input may pay for none of it. The module rests meanwhile.
    const input = this.#memory.window(view.getUint32(this.#answer + 4, true), view.getUint32(this.#answer + 8, true));
    const gas = view.getBigInt64(this.#answer + 16, true);
    const { cost, run } = this.#precompiles.get(number)!;
    const price = cost(input, this.#host!.fork);
    if (price > gas) {
      this.#complete(OUTCOME.outOfGas, 0n, NOTHING);
      return;
    }
    if (price > this.#precompileCap) throw precompileExceeded();
    const output = run(input, this.#host!.fork);
    if (output === null) this.#complete(OUTCOME.precompileFailed, 0n, NOTHING);
    else this.#complete(OUTCOME.stopped, gas - price, output);
  }

  #startSystemCall(): void {
    this.#exports.describe();
    const host = this.#host!;
    const call = readSystemCall(this.#memory, this.#answer, this.#origin!);
    // Host tables change only inside system calls, so one mark serves every frame that has none yet.
    this.#exports.markFrames(host.savepoint());
    this.#systemCall = host.callSystemContract(call);
  }

  #continueSystemCall(): Wait | null {
    const step = this.#systemCall!.next();
    if (step.done !== true) return { type: "tables", loads: step.value };
    this.#systemCall = null;
    const outcome = step.value;
    this.#exports.describe();
    const gas = this.#memory.view.getBigInt64(this.#answer + 16, true);
    if (outcome.error !== null && outcome.error !== "REVERT") {
      this.#complete(FAILURE[outcome.error], 0n, NOTHING);
    } else if (outcome.gasUsed > gas) {
      this.#complete(OUTCOME.outOfGas, 0n, NOTHING);
    } else {
      if (outcome.error === null) this.#addLogs(outcome);
      this.#complete(
        outcome.error === null ? OUTCOME.stopped : FAILURE[outcome.error],
        gas - outcome.gasUsed,
        outcome.output,
      );
    }
    return null;
  }

  #addLogs(outcome: PrecompileOutcome): void {
    for (const { topics, data } of outcome.logs) {
      let at = this.#exports.addLog(topics.length, data.length);
      const bytes = this.#memory.bytes;
      for (const topic of topics) {
        bytes.set(topic, at);
        at += 32;
      }
      bytes.set(data, at);
    }
  }
}

const NOTHING = new Uint8Array(0);
