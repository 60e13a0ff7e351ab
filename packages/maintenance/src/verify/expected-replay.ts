import { keyNumber, numberKey, type ReportFault, shownBytes, TABLES } from "@fb/storage-amdb";
import {
  type CryptoSuite,
  concatBytes,
  equalBytes,
  type Height,
  replayKey,
  type SignedTransaction,
  type StorageBackend,
} from "@fb/types";

/** The replay keys that blocks leave behind (blockchain SPEC 4): as many as the node itself keeps in memory. */
export class ExpectedReplay {
  readonly #suite: CryptoSuite;
  readonly #head: Height;
  /** By block limit and height: keys end to end. */
  readonly #packs = new Map<string, Uint8Array>();

  constructor(suite: CryptoSuite, head: Height) {
    this.#suite = suite;
    this.#head = head;
  }

  add(height: Height, txs: readonly SignedTransaction[]): void {
    const keys = new Map<Height, Uint8Array[]>();
    for (const { tx, sender } of txs) {
      const limit = tx.group === null ? 0 : Number(tx.group.blockLimit);
      if (limit <= this.#head) continue;
      const key = replayKey(this.#suite, sender, tx.nonce);
      const list = keys.get(limit);
      if (list === undefined) keys.set(limit, [key]);
      else list.push(key);
    }
    for (const [limit, list] of keys) this.#packs.set(`${limit} ${height}`, concatBytes(...list));
  }

  /** @param from first block whose keys are known: what pruned blocks left behind is only counted */
  async compare(backend: Pick<StorageBackend, "scan">, from: Height, report: ReportFault): Promise<void> {
    const table = TABLES.replayKeys;
    const left = new Map(this.#packs);
    for await (const { key, row, fields } of backend.scan(table)) {
      const limit = key.length === 8 ? keyNumber(key) : 0;
      const name = `${limit} ${row}`;
      const expected = left.get(name);
      left.delete(name);
      const at = { table, key, row, height: row };
      if (expected === undefined) {
        if (row >= from || limit <= this.#head) {
          report({ code: "ROW_UNEXPECTED", ...at, expected: "keys that a block left", found: shownBytes(fields[0]) });
        }
      } else if (fields.length !== 1 || !equalBytes(expected, fields[0]!)) {
        report({ code: "ROW_DIFFERS", ...at, expected: shownBytes(expected), found: shownBytes(fields[0]) });
      }
    }
    for (const [name, pack] of left) {
      const [limit, height] = name.split(" ").map(Number) as [number, number];
      const at = { table, key: numberKey(limit), row: height, height };
      report({ code: "ROW_MISSING", ...at, expected: shownBytes(pack), found: "nothing" });
    }
  }
}
