import type { TestTransaction } from "@fb/state-tests";
import { type Evm, type EvmErrorCode, type EvmFork, FbError, type Hex, type StateView, toHex } from "@fb/types";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { testBlock } from "../support/host.ts";
import { logsHash, transition } from "../support/transition.ts";
import type { World } from "../support/world.ts";

/** One transaction over a small world. */
export interface CorpusCase {
  readonly fork: EvmFork;
  readonly world: World;
  readonly tx: TestTransaction;
}

/** What must become of a case; digests in hex. */
export interface Outcome {
  readonly error: EvmErrorCode | null;
  /** What is paid for, in decimal. */
  readonly gas: string;
  /** Keccak-256 of what is returned. */
  readonly output: Hex;
  /** Keccak-256 of the RLP of the logs. */
  readonly logs: Hex;
  /** Ethereum state root afterwards. */
  readonly root: Hex;
}

/** With room for transactions that go 1,024 calls deep. */
const BLOCK = testBlock({ gasLimit: 1n << 60n });

/** Runs a case; `view` makes what the engine reads through of the case's world. */
export async function outcomeOf(
  evm: Evm,
  { fork, world, tx }: CorpusCase,
  view: (world: World) => StateView = (whole) => whole.view(),
): Promise<Outcome> {
  const after = world.clone();
  const found = await transition(evm, after, tx, { block: BLOCK, fork }, view(after));
  if (found.type === "refused") throw new FbError("CASE_REFUSED", `the transaction is refused: ${found.reason}`);
  const { error, output, logs } = found.result;
  return {
    error,
    gas: found.gasUsed.toString(),
    output: toHex(keccak_256(output)),
    logs: toHex(logsHash(logs)),
    root: toHex(await after.root()),
  };
}

/** The kind of transaction that has just what this one has. */
export function transactionType({ accessList, maxFee, maxPriorityFee, blob }: TestTransaction): 0 | 1 | 2 | 3 {
  if (blob !== null) return 3;
  if (maxFee !== maxPriorityFee) return 2;
  return accessList.length > 0 ? 1 : 0;
}
