import {
  type Account,
  type Address,
  bigTo32,
  concatBytes,
  EMPTY,
  type Evm,
  type EvmBlock,
  type EvmFork,
  type EvmHost,
  type EvmLimits,
  type EvmMessage,
  type EvmResult,
  fromHex,
  type Hash,
  type Hex,
  InvariantError,
  type PrecompileCall,
  type PrecompileOutcome,
  type StateMiss,
  type StateView,
  type TableLoad,
  toHex,
  ZERO_HASH,
} from "@fb/types";
import { nobleSuite } from "@fb/types/testing";

const { hash } = nobleSuite;
const NO_CODE_HASH = hash(EMPTY);

/** 20 bytes ending with `value`. */
export function address(value: number | bigint): Address {
  return bigTo32(BigInt(value)).slice(12);
}

export function word(value: number | bigint): Hash {
  return bigTo32(BigInt(value));
}

export interface TestAccount {
  readonly nonce?: bigint;
  readonly balance?: bigint;
  readonly code?: Uint8Array;
  readonly slots?: Readonly<Record<number, number | bigint>>;
}

/** Accounts before the execution by address hex. */
export type TestState = ReadonlyMap<Hex, TestAccount>;

export function state(...accounts: readonly (readonly [Address, TestAccount])[]): TestState {
  return new Map(accounts.map(([at, account]) => [toHex(at), account]));
}

/**
 * A view in the two extremes its contract allows: all in memory, or nothing until loaded and only the last load kept.
 */
export class TestView implements StateView {
  readonly height = 0;
  readonly #state: TestState;
  readonly #codes = new Map<Hex, Uint8Array>();
  readonly #cold: boolean;
  readonly #loadError: Error | null;
  #known = new Set<string>();
  loads = 0;

  constructor(accounts: TestState, cold: boolean, loadError: Error | null) {
    this.#state = accounts;
    this.#cold = cold;
    this.#loadError = loadError;
    for (const { code } of accounts.values()) if (code !== undefined) this.#codes.set(toHex(hash(code)), code);
  }

  peekAccount(at: Hex): Account | null | undefined {
    if (!this.#inMemory(at)) return undefined;
    const account = this.#state.get(at);
    if (account === undefined) return null;
    const codeHash = account.code === undefined ? NO_CODE_HASH : hash(account.code);
    return { nonce: account.nonce ?? 0n, balance: account.balance ?? 0n, codeHash };
  }

  peekSlot(at: Hex, slot: Hex): Uint8Array | undefined {
    if (!this.#inMemory(`${at}/${slot}`)) return undefined;
    const value = this.#state.get(at)?.slots?.[Number(BigInt(`0x${slot}`))];
    return value === undefined ? ZERO_HASH : word(value);
  }

  peekCode(codeHash: Hex): Uint8Array | undefined {
    if (codeHash === toHex(NO_CODE_HASH)) return EMPTY;
    return this.#inMemory(codeHash) ? this.#codes.get(codeHash) : undefined;
  }

  async load(misses: readonly StateMiss[]): Promise<void> {
    this.loads++;
    await Promise.resolve();
    if (this.#loadError !== null) throw this.#loadError;
    this.#known = new Set(misses.map(keyOf));
  }

  #inMemory(key: string): boolean {
    return !this.#cold || this.#known.has(key);
  }
}

function keyOf(miss: StateMiss): string {
  if (miss.type === "slot") return `${miss.address}/${miss.slot}`;
  return miss.type === "account" ? miss.address : miss.codeHash;
}

/** Where the test host's system contract lives. */
export const SYSTEM: Address = address(0x1000);
/** The first of many addresses where it lives, too: there may be one at any that begins like this. */
export const SYSTEM_OBJECT: Address = concatBytes(new TextEncoder().encode("fbobject"), new Uint8Array(12));
const TABLE = "u_test";

/** First input byte of the test system contract. What follows is its argument. */
export const SYSTEM_OP = {
  /** Returns the argument. */
  echo: 0,
  /** Writes the argument, logs it with topic 7, returns the number of values written so far. */
  write: 1,
  /** Writes the argument, then reverts with it. */
  writeAndRevert: 2,
  /** Loads one key per argument byte, one after the other, and returns what they hold: 100 + the byte. */
  load: 3,
  outOfGas: 4,
  fail: 5,
  /** Returns caller, origin, value, isStatic, isDelegated as words. */
  describe: 6,
} as const;
/** What each of these calls uses. */
export const SYSTEM_CALL_GAS = 1_000n;

/** A host with tables in memory and one system contract. */
export class TestHost implements EvmHost {
  readonly view: StateView;
  readonly block: EvmBlock;
  readonly fork: EvmFork;
  /** What system contract calls wrote and nobody undid. */
  readonly written: Uint8Array[] = [];
  tableLoads = 0;
  readonly #loaded = new Set<Hex>();

  constructor(view: StateView, fork: EvmFork, block: EvmBlock) {
    this.view = view;
    this.fork = fork;
    this.block = block;
  }

  isSystemContract(at: Hex): boolean {
    return at === toHex(SYSTEM) || at.startsWith(toHex(SYSTEM_OBJECT.subarray(0, 8)));
  }

  async loadTables(loads: readonly TableLoad[]): Promise<void> {
    this.tableLoads++;
    await Promise.resolve();
    for (const { key } of loads) this.#loaded.add(toHex(key));
  }

  savepoint(): number {
    return this.written.length;
  }

  revertTo(mark: number): void {
    if (mark > this.written.length) throw new InvariantError("savepoints reverted out of order");
    this.written.length = mark;
  }

  *callSystemContract(call: PrecompileCall): Generator<readonly TableLoad[], PrecompileOutcome, void> {
    const argument = call.input.slice(1);
    if (call.gas < SYSTEM_CALL_GAS) return refusal("OUT_OF_GAS");
    switch (call.input[0]) {
      case SYSTEM_OP.echo:
        return success(argument);
      case SYSTEM_OP.write:
        this.written.push(argument);
        return success(word(this.written.length), [{ address: SYSTEM, topics: [word(7)], data: argument }]);
      case SYSTEM_OP.writeAndRevert:
        this.written.push(argument);
        return { ...success(argument), error: "REVERT" };
      case SYSTEM_OP.load:
        return yield* this.#load(argument);
      case SYSTEM_OP.outOfGas:
        return refusal("OUT_OF_GAS");
      case SYSTEM_OP.describe:
        return success(description(call));
      default:
        return refusal("PRECOMPILE_FAILED");
    }
  }

  *#load(argument: Uint8Array): Generator<readonly TableLoad[], PrecompileOutcome, void> {
    const values: number[] = [];
    for (const byte of argument) {
      const key = Uint8Array.of(byte);
      if (!this.#loaded.has(toHex(key))) yield [{ table: TABLE, key }];
      if (!this.#loaded.has(toHex(key))) throw new InvariantError("the engine went on without loading");
      values.push(100 + byte);
    }
    return success(Uint8Array.from(values));
  }
}

function success(output: Uint8Array, logs: PrecompileOutcome["logs"] = []): PrecompileOutcome {
  return { error: null, gasUsed: SYSTEM_CALL_GAS, output, logs };
}

function refusal(error: "OUT_OF_GAS" | "PRECOMPILE_FAILED"): PrecompileOutcome {
  return { error, gasUsed: SYSTEM_CALL_GAS, output: EMPTY, logs: [] };
}

function description(call: PrecompileCall): Uint8Array {
  const words = [call.caller, call.origin, bigTo32(call.value).slice(12), flag(call.isStatic), flag(call.isDelegated)];
  return Uint8Array.from(words.flatMap((part) => [...new Uint8Array(32 - part.length), ...part]));
}

function flag(value: boolean): Uint8Array {
  return Uint8Array.of(value ? 1 : 0);
}

export const CALLER: Address = address(0xca11e4);
/** The contract a message calls unless said otherwise. */
export const CONTRACT: Address = address(0xc0de);
export const OTHER: Address = address(0x07e4);
export const COINBASE: Address = address(0xc014ba5e);
export const GAS = 1_000_000n;

export const BLOCK: EvmBlock = {
  number: 1_000,
  timestamp: 1_700_000_000,
  coinbase: COINBASE,
  prevRandao: hash(Uint8Array.of(1)),
  gasLimit: 300_000_000n,
  baseFee: 0n,
  blobBaseFee: 1n,
  chainId: 65_537n,
  blockHash: (number) => (number >= 744 && number < 1_000 ? hash(word(number)) : null),
};

export interface TestRun {
  readonly accounts?: TestState;
  readonly code?: Uint8Array;
  readonly message?: Partial<EvmMessage>;
  readonly fork?: EvmFork;
  readonly limits?: EvmLimits;
  /** Nothing in memory until it is loaded. */
  readonly cold?: boolean;
  /** What loads of the view reject with. */
  readonly loadError?: Error;
}

export interface TestOutcome {
  readonly result: EvmResult;
  readonly host: TestHost;
  readonly view: TestView;
}

/** Runs a message on the engine under test. */
export type RunFn = (run: TestRun) => Promise<TestOutcome>;

/** Executes one message; `code` is put at {@link CONTRACT}. The caller has nonce 1 and a balance of 10^18. */
export async function runMessage(evm: Evm, run: TestRun): Promise<TestOutcome> {
  const accounts = new Map<Hex, TestAccount>([[toHex(CALLER), { nonce: 1n, balance: 10n ** 18n }]]);
  if (run.code !== undefined) accounts.set(toHex(CONTRACT), { nonce: 1n, code: run.code });
  for (const [at, account] of run.accounts ?? []) {
    accounts.set(at, at === toHex(CONTRACT) ? { ...accounts.get(at), ...account } : account);
  }
  const view = new TestView(accounts, run.cold === true, run.loadError ?? null);
  const host = new TestHost(view, run.fork ?? "cancun", BLOCK);
  const message: EvmMessage = {
    caller: CALLER,
    origin: CALLER,
    to: CONTRACT,
    value: 0n,
    data: EMPTY,
    gas: GAS,
    gasPrice: 0n,
    blobHashes: [],
    isStatic: false,
    accessList: [],
    ...run.message,
  };
  const result = await evm.execute(message, host, run.limits);
  return { result, host, view };
}

/** Hex of the code hash, as EXTCODEHASH pushes it. */
export function codeHash(code: Uint8Array): Hex {
  return toHex(hash(code));
}

export function hexWord(value: number | bigint): Hex {
  return toHex(word(value));
}

export function bytes(hex: string): Uint8Array {
  const decoded = fromHex(hex);
  if (decoded === null) throw new InvariantError("a test constant is not hex");
  return decoded;
}
