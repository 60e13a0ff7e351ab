import { EVM, EVMError, type ExecResult, type PrecompileFunc } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import {
  type CryptoSuite,
  EMPTY,
  type EvmErrorCode,
  type EvmFork,
  type EvmHost,
  type EvmLimits,
  type EvmMessage,
  type EvmResult,
  FbError,
  type PrecompileOutcome,
  toHex,
  ZERO_HASH,
} from "@fb/types";
import { isAlwaysWarm } from "../warm.ts";
import { runAnyInitCode } from "./creations.ts";
import { delegateOf } from "./delegation.ts";
import { errorCode } from "./error-code.ts";
import type { ReferenceEvmErrorCode } from "./errors.ts";
import { JournaledState } from "./journaled-state.ts";
import { type EngineLink, libraryBlock, libraryOptions } from "./library.ts";
import { pairingPrice } from "./pairing-price.ts";

/** KECCAK256, the copies, MLOAD to MSTORE8, MCOPY, LOG, the creations, the calls, RETURN, REVERT. */
const MEMORY_OPCODES = [
  0x20, 0x37, 0x39, 0x3c, 0x3e, 0x51, 0x52, 0x53, 0x5e, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4,
  0xf5, 0xfa, 0xfd,
];
/** CALL, CALLCODE, DELEGATECALL, STATICCALL. */
const CALL_OPCODES = [0xf1, 0xf2, 0xf4, 0xfa];
const RETURNDATACOPY = 0x3e;
const INVALID_PREFIX = EVMError.errorMessages.INVALID_BYTECODE_RESULT;
const NO_CHANGES: EvmResult["changes"] = new Map();

type GasHandler = EVM["_opcodeMap"][number]["gasHandler"];
type LibraryMessage = Parameters<EVM["_loadCode"]>[0];
type CreateMessage = Parameters<EVM["_executeCreate"]>[0];

/**
 * @ethereumjs/evm bent to the `Evm` contract. One instance serves one execution at a time. It gives the event loop a
 * turn now and then: the library awaits on every opcode, yet never lets a timer run.
 */
export class ReferenceEngine extends EVM {
  readonly #state: JournaledState;
  readonly #systemCode = new WeakSet<PrecompileFunc>();
  #host!: EvmHost;
  #limits: EvmLimits = {};
  #createAddress: Address | null = null;
  #memoryBytes = 0;
  #returnDataFault = false;
  #initCodeFailed = false;
  /** How the frame that ended last ran. */
  #lastRun: ExecResult | null = null;

  constructor(fork: EvmFork, chainId: bigint, hash: CryptoSuite["hash"]) {
    const state = new JournaledState(hash);
    const link: EngineLink = { engine: null };
    super(libraryOptions(fork, chainId, hash, state, link));
    link.engine = this;
    this.#state = state;
    runAnyInitCode(this._opcodeMap);
    for (const opcode of MEMORY_OPCODES) this.#meterMemory(opcode);
    if (this.common.isActivatedEIP(7702)) for (const opcode of CALL_OPCODES) this.#priceDelegations(opcode);
  }

  async execute(message: EvmMessage, host: EvmHost, limits: EvmLimits): Promise<EvmResult> {
    this.#begin(message, host, limits);
    const caller = new Address(message.caller);
    const payer = await this.#state.getAccount(caller);
    if ((payer?.balance ?? 0n) < message.value) return failure("INSUFFICIENT_BALANCE", message.gas, EMPTY);
    const selfdestruct = new Map<`0x${string}`, `0x${string}`>();
    const createdAddresses = new Set<`0x${string}`>();
    const { execResult } = await this.runCall({
      block: libraryBlock(host),
      caller,
      origin: new Address(message.origin),
      ...(message.to === null ? {} : { to: new Address(message.to) }),
      value: message.value,
      data: message.data,
      gasLimit: message.gas,
      gasPrice: message.gasPrice,
      isStatic: message.isStatic,
      blobVersionedHashes: message.blobHashes.map((hash) => `0x${toHex(hash)}` as const),
      skipNonceIncrement: true,
      selfdestruct,
      createdAddresses,
    });
    if (execResult.exceptionError !== undefined) return this.#failed(message, execResult);
    for (const address of selfdestruct.keys()) {
      if (this.common.isActivatedEIP(6780) && !createdAddresses.has(address)) continue;
      await this.#state.deleteAccount(new Address(Buffer.from(address.slice(2), "hex")));
    }
    return {
      error: null,
      gasUsed: execResult.executionGasUsed,
      refund: execResult.gasRefund ?? 0n,
      output: message.to === null ? EMPTY : execResult.returnValue,
      logs: (execResult.logs ?? []).map(([address, topics, data]) => ({ address, topics, data })),
      changes: this.#state.changes(),
    };
  }

  /** Forgets the execution, so that a pooled engine keeps nothing alive. */
  end(): void {
    this.journal.cleanJournal();
    this.transientStorage.clear();
    this.#state.begin(null);
    this.#limits = {};
  }

  blockHash(number: number): Uint8Array {
    return this.#host.block.blockHash(number) ?? ZERO_HASH;
  }

  async giveTurn(): Promise<void> {
    this.#checkSignal();
    await (this.#limits.pause?.() ?? new Promise<void>((resolve) => setImmediate(resolve)));
    this.#checkSignal();
  }

  #begin(message: EvmMessage, host: EvmHost, limits: EvmLimits): void {
    this.#host = host;
    this.#limits = limits;
    this.#memoryBytes = 0;
    this.#returnDataFault = false;
    this.#initCodeFailed = false;
    this.#lastRun = null;
    this.#createAddress = message.createAddress === undefined ? null : new Address(message.createAddress);
    this.#state.begin(host);
    this.#checkSignal();
    const { journal } = this;
    for (const address of [message.origin, host.block.coinbase]) journal.addAlwaysWarmAddress(toHex(address));
    if (message.to !== null) journal.addAlwaysWarmAddress(toHex(message.to));
    for (const address of this.precompiles.keys()) journal.addAlwaysWarmAddress(address);
    for (const { address, slots } of message.accessList) {
      journal.addAlwaysWarmAddress(toHex(address));
      for (const slot of slots) journal.addAlwaysWarmSlot(toHex(address), toHex(slot));
    }
    journal.isWarmedAddress = (address) =>
      isAlwaysWarm(host, toHex(address)) || Object.getPrototypeOf(journal).isWarmedAddress.call(journal, address);
  }

  #failed(message: EvmMessage, result: ExecResult): EvmResult {
    const code = errorCode(result.exceptionError!.error);
    if (code === "REVERT") return failure(code, result.executionGasUsed, result.returnValue);
    if (code !== "OUT_OF_GAS") return failure(code, message.gas, EMPTY);
    // The library reports these two as plain lack of gas.
    if (this.#returnDataFault) return failure("RETURN_DATA_OUT_OF_BOUNDS", message.gas, EMPTY);
    if (message.to === null && !this.#initCodeFailed) return failure("CODE_STORE_OUT_OF_GAS", message.gas, EMPTY);
    return failure(code, message.gas, EMPTY);
  }

  protected override async _generateAddress(message: LibraryMessage): Promise<Address> {
    if (message.depth === 0 && this.#createAddress !== null) return this.#createAddress;
    return super._generateAddress(message);
  }

  /** System contracts run as precompiled code that knows the message it serves. */
  protected override async _loadCode(message: LibraryMessage): Promise<void> {
    if (!this.#host.isSystemContract(toHex(message.codeAddress.bytes))) return this.#loadAccountCode(message);
    const code: PrecompileFunc = ({ gasLimit }) => this.#runSystemContract(message, gasLimit);
    this.#systemCode.add(code);
    message.code = code;
    message.isCompiled = true;
  }

  /** The library follows delegations, too, but any code with their prefix, and into accounts at a precompile's address. */
  async #loadAccountCode(message: LibraryMessage): Promise<void> {
    if (this.getPrecompile(message.codeAddress) !== undefined) return super._loadCode(message);
    const code = await this.#state.getCode(message.codeAddress);
    const delegate = this.common.isActivatedEIP(7702) ? delegateOf(code) : null;
    message.isCompiled = false;
    message.code = code;
    if (delegate === null) return;
    message.code = this.getPrecompile(delegate) === undefined ? await this.#state.getCode(delegate) : EMPTY;
    if (message.depth === 0) this.journal.addAlwaysWarmAddress(toHex(delegate.bytes));
  }

  /** A precompiled contract is a pure function: whatever it throws on some input, it throws on every node. */
  protected override async runPrecompile(
    code: PrecompileFunc,
    data: Uint8Array,
    gasLimit: bigint,
  ): Promise<ExecResult> {
    if (this.#systemCode.has(code)) return super.runPrecompile(code, data, gasLimit);
    try {
      const result = await super.runPrecompile(code, data, gasLimit);
      const error = result.exceptionError?.error;
      if (error === undefined || error === "out of gas") return result;
    } catch {
      // As below.
    }
    // The library calls bad input many things, some of them a revert, yet takes all gas for it.
    return compiledFailure(pairingPrice(this, code, data) > gasLimit ? "out of gas" : "invalid input length", gasLimit);
  }

  /** The library looks for the forbidden prefix (EIP-3541) in whatever init code leaves, also when that is no code. */
  protected override async _executeCreate(message: CreateMessage): ReturnType<EVM["_executeCreate"]> {
    const result = await super._executeCreate(message);
    const { exceptionError } = result.execResult;
    if (exceptionError?.error !== INVALID_PREFIX || this.#lastRun?.exceptionError === undefined) return result;
    return { ...result, execResult: this.#lastRun };
  }

  protected override async runInterpreter(...args: Parameters<EVM["runInterpreter"]>): Promise<ExecResult> {
    const outerBytes = this.#memoryBytes;
    const result = await super.runInterpreter(...args);
    this.#memoryBytes = outerBytes;
    this.#lastRun = result;
    if (args[0].depth === 0) this.#initCodeFailed = result.exceptionError !== undefined;
    return result;
  }

  async #runSystemContract(message: LibraryMessage, gas: bigint): Promise<ExecResult> {
    const address = message.codeAddress.bytes;
    const running = this.#host.callSystemContract({
      address,
      caller: message.caller.bytes,
      origin: this._tx!.origin.bytes,
      inputSize: message.data.length,
      // The library hands out a window on live memory.
      input: message.data.slice(),
      value: message.value,
      gas,
      isStatic: message.isStatic,
      isDelegated: message.delegatecall || !message.codeAddress.equals(message.to!),
    });
    let step = running.next();
    while (!step.done) {
      await this.#host.loadTables(step.value);
      step = running.next();
    }
    return systemResult(step.value, gas);
  }

  #meterMemory(opcode: number): void {
    const entry = this._opcodeMap[opcode];
    if (entry === undefined) return;
    const inner = entry.gasHandler;
    const limited: GasHandler = async (state, gas, common) => {
      const words = state.memoryWordCount;
      const cost = await inner(state, gas, common);
      this.#memoryBytes += Number(state.memoryWordCount - words) * 32;
      const limit = this.#limits.memoryBytes!;
      // Gas is taken after this point: growth that cannot be paid for never happens.
      if (this.#memoryBytes > limit && cost <= state.gasLeft) {
        throw new FbError<ReferenceEvmErrorCode>("CALL_MEMORY_EXCEEDED", "the call needs too much memory", { limit });
      }
      return cost;
    };
    // The library awaits what it gets, so a handler may answer at once or later.
    entry.gasHandler = ((state, gas, common) => {
      if (opcode === RETURNDATACOPY && state.env.depth === 0) {
        const [, from, length] = state.stack.peek(3) as [bigint, bigint, bigint];
        this.#returnDataFault = from + length > state.interpreter.getReturnDataSize();
      }
      return (this.#limits.memoryBytes === undefined ? inner : limited)(state, gas, common);
    }) as GasHandler;
  }

  /** The library takes any code with the prefix of a delegation for one when it prices a call. */
  #priceDelegations(opcode: number): void {
    const entry = this._opcodeMap[opcode]!;
    const inner = entry.gasHandler;
    entry.gasHandler = async (state, gas, common) => {
      this.#state.showsDelegationsOnly = true;
      try {
        return await inner(state, gas, common);
      } finally {
        this.#state.showsDelegationsOnly = false;
      }
    };
  }

  #checkSignal(): void {
    if (this.#limits.signal?.aborted !== true) return;
    throw new FbError<ReferenceEvmErrorCode>("CALL_ABORTED", "the call was aborted");
  }
}

function systemResult(outcome: PrecompileOutcome, gas: bigint): ExecResult {
  if (outcome.error === "PRECOMPILE_FAILED") return compiledFailure("invalid input length", gas);
  if (outcome.error === "OUT_OF_GAS" || outcome.gasUsed > gas) return compiledFailure("out of gas", gas);
  return {
    executionGasUsed: outcome.gasUsed,
    returnValue: outcome.output,
    ...(outcome.error === null ? {} : { exceptionError: new EVMError("revert") }),
    logs: outcome.logs.map((log) => [log.address, [...log.topics], log.data]),
  };
}

function compiledFailure(error: EVMError["error"], gas: bigint): ExecResult {
  return { executionGasUsed: gas, returnValue: EMPTY, exceptionError: new EVMError(error) };
}

function failure(error: EvmErrorCode, gasUsed: bigint, output: Uint8Array): EvmResult {
  return { error, gasUsed, refund: 0n, output, logs: [], changes: NO_CHANGES };
}
