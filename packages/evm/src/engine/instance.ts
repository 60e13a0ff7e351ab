import type {
  Account,
  EvmHost,
  EvmLimits,
  EvmMessage,
  EvmResult,
  Hex,
  PrecompileCall,
  PrecompileOutcome,
  StateMiss,
  TableLoad,
} from "@fb/types";
import { EvmEngineError } from "../errors.ts";
import type { PrecompileSet } from "../precompiles/index.ts";
import {
  ACCOUNT,
  ACCOUNT_FLAG,
  ENVIRONMENT,
  FORK_NUMBER,
  FRAME_FLAG,
  MESSAGE,
  MESSAGE_FLAG,
  OUTCOME,
  STATUS,
} from "./layout.ts";
import { LinearMemory } from "./memory.ts";
import { readResult } from "./result.ts";
import type { EngineExports } from "./wasm.ts";
import { type EngineModule, webAssembly } from "./web-assembly.ts";

/** Slices of 20,000 jumps between two looks at the abort signal of a call: some milliseconds. */
const SLICES_PER_YIELD = 8;
const NO_CAP = 0xffffffff;
const MAX_GAS = (1n << 63n) - 1n;

const FAILURE: Readonly<Record<NonNullable<PrecompileOutcome["error"]>, number>> = {
  REVERT: OUTCOME.reverted,
  OUT_OF_GAS: OUTCOME.outOfGas,
  PRECOMPILE_FAILED: OUTCOME.precompileFailed,
};

/** What the module waits for. */
type Wait =
  | { readonly kind: "state"; readonly miss: StateMiss }
  | { readonly kind: "tables"; readonly loads: readonly TableLoad[] }
  | { readonly kind: "yield" };

/** One WebAssembly instance: runs one execution at a time. */
export class EngineInstance {
  readonly #exports: EngineExports;
  readonly #memory: LinearMemory;
  readonly #precompiles: PrecompileSet;
  readonly #environment: number;
  readonly #message: number;
  readonly #argument: number;
  readonly #answer: number;
  #host: EvmHost | null = null;
  #origin: Uint8Array | null = null;
  #gas = 0n;
  #block: EvmHost["block"] | null = null;
  #miss: StateMiss | null = null;
  #missedCode: Uint8Array | null = null;
  #systemCall: Generator<readonly TableLoad[], PrecompileOutcome, void> | null = null;
  #systemMark = 0;
  /** Hex of addresses and slot keys by the numbers the module gives them; outlives an execution. */
  readonly #names: Hex[] = [];
  /** What the view said about the accounts of this execution. */
  readonly #accounts: (Account | null)[] = [];

  constructor(module: EngineModule, precompiles: PrecompileSet) {
    this.#precompiles = precompiles;
    const host = {
      loadAccount: (index: number, record: number, name: number) => this.#loadAccount(index, record, name),
      loadSlot: (address: number, key: number, name: number, target: number) =>
        this.#loadSlot(address, key, name, target),
      codeSize: (hash: number) => this.#codeSize(hash),
      copyCode: (target: number) => this.#memory.bytes.set(this.#missedCode!, target),
      blockHash: (number: bigint, target: number) => this.#blockHash(number, target),
      revertTables: (mark: number) => this.#host!.revertTo(mark),
    };
    this.#exports = new (webAssembly().Instance)(module, { host }).exports as unknown as EngineExports;
    this.#memory = new LinearMemory(this.#exports.memory);
    this.#environment = this.#exports.environmentPointer();
    this.#message = this.#exports.messagePointer();
    this.#argument = this.#exports.argumentPointer();
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
    if (message.gas < 0n || message.gas > MAX_GAS) {
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
    const forgotten = this.#exports.begin(
      FORK_NUMBER[host.fork],
      Math.min(limits?.memoryBytes ?? NO_CAP, NO_CAP),
      limits?.signal === undefined ? 0 : SLICES_PER_YIELD,
    );
    if (forgotten === 1) this.#names.length = 0;
    this.#accounts.length = 0;
    const data = this.#exports.dataPointer(message.data.length);
    if (message.data.length > 0) this.#memory.bytes.set(message.data, data);
    this.#writeMessage(message, target);
    if (this.#block !== host.block) this.#writeBlock(host.block);
    if (message.accessList.length > 0) this.#warmAll(message);
    if (message.blobHashes.length > 0) {
      const blobs = this.#exports.blobPointer(message.blobHashes.length);
      message.blobHashes.forEach((hash, i) => {
        this.#memory.bytes.set(hash, blobs + 32 * i);
      });
    }
  }

  #writeMessage(message: EvmMessage, target: Uint8Array): void {
    const memory = this.#memory;
    const at = this.#message;
    // The bytes behind each address are zero for ever.
    const bytes = memory.bytes;
    bytes.set(message.caller, at + MESSAGE.caller);
    bytes.set(target, at + MESSAGE.target);
    bytes.set(message.origin, at + MESSAGE.origin);
    memory.writeWord(at + MESSAGE.value, message.value);
    const view = memory.view;
    view.setBigInt64(at + MESSAGE.gas, message.gas, true);
    const flags = (message.isStatic ? MESSAGE_FLAG.static : 0) | (message.to === null ? MESSAGE_FLAG.create : 0);
    view.setUint32(at + MESSAGE.flags, flags, true);
    view.setUint32(at + MESSAGE.dataSize, message.data.length, true);
    memory.writeWord(this.#environment + ENVIRONMENT.gasPrice, message.gasPrice);
  }

  #writeBlock(block: EvmHost["block"]): void {
    const memory = this.#memory;
    const at = this.#environment;
    memory.bytes.set(block.coinbase, this.#message + MESSAGE.coinbase);
    memory.writeWordBytes(at + ENVIRONMENT.coinbase, block.coinbase);
    memory.writeWord(at + ENVIRONMENT.timestamp, BigInt(block.timestamp));
    memory.writeWord(at + ENVIRONMENT.number, BigInt(block.number));
    memory.writeWordBytes(at + ENVIRONMENT.prevRandao, block.prevRandao);
    memory.writeWord(at + ENVIRONMENT.gasLimit, block.gasLimit);
    memory.writeWord(at + ENVIRONMENT.chainId, block.chainId);
    memory.writeWord(at + ENVIRONMENT.baseFee, block.baseFee);
    memory.writeWord(at + ENVIRONMENT.blobBaseFee, block.blobBaseFee);
    this.#block = block;
  }

  #warmAll(message: EvmMessage): void {
    for (const { address, slots } of message.accessList) {
      this.#memory.writeAddress(this.#argument, address);
      const account = this.#exports.warm();
      for (const slot of slots) {
        this.#memory.bytes.set(slot, this.#argument);
        this.#exports.warmKey(account);
      }
    }
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
      if (status === STATUS.missing) return { kind: "state", miss: this.#miss! };
      if (status === STATUS.yield) return { kind: "yield" };
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
      names: this.#names,
      originals: this.#accounts,
    });
    this.#host = null;
    this.#missedCode = null;
    return result;
  }

  #loadAccount(index: number, record: number, name: number): number {
    const host = this.#host!;
    const address = this.#names[name] ?? this.#setName(name, this.#memory.hex(record, 20));
    const account: Account | null | undefined = host.view.peekAccount(address);
    if (account === undefined) {
      this.#miss = { kind: "account", address };
      return 0;
    }
    this.#accounts[index] = account;
    const memory = this.#memory;
    const view = memory.view;
    let flags = view.getUint32(record + ACCOUNT.flags, true);
    if (host.isSystemContract(address)) flags |= ACCOUNT_FLAG.system;
    if (account === null) {
      memory.bytes.fill(0, record + ACCOUNT.balance, record + ACCOUNT.codeHash);
      memory.bytes.set(EMPTY_CODE_HASH, record + ACCOUNT.codeHash);
    } else {
      flags |= ACCOUNT_FLAG.existed;
      memory.writeWord(record + ACCOUNT.balance, account.balance);
      view.setBigUint64(record + ACCOUNT.nonce, account.nonce, true);
      memory.bytes.set(account.codeHash, record + ACCOUNT.codeHash);
    }
    view.setUint32(record + ACCOUNT.flags, flags, true);
    return 1;
  }

  #setName(name: number, text: Hex): Hex {
    this.#names[name] = text;
    return text;
  }

  #loadSlot(addressName: number, key: number, name: number, target: number): number {
    const address = this.#names[addressName]!;
    const slot = this.#names[name] ?? this.#setName(name, this.#memory.wordHex(key));
    const value = this.#host!.view.peekSlot(address, slot);
    if (value === undefined) {
      this.#miss = { kind: "slot", address, slot };
      return 0;
    }
    this.#memory.bytes.set(value, target);
    return 1;
  }

  #codeSize(hash: number): number {
    const codeHash = this.#memory.hex(hash, 32);
    const code = this.#host!.view.peekCode(codeHash);
    if (code === undefined) {
      this.#miss = { kind: "code", codeHash };
      return -1;
    }
    this.#missedCode = code;
    return code.length;
  }

  #blockHash(number: bigint, target: number): void {
    const hash = this.#host!.block.blockHash(Number(number));
    if (hash === null) this.#memory.bytes.fill(0, target, target + 32);
    else this.#memory.bytes.set(hash, target);
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
    const input = this.#memory.slice(view.getUint32(this.#answer + 4, true), view.getUint32(this.#answer + 8, true));
    const gas = view.getBigInt64(this.#answer + 16, true);
    const { cost, run } = this.#precompiles.get(number)!;
    const price = cost(input, this.#host!.fork);
    if (price > gas) return this.#complete(OUTCOME.outOfGas, 0n, NOTHING);
    const output = run(input, this.#host!.fork);
    if (output === null) this.#complete(OUTCOME.precompileFailed, 0n, NOTHING);
    else this.#complete(OUTCOME.stopped, gas - price, output);
  }

  #startSystemCall(): void {
    this.#exports.describe();
    const host = this.#host!;
    const view = this.#memory.view;
    const at = this.#answer;
    const flags = view.getUint32(at + 12, true);
    const call: PrecompileCall = {
      address: this.#memory.slice(view.getUint32(at + 24, true), 20),
      caller: this.#memory.slice(view.getUint32(at + 28, true), 20),
      origin: this.#origin!,
      input: this.#memory.slice(view.getUint32(at + 4, true), view.getUint32(at + 8, true)),
      value: this.#memory.readWord(view.getUint32(at + 32, true)),
      gas: view.getBigInt64(at + 16, true),
      isStatic: (flags & FRAME_FLAG.static) !== 0,
      isDelegated: (flags & FRAME_FLAG.delegated) !== 0,
    };
    // Host tables change only inside system calls, so one mark serves every frame that has none yet.
    this.#exports.markFrames(host.savepoint());
    this.#systemCall = host.callSystemContract(call);
  }

  #continueSystemCall(): Wait | null {
    const step = this.#systemCall!.next();
    if (step.done !== true) return { kind: "tables", loads: step.value };
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
const EMPTY_CODE_HASH = Uint8Array.of(
  0xc5,
  0xd2,
  0x46,
  0x01,
  0x86,
  0xf7,
  0x23,
  0x3c,
  0x92,
  0x7e,
  0x7d,
  0xb2,
  0xdc,
  0xc7,
  0x03,
  0xc0,
  0xe5,
  0x00,
  0xb6,
  0x53,
  0xca,
  0x82,
  0x27,
  0x3b,
  0x7b,
  0xfa,
  0xd8,
  0x04,
  0x5d,
  0x85,
  0xa4,
  0x70,
);

export type { Wait };
