import {
  bigTo32,
  type Evm,
  type EvmFork,
  type EvmHost,
  type EvmMessage,
  type EvmResult,
  type Hex,
  type PrecompileCall,
  type PrecompileOutcome,
  type TableLoad,
  toHex,
} from "@fb/types";
import { testBlock } from "../support/host.ts";
import type { World } from "../support/world.ts";
import { addressOf, SYSTEM } from "./cast.ts";

export interface FuzzCase {
  readonly world: World;
  readonly fork: EvmFork;
  readonly message: EvmMessage;
}

const BLOCK = testBlock();
const SYSTEM_HEX = toHex(addressOf(SYSTEM));

/** A host with one system contract: a counter table with savepoints. */
export class FuzzHost implements EvmHost {
  readonly view: EvmHost["view"];
  readonly block = BLOCK;
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

/** A result as plain text, for comparison and for reading. */
export async function outcomeOf(evm: Evm, { world, fork, message }: FuzzCase, cold: boolean): Promise<string> {
  const host = new FuzzHost(world, fork, cold);
  const result = await evm.execute(message, host);
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
