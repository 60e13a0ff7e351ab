import { contractTableName, storageError, TABLES } from "@fb/storage-amdb";
import type { PreImage, RecentState, StateReader, StateValue } from "@fb/storage-amdb/state";
import {
  type Account,
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
import type { History } from "./history.ts";
import { addressPrefix } from "./pre-image-rows.ts";
import { slotValue } from "./slot-row.ts";

/** A slot that is read, and the place of its value among those asked for. */
interface SlotWanted {
  readonly i: number;
  readonly slot: Hex;
}

/** Reads the rows of the durable head and undoes what the blocks after the height asked for overwrote. */
export class StorageReader implements StateReader {
  readonly #backend: StorageBackend;
  readonly #history: History;
  readonly #recent: () => RecentState;

  constructor(backend: StorageBackend, history: History, recent: () => RecentState) {
    this.#backend = backend;
    this.#history = history;
    this.#recent = recent;
  }

  async read(height: Height, misses: readonly StateMiss[]): Promise<readonly StateValue[]> {
    const { head } = this.#recent();
    if (height < this.#history.floor(head)) {
      throw storageError("STATE_NOT_KEPT", "state of this height is not kept", { height, head });
    }
    const values = await this.#readHead(misses);
    await this.#undo(height, misses, values);
    return values;
  }

  /** Values at the durable head, once the state knows that head too. */
  async #readHead(misses: readonly StateMiss[]): Promise<StateValue[]> {
    const values: StateValue[] = new Array(misses.length);
    const slots = new Map<Hex, SlotWanted[]>();
    const work: Promise<void>[] = [];
    misses.forEach((miss, i) => {
      if (miss.type === "slot") {
        const wanted = slots.get(miss.address);
        if (wanted === undefined) slots.set(miss.address, [{ i, slot: miss.slot }]);
        else wanted.push({ i, slot: miss.slot });
      } else {
        work.push(this.#readOne(miss).then((value) => void (values[i] = value)));
      }
    });
    for (const [address, wanted] of slots) work.push(this.#readSlots(address, wanted, values));
    await Promise.all(work);
    await this.#recent().reached(this.#backend.height());
    return values;
  }

  /** The first block after `height` that changed an item has its value at `height`; what none changed is as it was read. */
  async #undo(height: Height, misses: readonly StateMiss[], values: StateValue[]): Promise<void> {
    const { preImages } = this.#recent();
    let unchanged = misses.map((_, i) => i).filter((i) => misses[i]!.type !== "code");
    const undo = (beforeOf: (miss: StateMiss) => StateValue | undefined) => {
      unchanged = unchanged.filter((i) => {
        const before = beforeOf(misses[i]!);
        if (before !== undefined) values[i] = before;
        return before === undefined;
      });
    };
    const prefixes = new Set(misses.map((miss) => (miss.type === "code" ? -1 : addressPrefix(miss.address))));
    // Commits meanwhile move the floor: what memory no longer has is on disk.
    for (let later = height + 1; unchanged.length > 0 && later <= preImages.floor; ) {
      for (const { accounts, slots } of await this.#history.blocks(later, preImages.floor, prefixes)) {
        later++;
        undo((miss) => {
          if (miss.type === "account") return accountValue(accounts.get(miss.address));
          return miss.type === "slot" ? slotStateValue(slots.get(miss.address)?.get(miss.slot)) : undefined;
        });
      }
    }
    const from = Math.max(height, preImages.floor);
    undo((miss) => {
      if (miss.type === "account") return accountValue(known(preImages.account(from, miss.address)));
      return miss.type === "slot" ? slotStateValue(known(preImages.slot(from, miss.address, miss.slot))) : undefined;
    });
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

  async #readOne(miss: Exclude<StateMiss, { type: "slot" }>): Promise<StateValue> {
    if (miss.type === "code") {
      const row = (await this.#backend.rows(TABLES.code, fromHex(miss.codeHash)!))[0];
      if (row === undefined) throw storageError("STORAGE_CORRUPT", "code is missing", { codeHash: miss.codeHash });
      return { type: "code", code: row.fields[0]! };
    }
    const row = (await this.#backend.rows(contractTableName(miss.address), ACCOUNT_KEY))[0];
    return { type: "account", account: row === undefined ? null : decodeAccount(row.fields) };
  }

  async #readSlots(address: Hex, wanted: readonly SlotWanted[], values: StateValue[]): Promise<void> {
    const keys = wanted.map(({ slot }) => fromHex(slot)!);
    const rows = await this.#backend.rowsMany(contractTableName(address), keys);
    wanted.forEach(({ i }, at) => {
      const row = rows[at]![0];
      values[i] = { type: "slot", value: row === undefined ? ZERO_HASH : slotValue(row.fields[0]) };
    });
  }
}

function known<T>(before: PreImage<T>): T | undefined {
  return before === undefined || before === "unknown" ? undefined : before.value;
}

function accountValue(account: Account | null | undefined): StateValue | undefined {
  return account === undefined ? undefined : { type: "account", account };
}

function slotStateValue(value: Uint8Array | undefined): StateValue | undefined {
  return value === undefined ? undefined : { type: "slot", value };
}
