import { type Account, type AccountChange, EMPTY, type EvmErrorCode, type EvmResult, type Hex, type Log } from "@fb/types";
import { EvmEngineError } from "../errors.ts";
import { ACCOUNT, ACCOUNT_CHANGE, ACCOUNT_FLAG, SLOT } from "./layout.ts";
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
const NO_SLOTS: AccountChange["slots"] = new Map();

/** Reads what `collect` left in the answer record at `answer`. `names` are the addresses by account number. */
export function readResult(memory: LinearMemory, engine: EngineExports, answer: number, gas: bigint, names: readonly Hex[]): EvmResult {
  const view = memory.view;
  const at = (field: number) => view.getUint32(answer + field, true);
  if (at(4) !== 0) throw new EvmEngineError("CALL_MEMORY_EXCEEDED", "the call needs more memory than its limit allows");
  const outcome = at(0);
  const failed = outcome !== 0;
  const outputSize = at(28);
  const accounts = at(40);
  const slots = at(48);
  const accountCount = at(44);
  const slotCount = at(52);
  return {
    error: failed ? ERRORS[outcome]! : null,
    gasUsed: gas - view.getBigInt64(answer + 8, true),
    refund: failed ? 0n : view.getBigInt64(answer + 16, true),
    output: outputSize === 0 ? EMPTY : memory.slice(at(24), outputSize),
    logs: failed ? [] : readLogs(memory, at(32), at(36), accounts),
    changes: failed ? NO_CHANGES : readChanges(memory, engine, answer, { accounts, accountCount, slots, slotCount }, names),
  };
}

function readLogs(memory: LinearMemory, start: number, count: number, accounts: number): Log[] {
  const view = memory.view;
  const logs: Log[] = [];
  let at = start;
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

interface Tables {
  readonly accounts: number;
  readonly accountCount: number;
  readonly slots: number;
  readonly slotCount: number;
}

interface MutableChange {
  account: Account | null;
  clearStorage: boolean;
  slots: ReadonlyMap<Hex, Uint8Array> | Map<Hex, Uint8Array>;
  code?: Uint8Array;
}

function readChanges(memory: LinearMemory, engine: EngineExports, answer: number, tables: Tables, names: readonly Hex[]) {
  const view = memory.view;
  const changes = new Map<Hex, MutableChange>();
  for (let i = 0; i < tables.accountCount; i++) {
    const record = tables.accounts + i * ACCOUNT.size;
    const kind = view.getUint32(record + ACCOUNT.changed, true);
    if (kind === ACCOUNT_CHANGE.none) continue;
    changes.set(names[i]!, kind === ACCOUNT_CHANGE.deleted ? DELETED : readAccount(memory, engine, answer, record, i));
  }
  for (let i = 0; i < tables.slotCount; i++) {
    const record = tables.slots + i * SLOT.size;
    if ((view.getUint32(record + SLOT.flags, true) & SLOT.changedFlag) === 0) continue;
    const change = changes.get(names[view.getUint32(record + SLOT.account, true)]!)!;
    if (change.slots === NO_SLOTS) change.slots = new Map();
    (change.slots as Map<Hex, Uint8Array>).set(memory.wordHex(record), memory.readWordBytes(record + SLOT.value));
  }
  return changes;
}

const DELETED: MutableChange = { account: null, clearStorage: true, slots: NO_SLOTS };

function readAccount(memory: LinearMemory, engine: EngineExports, answer: number, record: number, index: number): MutableChange {
  const view = memory.view;
  const flags = view.getUint32(record + ACCOUNT.flags, true);
  const change: MutableChange = {
    account: {
      nonce: view.getBigUint64(record + ACCOUNT.nonce, true),
      balance: memory.readWord(record + ACCOUNT.balance),
      codeHash: memory.slice(record + ACCOUNT.codeHash, 32),
    },
    clearStorage: false,
    slots: NO_SLOTS,
  };
  if ((flags & ACCOUNT_FLAG.codeSet) !== 0) {
    engine.newCode(index);
    change.code = memory.slice(view.getUint32(answer, true), view.getUint32(answer + 4, true));
  }
  return change;
}
