import type { TestCondition, TestOperator } from "./table-port.ts";

/** Tables of every kind: many rows or one per key, in the digest or not, fixed or described by `_sys_tables_`. */
export const SHAPES = {
  _sys_config_: { key: "key", fields: ["value", "enable_num"], unique: false },
  _sys_current_state_: { key: "key", fields: ["value"], unique: true },
  _sys_replay_keys_: { key: "block_limit", fields: ["value"], unique: false },
  u_rows: { key: "id", fields: ["a", "b", "c"], unique: false },
  u_pairs: { key: "id", fields: ["a", "b"], unique: true },
} as const;
export type ShapeName = keyof typeof SHAPES;
export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[];

/** Rows of a key by id. Bytes are text, one character each. */
type Rows = Map<number, readonly string[]>;

/** The obvious implementation: all rows in maps, whole copies for savepoints. */
export class TableModel {
  #rows: Map<string, Rows>;
  /** Greatest id given under a key in this block. */
  #last: Map<string, number>;

  constructor(rows: Map<string, Rows> = new Map(), last: Map<string, number> = new Map()) {
    this.#rows = rows;
    this.#last = last;
  }

  copy(): TableModel {
    return new TableModel(new Map(Array.from(this.#rows, ([id, rows]) => [id, new Map(rows)])), new Map(this.#last));
  }

  /** Ids begin anew above the greatest that is left. */
  endBlock(): void {
    this.#last.clear();
  }

  select(table: ShapeName, key: string, condition: TestCondition): [number, readonly string[]][] {
    const { fields, key: keyField } = SHAPES[table];
    const names: readonly string[] = fields;
    const found = [...this.#of(table, key)].sort(([a], [b]) => a - b);
    const kept = found.filter(([, row]) =>
      (condition.comparisons ?? []).every(({ field, op, value }) =>
        holds(field === keyField ? key : row[names.indexOf(field)]!, op, String.fromCharCode(...value)),
      ),
    );
    const { offset, count } = condition.limit ?? { offset: 0, count: kept.length };
    return kept.filter((_, i) => i >= offset && i < offset + count);
  }

  insert(table: ShapeName, key: string, values: Readonly<Record<string, string>>): number {
    const rows = this.#of(table, key);
    const { fields, unique } = SHAPES[table];
    const id = `${table}/${key}`;
    const last = Math.max(0, this.#last.get(id) ?? 0, ...rows.keys());
    const row = unique ? 0 : last + 1;
    if (!unique) this.#last.set(id, row);
    rows.set(
      row,
      fields.map((field) => values[field] ?? ""),
    );
    return 1;
  }

  update(table: ShapeName, key: string, values: Readonly<Record<string, string>>, condition: TestCondition): number {
    const found = this.select(table, key, condition);
    for (const [row, old] of found) {
      this.#of(table, key).set(
        row,
        SHAPES[table].fields.map((field, i) => values[field] ?? old[i]!),
      );
    }
    return found.length;
  }

  remove(table: ShapeName, key: string, condition: TestCondition): number {
    const found = this.select(table, key, condition);
    this.#last.set(`${table}/${key}`, Math.max(this.#last.get(`${table}/${key}`) ?? 0, ...this.#of(table, key).keys()));
    for (const [row] of found) this.#of(table, key).delete(row);
    return found.length;
  }

  /** All rows of a table as `key/row=field,field`, in order of nothing. */
  contents(table: ShapeName): string[] {
    return [...this.#rows].flatMap(([id, rows]) =>
      id.startsWith(`${table}/`)
        ? Array.from(rows, ([row, fields]) => shownRow(id.slice(table.length + 1), row, fields))
        : [],
    );
  }

  #of(table: ShapeName, key: string): Rows {
    const id = `${table}/${key}`;
    let rows = this.#rows.get(id);
    if (rows === undefined) this.#rows.set(id, (rows = new Map()));
    return rows;
  }
}

export function shownRow(key: string, row: number, fields: readonly string[]): string {
  return JSON.stringify([key, row, ...fields]);
}

/** The comparisons of storage-amdb SPEC 1.7 once more, the slow way. */
function holds(field: string, op: TestOperator, value: string): boolean {
  if (op === "EQ") return field === value;
  if (op === "NE") return field !== value;
  if (![field, value].every((text) => text === "" || /^-?[0-9]{1,78}$/.test(text))) return false;
  // BigInt("-0012") is -12, BigInt("") is 0.
  const difference = BigInt(field) - BigInt(value);
  if (op === "GT") return difference > 0n;
  if (op === "GE") return difference >= 0n;
  return op === "LT" ? difference < 0n : difference <= 0n;
}
