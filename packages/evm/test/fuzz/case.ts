import {
  type Address,
  bigTo32,
  concatBytes,
  type Evm,
  type EvmFork,
  type EvmHost,
  type EvmLimits,
  type EvmMessage,
  type EvmResult,
  type Hex,
  type PrecompileCall,
  type PrecompileOutcome,
  type TableLoad,
  toHex,
} from "@fb/types";
import { testBlock } from "../support/host.ts";
import { World } from "../support/world.ts";
import { CONTRACTS, NOBODY, PLAIN, SYSTEM, writeProgram } from "./program.ts";
import type { Random } from "./random.ts";

export interface FuzzCase {
  readonly world: World;
  readonly fork: EvmFork;
  readonly message: EvmMessage;
}

/** Forks in which a code of ef0100 and an address is a delegation. */
const DELEGATING: ReadonlySet<EvmFork> = new Set(["prague", "osaka"]);
const FORKS: readonly EvmFork[] = ["shanghai", "cancun", "cancun", "cancun", "prague", "osaka"];
const CALLER = 0xaaaa_0001n;

export function addressOf(value: bigint): Address {
  return bigTo32(value).slice(12);
}

export function makeCase(random: Random): FuzzCase {
  const world = new World();
  const none = new Map<Hex, Uint8Array>();
  world.put(addressOf(CALLER), { nonce: 3n, balance: 1_000_000n, code: new Uint8Array(0) }, none);
  world.put(addressOf(PLAIN), { nonce: 0n, balance: 7n, code: new Uint8Array(0) }, none);
  for (const address of CONTRACTS) {
    const slots = new Map<Hex, Uint8Array>();
    for (let i = 0n; i < 4n; i++)
      if (random.chance(0.5)) slots.set(toHex(bigTo32(i)), bigTo32(BigInt(1 + random.below(3))));
    const balance = random.chance(0.7) ? BigInt(random.below(1000)) : 0n;
    world.put(addressOf(address), { nonce: 1n, balance, code: writeProgram(random) }, slots);
  }
  const create = random.chance(0.12);
  const code = create ? writeProgram(random) : random.bytes(random.below(80));
  const fork = random.pick(FORKS);
  if (DELEGATING.has(fork)) delegate(world, random.branch());
  return {
    world,
    fork,
    message: {
      caller: addressOf(CALLER),
      origin: addressOf(CALLER),
      to: create ? null : addressOf(random.chance(0.95) ? CONTRACTS[0]! : random.pick([PLAIN, NOBODY, SYSTEM, 4n, 9n])),
      ...(create ? { createAddress: addressOf(random.chance(0.95) ? 0xfafa_0001n : CONTRACTS[1]!) } : {}),
      value: random.chance(0.7) ? 0n : BigInt(random.below(300)),
      data: code,
      gas: 400_000n,
      gasPrice: 10n,
      blobHashes: random.chance(0.3) ? [random.bytes(32), random.bytes(32)] : [],
      isStatic: !create && random.chance(0.1),
      accessList: random.chance(0.2) ? [{ address: addressOf(CONTRACTS[1]!), slots: [bigTo32(0n), bigTo32(2n)] }] : [],
    },
  };
}

/** Makes some contracts accounts that run the code of another, which may be anything (EIP-7702). */
function delegate(world: World, random: Random): void {
  for (const address of CONTRACTS) {
    if (!random.chance(0.3)) continue;
    const target = random.chance(0.6)
      ? random.pick(CONTRACTS)
      : random.pick([PLAIN, NOBODY, SYSTEM, CALLER, 2n, 4n, 9n]);
    const code = concatBytes(Uint8Array.of(0xef, 0x01, 0x00), addressOf(target));
    const { nonce, balance } = world.account(addressOf(address))!;
    const { slots } = world.entries.get(toHex(addressOf(address)))!;
    world.put(addressOf(address), { nonce, balance, code }, slots);
  }
}

/** A host with one system contract: a counter table with savepoints. */
export class FuzzHost implements EvmHost {
  readonly view: EvmHost["view"];
  readonly block = testBlock();
  readonly fork: EvmFork;
  readonly #undo: number[] = [];
  #counter = 0;

  constructor(world: World, fork: EvmFork, cold: boolean) {
    this.view = cold ? world.coldView() : world.view();
    this.fork = fork;
  }

  /** What the table holds now. */
  get counter(): number {
    return this.#counter;
  }

  isSystemContract(address: Hex): boolean {
    return address === SYSTEM_HEX;
  }

  *callSystemContract(call: PrecompileCall): Generator<readonly TableLoad[], PrecompileOutcome, void> {
    const command = call.input[0] ?? 0;
    const outcome = (error: PrecompileOutcome["error"], output: Uint8Array, logs: PrecompileOutcome["logs"] = []) => ({
      error,
      gasUsed: 700n,
      output,
      logs,
    });
    if (call.isDelegated || call.value !== 0n) return outcome("REVERT", Uint8Array.of(1));
    if (command === 1) yield [{ table: "t", key: call.caller }];
    if (command > 0 && call.isStatic) return outcome("PRECOMPILE_FAILED", new Uint8Array(0));
    if (command > 0) {
      this.#undo.push(this.#counter);
      this.#counter = this.#counter * 3 + command + call.input.length;
      this.#counter %= 1_000_003;
    }
    if (command === 2) return outcome("REVERT", call.input);
    if (command === 3) yield [];
    if (command === 4) return outcome("OUT_OF_GAS", new Uint8Array(0));
    const log = { address: call.address, topics: [bigTo32(BigInt(this.#counter))], data: call.input };
    return outcome(null, bigTo32(BigInt(this.#counter)), command === 5 ? [log, log] : []);
  }

  async loadTables(): Promise<void> {}

  savepoint(): number {
    return this.#undo.length;
  }

  revertTo(savepoint: number): void {
    while (this.#undo.length > savepoint) this.#counter = this.#undo.pop()!;
  }
}

const SYSTEM_HEX = toHex(addressOf(SYSTEM));

/** A result as plain text, for comparison and for reading. */
export async function outcomeOf(
  evm: Evm,
  { world, fork, message }: FuzzCase,
  cold: boolean,
  limits?: EvmLimits,
): Promise<string> {
  const host = new FuzzHost(world, fork, cold);
  const result = await evm.execute(message, host, limits);
  return describe(result, result.error === null ? host.counter : 0);
}

export function describe(result: EvmResult, counter: number): string {
  const changes = [...result.changes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([address, change]) => ({
      address,
      account:
        change.account === null
          ? null
          : `${change.account.nonce} ${change.account.balance} ${toHex(change.account.codeHash).slice(0, 12)}`,
      clear: change.clearStorage,
      slots: [...change.slots].sort(([a], [b]) => (a < b ? -1 : 1)).map(([slot, value]) => `${slot}=${toHex(value)}`),
      code: change.code === undefined ? "-" : toHex(change.code),
    }));
  const logs = result.logs.map((log) => `${toHex(log.address)} ${log.topics.map(toHex).join(",")} ${toHex(log.data)}`);
  const { error, gasUsed, refund } = result;
  return JSON.stringify(
    { error, gasUsed: `${gasUsed}`, refund: `${refund}`, output: toHex(result.output), logs, changes, counter },
    null,
    1,
  );
}
