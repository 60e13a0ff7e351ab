import { contractTableName, keyNumber, numberKey, shownBytes, TABLES } from "@fb/storage-amdb";
import type { BlockPreImages } from "@fb/storage-amdb/state";
import {
  EMPTY,
  equalBytes,
  fromHex,
  type Height,
  type Hex,
  type RowOp,
  runningRoot,
  toHex,
  writeSetDigest,
  ZERO_HASH,
} from "@fb/types";
import { ACCOUNT_KEY, encodeAccount } from "../account-row.ts";
import { decodePreImages } from "../pre-image-rows.ts";
import { slotField } from "../slot-row.ts";
import type { HistoryCheckOptions, HistoryCheckResult } from "./options.ts";

const MIB = 1024 * 1024;
/** What an entry of a map takes beside its bytes, roughly. */
const ENTRY_BYTES = 150;
const HEAD_KEY = new TextEncoder().encode("head");

/**
 * Goes back from the head's rows as far as pre-images lead, and compares what each block wrote with its state root: what
 * one of those blocks wrote is right afterwards. Every fault is reported. Rejects with what storage rejects with.
 */
export async function checkHistory(options: HistoryCheckOptions): Promise<HistoryCheckResult> {
  await checkHeadRow(options);
  const lowest = await checkRows(options);
  return new WayBack(options).run(lowest);
}

async function checkHeadRow({ backend, head, rootAt, report }: HistoryCheckOptions): Promise<void> {
  const table = TABLES.stateRoots;
  const committed = (await rootAt(head)) ?? undefined;
  let found = false;
  for await (const { key, fields } of backend.scan(table)) {
    const isHead = equalBytes(key, HEAD_KEY);
    found ||= isHead;
    if (!isHead) report({ code: "ROW_UNEXPECTED", table, key, expected: "the head's root only", found: "another key" });
    else if (committed !== undefined && (fields.length !== 1 || !equalBytes(fields[0]!, committed))) {
      const shown = fields.map(shownBytes).join(",");
      report({ code: "ROOT_DIFFERS", table, key, height: head, expected: shownBytes(committed), found: shown });
    }
  }
  if (!found)
    report({ code: "ROW_MISSING", table, key: HEAD_KEY, height: head, expected: "the head's root", found: "nothing" });
}

/** Pre-images lie for each block from some height to the head, each in rows 1, 2, ... Returns that height. */
async function checkRows({ backend, head, report }: HistoryCheckOptions): Promise<Height> {
  const table = TABLES.preImages;
  let lowest = head + 1;
  let last = { height: -1, row: 0 };
  const missing = (from: Height, to: Height) => {
    for (let height = from; height <= to; height++) {
      report({ code: "ROW_MISSING", table, key: numberKey(height), height, expected: "pre-images", found: "nothing" });
    }
  };
  for await (const { key, row } of backend.scan(table)) {
    const height = key.length === 8 ? keyNumber(key) : head + 1;
    if (height > head) {
      report({ code: "ROW_UNEXPECTED", table, key, row, expected: `a height up to ${head}`, found: "another key" });
      continue;
    }
    const isFirst = height !== last.height;
    if (isFirst && last.height >= 0) missing(last.height + 1, height - 1);
    // Removing them begins with the first rows of the lowest block.
    if (row !== last.row + 1 && !isFirst) {
      report({ code: "ROW_MISSING", table, key, row: last.row + 1, height, expected: "a row", found: "nothing" });
    }
    if (isFirst && row === 1) lowest = Math.min(lowest, height);
    else if (isFirst && last.height >= 0) {
      report({ code: "ROW_MISSING", table, key, row: 1, height, expected: "a row", found: "nothing" });
    }
    last = { height, row };
  }
  missing(Math.max(last.height, lowest - 1, -1) + 1, head);
  return lowest;
}

/** Values of rows as they were at the height that the way back has come to. */
class WayBack {
  readonly #options: HistoryCheckOptions;
  /** Fields of rows by table and hex of the key; null = no row. Only what later blocks changed. */
  readonly #rows = new Map<string, Map<Hex, Uint8Array | null>>();
  #bytes = 0;

  constructor(options: HistoryCheckOptions) {
    this.#options = options;
  }

  async run(lowest: Height): Promise<HistoryCheckResult> {
    const { head, progress, maxBytes = 256 * MIB } = this.#options;
    let blocks = 0;
    let height = head;
    for (; height >= lowest && this.#bytes <= maxBytes; height--) {
      progress(blocks);
      if (!(await this.#undo(height))) return { blocks, isWritten: null };
      blocks++;
    }
    if (height >= 0) return { blocks, isWritten: null };
    this.#expectNothing();
    return { blocks, isWritten: (table, key) => this.#rows.get(table)?.has(toHex(key)) === true };
  }

  /** One block back. False when what lies before cannot be known. */
  async #undo(height: Height): Promise<boolean> {
    const { backend, suite, report, rootAt } = this.#options;
    const key = numberKey(height);
    const rows = await backend.rows(TABLES.preImages, key);
    let images: BlockPreImages;
    try {
      images = decodePreImages(
        rows.map(({ fields }) => fields[0] ?? EMPTY),
        null,
      );
    } catch {
      const found = rows.map(({ fields }) => fields.map(shownBytes).join(",")).join(" ");
      report({ code: "ROW_UNREADABLE", table: TABLES.preImages, key, height, expected: "pre-images", found });
      return false;
    }
    const before = rowsBefore(images);
    const root = await rootAt(height);
    const parent = height === 0 ? ZERO_HASH : await rootAt(height - 1);
    const writes = await this.#writes(before);
    if (root !== null && parent !== null) {
      const computed = runningRoot(suite, parent, writeSetDigest(suite, writes));
      if (!equalBytes(computed, root)) {
        const shown = { expected: `writes that give ${shownBytes(root)}`, found: shownBytes(computed) };
        report({ code: "ROOT_DIFFERS", table: TABLES.preImages, key, height, ...shown });
        return false;
      }
    }
    for (const [table, keys] of before) this.#put(table, keys);
    return true;
  }

  /** What the block wrote: the rows that it changed, as the next blocks found them. */
  async #writes(before: ReadonlyMap<string, ReadonlyMap<Hex, Uint8Array | null>>): Promise<RowOp[]> {
    const tables = [...before].map(async ([table, keys]) => {
      const known = this.#rows.get(table);
      const unknown = [...keys.keys()].filter((key) => known?.has(key) !== true);
      const rows = await this.#options.backend.rowsMany(
        table,
        unknown.map((key) => fromHex(key)!),
      );
      const read = new Map(unknown.map((key, i) => [key, rows[i]![0]?.fields ?? null]));
      return [...keys.keys()].map((key): RowOp => {
        const later = known?.get(key);
        const fields = later === undefined ? (read.get(key) ?? null) : later === null ? null : [later];
        return { table, key: fromHex(key)!, row: 0, fields };
      });
    });
    return (await Promise.all(tables)).flat();
  }

  #put(table: string, keys: ReadonlyMap<Hex, Uint8Array | null>): void {
    let rows = this.#rows.get(table);
    if (rows === undefined) this.#rows.set(table, (rows = new Map()));
    for (const [key, field] of keys) {
      if (!rows.has(key)) this.#bytes += ENTRY_BYTES;
      rows.set(key, field);
    }
  }

  /** Before block 0 there is no account. */
  #expectNothing(): void {
    for (const [table, keys] of this.#rows) {
      for (const [hex, field] of keys) {
        if (field === null) continue;
        const key = fromHex(hex)!;
        const fault = { code: "ROW_DIFFERS", table: TABLES.preImages, key: numberKey(0), height: 0 } as const;
        this.#options.report({ ...fault, expected: `no row ${toHex(key)} of ${table}`, found: shownBytes(field) });
      }
    }
  }
}

/** The rows as a block found them, from what it overwrote. */
function rowsBefore({ accounts, slots }: BlockPreImages): Map<string, Map<Hex, Uint8Array | null>> {
  const tables = new Map<string, Map<Hex, Uint8Array | null>>();
  const put = (address: Hex, key: Hex, field: Uint8Array | null) => {
    const table = contractTableName(address);
    let keys = tables.get(table);
    if (keys === undefined) tables.set(table, (keys = new Map()));
    keys.set(key, field);
  };
  for (const [address, account] of accounts) {
    put(address, ACCOUNT_HEX, account === null ? null : encodeAccount(account));
  }
  for (const [address, own] of slots) {
    for (const [slot, value] of own) put(address, slot, equalBytes(value, ZERO_HASH) ? null : slotField(value));
  }
  return tables;
}

const ACCOUNT_HEX = toHex(ACCOUNT_KEY);
