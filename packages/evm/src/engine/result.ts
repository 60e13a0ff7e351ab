import {
  type Account,
  type AccountChange,
  EMPTY,
  type EvmErrorCode,
  type EvmResult,
  type Hex,
  type Log,
  type StateChanges,
} from "@fb/types";
import { EvmEngineError } from "../errors.ts";
import { ACCOUNT, ACCOUNT_CHANGE, ACCOUNT_FLAG, REFUSED, SLOT } from "./layout.ts";
import type { LinearMemory } from "./memory.ts";
import type { EngineExports } from "./wasm.ts";

/** By outcome number of assembly/status.ts; index 0 is success. */
const ERRORS: readonly EvmErrorCode[] = [
  "REVERT",
  "REVERT",
  "OUT_OF_GAS",
  "INVALID_OPCODE",
  "INVALID_JUMP",
  "STACK_UNDERFLOW",
  "STACK_OVERFLOW",
  "STATIC_VIOLATION",
  "RETURN_DATA_OUT_OF_BOUNDS",
  "INSUFFICIENT_BALANCE",
  "CREATE_COLLISION",
  "CODE_SIZE_LIMIT",
  "INIT_CODE_SIZE_LIMIT",
  "INVALID_CODE_PREFIX",
  "CODE_STORE_OUT_OF_GAS",
  "PRECOMPILE_FAILED",
];

const NO_CHANGES: EvmResult["changes"] = new Map();
const NO_LOGS: readonly Log[] = [];
const NO_SLOTS: AccountChange["slots"] = new Map();

/** What is needed to read the outcome that `collect` left in the answer record at `answer`. */
export interface Finished {
  readonly memory: LinearMemory;
  readonly engine: EngineExports;
  readonly answer: number;
  /** Gas the execution began with. */
  readonly gas: bigint;
  /** Hex keys by name number. */
  readonly names: readonly Hex[];
  /** Accounts as the view gave them, by account number. */
  readonly originals: readonly (Account | null)[];
  readonly withoutLogs: boolean;
}

export function readResult(finished: Finished): EvmResult {
  const { memory, answer, gas } = finished;
  const view = memory.view;
  const refused = view.getUint32(answer + 4, true);
  if (refused === REFUSED.memory) throw memoryExceeded();
  if (refused === REFUSED.precompile) throw precompileExceeded();
  const outcome = view.getUint32(answer, true);
  const failed = outcome !== 0;
  const outputSize = view.getUint32(answer + 28, true);
  return {
    error: failed ? ERRORS[outcome]! : null,
    gasUsed: gas - view.getBigInt64(answer + 8, true),
    refund: failed ? 0n : view.getBigInt64(answer + 16, true),
    output: outputSize === 0 ? EMPTY : memory.slice(view.getUint32(answer + 24, true), outputSize),
    logs: failed || finished.withoutLogs ? NO_LOGS : readLogs(memory, answer),
    changes: failed ? NO_CHANGES : readChanges(finished),
  };
}

export function memoryExceeded(cause?: unknown): EvmEngineError {
  return new EvmEngineError("CALL_MEMORY_EXCEEDED", "the call needs more memory than its limit allows", {}, cause);
}

export function precompileExceeded(): EvmEngineError {
  return new EvmEngineError("CALL_PRECOMPILE_EXCEEDED", "a precompile call needs more gas than the limit allows");
}

function readLogs(memory: LinearMemory, answer: number): readonly Log[] {
  const view = memory.view;
  const count = view.getUint32(answer + 36, true);
  if (count === 0) return NO_LOGS;
  const accounts = view.getUint32(answer + 40, true);
  const logs: Log[] = [];
  let at = view.getUint32(answer + 32, true);
  for (let i = 0; i < count; i++) {
    const address = memory.slice(accounts + view.getUint32(at, true) * ACCOUNT.size, 20);
    const topicCount = view.getUint32(at + 4, true);
    const size = view.getUint32(at + 8, true);
    at += 16;
    const topics: Uint8Array[] = [];
    for (let t = 0; t < topicCount; t++, at += 32) topics.push(memory.slice(at, 32));
    logs.push({ address, topics, data: memory.slice(at, size) });
    at += (size + 7) & ~7;
  }
  return logs;
}

interface MutableChange {
  account: Account | null;
  clearStorage: boolean;
  slots: AccountChange["slots"] | Map<Hex, Uint8Array>;
  code?: Uint8Array;
}

function readChanges(finished: Finished): StateChanges {
  const { memory, answer, names } = finished;
  const view = memory.view;
  const changes = new Map<Hex, MutableChange>();
  const accounts = view.getUint32(answer + 40, true);
  const accountCount = view.getUint32(answer + 44, true);
  for (let i = 0, record = accounts; i < accountCount; i++, record += ACCOUNT.size) {
    const kind = view.getUint32(record + ACCOUNT.changed, true);
    if (kind !== ACCOUNT_CHANGE.none) {
      changes.set(names[view.getUint32(record + ACCOUNT.name, true)]!, readAccount(finished, kind, record, i));
    }
  }
  const slotCount = view.getUint32(answer + 52, true);
  for (let i = 0, record = view.getUint32(answer + 48, true); i < slotCount; i++, record += SLOT.size) {
    if ((view.getUint32(record + SLOT.flags, true) & SLOT.changedFlag) === 0) continue;
    const account = accounts + view.getUint32(record + SLOT.account, true) * ACCOUNT.size;
    const change = changes.get(names[view.getUint32(account + ACCOUNT.name, true)]!)!;
    if (change.slots === NO_SLOTS) change.slots = new Map();
    const slot = names[view.getUint32(record + SLOT.name, true)] ?? memory.wordHex(record);
    // No longer NO_SLOTS, so a map made above.
    (change.slots as Map<Hex, Uint8Array>).set(slot, memory.slice(record + SLOT.value, 32));
  }
  return changes;
}

const DELETED: MutableChange = { account: null, clearStorage: true, slots: NO_SLOTS };

function readAccount(finished: Finished, kind: number, record: number, index: number): MutableChange {
  const { memory, engine, answer, originals } = finished;
  if (kind === ACCOUNT_CHANGE.deleted) return DELETED;
  const original = originals[index]!;
  if (kind === ACCOUNT_CHANGE.slotsOnly) return { account: original, clearStorage: false, slots: NO_SLOTS };
  const view = memory.view;
  const hasCode = (view.getUint32(record + ACCOUNT.flags, true) & ACCOUNT_FLAG.codeSet) !== 0;
  const account = {
    nonce: view.getBigUint64(record + ACCOUNT.nonce, true),
    balance: memory.readWord(record + ACCOUNT.balance),
    codeHash: original === null || hasCode ? memory.slice(record + ACCOUNT.codeHash, 32) : original.codeHash,
  };
  if (!hasCode) return { account, clearStorage: false, slots: NO_SLOTS };
  engine.newCode(index);
  const code = memory.slice(view.getUint32(answer, true), view.getUint32(answer + 4, true));
  return { account, clearStorage: false, slots: NO_SLOTS, code };
}
