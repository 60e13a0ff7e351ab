import { type RowOp, type StoredRow, type TableLoad, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockOverlay, type Condition, type RowSource, TABLES } from "../src/index.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Tables of every kind: many rows or one per key, in the digest or not, fixed or described by `_sys_tables_`. */
const SHAPES: Record<string, { fields: string[]; unique: boolean; consensus: boolean }> = {
  [TABLES.config]: { fields: ["value", "enable_num"], unique: false, consensus: true },
  [TABLES.currentState]: { fields: ["value"], unique: true, consensus: false },
  [TABLES.replayKeys]: { fields: ["value"], unique: false, consensus: false },
  u_rows: { fields: ["a", "b"], unique: false, consensus: true },
  u_pairs: { fields: ["a", "b"], unique: true, consensus: true },
};
const KEYS = ["", "k", "kk"];

interface Write {
  readonly do: "insert" | "update" | "remove";
  readonly table: string;
  readonly key: string;
  readonly value: number;
  /** Rows whose first field is greater than this. */
  readonly above: number | null;
}
interface Frame {
  readonly do: "frame";
  readonly steps: readonly Step[];
  readonly fails: boolean;
}
type Step = Write | Frame;

const { step } = fc.letrec<{ step: Step; frame: Frame; write: Write }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: tie("write") },
    { weight: 2, arbitrary: tie("frame") },
  ),
  frame: fc.record({
    do: fc.constant("frame" as const),
    steps: fc.array(tie("step"), { maxLength: 6 }),
    fails: fc.boolean(),
  }),
  write: fc.record({
    do: fc.constantFrom("insert" as const, "insert" as const, "update" as const, "remove" as const),
    table: fc.constantFrom(...Object.keys(SHAPES)),
    key: fc.constantFrom(...KEYS),
    value: fc.nat(9),
    above: fc.option(fc.nat(9)),
  }),
}));

/** Rows by "table/key", then by id. */
type Content = Map<string, Map<number, string[]>>;

class Base implements RowSource {
  readonly #rows: ReadonlyMap<string, readonly StoredRow[]>;

  constructor(content: Content) {
    this.#rows = new Map(
      Array.from(content, ([id, rows]) => [
        id,
        Array.from(rows, ([row, fields]) => ({ key: text(id.split("/")[1]!), row, fields: fields.map(text) })),
      ]),
    );
  }

  peek(table: string, key: Uint8Array): readonly StoredRow[] {
    return this.#rows.get(`${table}/${new TextDecoder().decode(key)}`) ?? [];
  }

  async load(loads: readonly TableLoad[]): Promise<readonly (readonly StoredRow[])[]> {
    return loads.map(({ table, key }) => this.peek(table, key));
  }
}

/** What was there before: descriptions of the user tables, and some rows with gaps in their ids. */
function baseContent(): Content {
  const content: Content = new Map();
  content.set(`${TABLES.tables}/u_rows`, new Map([[0, ["id", "a,b", "0"]]]));
  content.set(`${TABLES.tables}/u_pairs`, new Map([[0, ["id", "a,b", "1"]]]));
  for (const [table, { fields, unique }] of Object.entries(SHAPES)) {
    const ids = unique ? [0] : [2, 5, 6];
    content.set(`${table}/k`, new Map(ids.map((id) => [id, fields.map((_, i) => String(id + i))])));
  }
  return content;
}

/** The obvious implementation: whole copies for savepoints. */
class Model {
  content: Content = baseContent();
  #last = new Map<string, number>();

  run(steps: readonly Step[]): void {
    for (const item of steps) {
      if (item.do === "frame") {
        const before = [copy(this.content), new Map(this.#last)] as const;
        this.run(item.steps);
        if (item.fails) [this.content, this.#last] = before;
      } else {
        this.#write(item);
      }
    }
  }

  #write({ do: what, table, key, value, above }: Write): void {
    const id = `${table}/${key}`;
    const { fields, unique } = SHAPES[table]!;
    let rows = this.content.get(id);
    if (rows === undefined) this.content.set(id, (rows = new Map()));
    if (what === "insert") {
      const last = this.#last.get(id) ?? Math.max(0, ...rows.keys());
      if (!unique) this.#last.set(id, last + 1);
      rows.set(unique ? 0 : last + 1, [String(value), ...fields.slice(1).map(() => "")]);
      return;
    }
    this.#last.set(id, this.#last.get(id) ?? Math.max(0, ...rows.keys()));
    for (const [row, old] of rows) {
      if (above !== null && Number(old[0]) <= above) continue;
      if (what === "remove") rows.delete(row);
      else rows.set(row, [String(value), ...old.slice(1)]);
    }
  }
}

function copy(content: Content): Content {
  return new Map(
    Array.from(content, ([id, rows]) => [id, new Map(Array.from(rows, ([row, fields]) => [row, [...fields]]))]),
  );
}

/** Runs steps on an overlay; `skipFailed` leaves failing frames out altogether. */
function run(overlay: BlockOverlay, steps: readonly Step[], skipFailed: boolean): void {
  for (const item of steps) {
    if (item.do === "frame") {
      if (item.fails && skipFailed) continue;
      const mark = overlay.savepoint();
      run(overlay, item.steps, skipFailed);
      if (item.fails) overlay.revertTo(mark);
      continue;
    }
    const { table, key, value, above } = item;
    const field = SHAPES[table]!.fields[0]!;
    const condition: Condition =
      above === null ? {} : { comparisons: [{ field, op: "GT", value: text(String(above)) }] };
    if (item.do === "insert") overlay.insert(table, text(key), [[field, text(String(value))]]);
    else if (item.do === "update") overlay.update(table, text(key), [[field, text(String(value))]], condition);
    else overlay.remove(table, text(key), condition);
  }
}

function applied(content: Content, batch: readonly RowOp[]): Content {
  const result = copy(content);
  for (const { table, key, row, fields } of batch) {
    const id = `${table}/${new TextDecoder().decode(key)}`;
    let rows = result.get(id);
    if (rows === undefined) result.set(id, (rows = new Map()));
    const width = SHAPES[table]!.fields.length;
    expect(fields === null || fields.length === width + (SHAPES[table]!.consensus ? 1 : 0)).toBe(true);
    if (fields === null) expect(rows.delete(row), "only rows of the base are removed").toBe(true);
    else
      rows.set(
        row,
        fields.slice(0, width).map((field) => new TextDecoder().decode(field)),
      );
  }
  return result;
}

function canonical(content: Content): string[] {
  return Array.from(content, ([id, rows]) =>
    [...rows].sort(([a], [b]) => a - b).map(([row, fields]) => `${id}/${row}=${fields.join("|")}`),
  )
    .flat()
    .sort();
}

describe("block overlay", () => {
  it("with nested savepoints equals a model that copies everything (SPEC 1.4)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const overlay = new BlockOverlay(new Base(baseContent()), 7);
        const model = new Model();
        run(overlay, steps, false);
        model.run(steps);
        expect(canonical(applied(baseContent(), overlay.batch()))).toEqual(canonical(model.content));
        for (const [table, { fields }] of Object.entries(SHAPES)) {
          for (const key of KEYS) {
            const seen = overlay
              .select(table, text(key))
              .map((entry) => [entry.row, ...fields.map((f) => new TextDecoder().decode(entry.fields.get(f)))]);
            const rows = [...(model.content.get(`${table}/${key}`) ?? [])].sort(([a], [b]) => a - b);
            expect(seen).toEqual(rows.map(([row, values]) => [row, ...values]));
          }
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("keeps no trace of what was rolled back: batch and digest are those of a block without it (SPEC 1.8)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const [all, kept] = [
          new BlockOverlay(new Base(baseContent()), 7),
          new BlockOverlay(new Base(baseContent()), 7),
        ];
        run(all, steps, false);
        run(kept, steps, true);
        expect(all.batch()).toEqual(kept.batch());
        expect(all.consensusWrites()).toEqual(kept.consensusWrites());
      }),
      { numRuns: 1500 },
    );
  });

  it("orders batch and digest by (table, key, row)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const overlay = new BlockOverlay(new Base(baseContent()), 7);
        run(overlay, steps, false);
        for (const ops of [overlay.batch(), overlay.consensusWrites()]) {
          const ids = ops.map(({ table, key, row }) => `${table}/${toHex(key)}/${String(row).padStart(4, "0")}`);
          expect(ids).toEqual([...ids].sort());
          expect(new Set(ids).size).toBe(ids.length);
        }
      }),
    );
  });
});
