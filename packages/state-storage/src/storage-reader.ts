import { contractTableName, storageError, TABLES } from "@fb/storage-amdb";
import type { RecentState, StateReader, StateValue } from "@fb/storage-amdb/state";
import {
  equalBytes,
  fromHex,
  type Height,
  type Hex,
  type StateMiss,
  type StorageBackend,
  toHex,
  ZERO_HASH,
} from "@fb/types";
import { ACCOUNT_KEY, decodeAccount } from "./account-row.ts";

/** Reads the rows of the durable head, then waits until the state knows that head too. */
export class StorageReader implements StateReader {
  readonly hasHistory = false;
  readonly #backend: StorageBackend;
  readonly #recent: () => RecentState;

  constructor(backend: StorageBackend, recent: () => RecentState) {
    this.#backend = backend;
    this.#recent = recent;
  }

  async read(_height: Height, misses: readonly StateMiss[]): Promise<readonly StateValue[]> {
    const values: StateValue[] = new Array(misses.length);
    const slots = new Map<Hex, number[]>();
    const work: Promise<void>[] = [];
    misses.forEach((miss, i) => {
      if (miss.kind === "slot") {
        const indexes = slots.get(miss.address);
        if (indexes === undefined) slots.set(miss.address, [i]);
        else indexes.push(i);
      } else {
        work.push(this.#readOne(miss).then((value) => void (values[i] = value)));
      }
    });
    for (const [address, indexes] of slots) work.push(this.#readSlots(address, indexes, misses, values));
    await Promise.all(work);
    await this.#recent().reached(this.#backend.height());
    return values;
  }

  /** All slots of an account at the durable head, from one point in time. */
  async listSlots(address: Hex): Promise<Map<Hex, Uint8Array>> {
    const slots = new Map<Hex, Uint8Array>();
    for await (const { key, fields } of this.#backend.scan(contractTableName(address))) {
      if (!equalBytes(key, ACCOUNT_KEY)) slots.set(toHex(key), slotValue(fields[0]));
    }
    await this.#recent().reached(this.#backend.height());
    return slots;
  }

  async #readOne(miss: Exclude<StateMiss, { kind: "slot" }>): Promise<StateValue> {
    if (miss.kind === "code") {
      const row = (await this.#backend.rows(TABLES.code, fromHex(miss.codeHash)!))[0];
      if (row === undefined) throw storageError("STORAGE_CORRUPT", "code is missing", { codeHash: miss.codeHash });
      return { kind: "code", code: row.fields[0]! };
    }
    const row = (await this.#backend.rows(contractTableName(miss.address), ACCOUNT_KEY))[0];
    return { kind: "account", account: row === undefined ? null : decodeAccount(row.fields) };
  }

  async #readSlots(
    address: Hex,
    indexes: readonly number[],
    misses: readonly StateMiss[],
    values: StateValue[],
  ): Promise<void> {
    const keys = indexes.map((i) => fromHex((misses[i] as { slot: Hex }).slot)!);
    const rows = await this.#backend.rowsMany(contractTableName(address), keys);
    indexes.forEach((i, at) => {
      const row = rows[at]![0];
      values[i] = { kind: "slot", value: row === undefined ? ZERO_HASH : slotValue(row.fields[0]) };
    });
  }
}

/** A slot's 32 bytes from its field, which leaves out leading zeros (SPEC 1). */
function slotValue(field: Uint8Array | undefined): Uint8Array {
  if (field === undefined || field.length === 0 || field.length > 32 || field[0] === 0) {
    throw storageError("STORAGE_CORRUPT", "slot row is unreadable");
  }
  const value = new Uint8Array(32);
  value.set(field, 32 - field.length);
  return value;
}

/** The field of a slot that is not zero. */
export function slotField(value: Uint8Array): Uint8Array {
  let zeros = 0;
  while (value[zeros] === 0) zeros++;
  return value.slice(zeros);
}
