import { createSeededRng } from "@fb/runtime/testing";
import { expect, it } from "vitest";
import { createTable } from "../src/user-tables/index.ts";
import { CRUD, TestGroup, USER } from "./group.ts";

const FIELDS = ["name", "n"] as const;
const OPERATORS = ["eq", "ne", "gt", "ge", "lt", "le"] as const;
type Row = Record<(typeof FIELDS)[number], string>;
type Where = Record<string, Record<string, string | number>>;

/** What a reader of SPEC 11 would write without a thought for speed: rows of a key in a list. */
class NaiveTable {
  readonly #rows = new Map<string, Row[]>();

  insert(key: string, entry: Partial<Row>): number {
    this.#rows.set(key, [...this.#of(key), { name: "", n: "", ...entry }]);
    return 1;
  }

  select(key: string, where: Where): Row[] {
    const { limit, ...fields } = where;
    const found = this.#of(key).filter((row) =>
      Object.entries(fields).every(([field, operators]) =>
        Object.entries(operators).every(([op, value]) =>
          holds(field === "id" ? key : row[field as keyof Row], op, String(value)),
        ),
      ),
    );
    if (limit === undefined) return found;
    const [offset, count] = String(limit["limit"]).split(",").map(Number);
    return found.slice(offset, offset! + count!);
  }

  update(key: string, entry: Partial<Row>, where: Where): number {
    const found = this.select(key, where);
    for (const row of found) Object.assign(row, entry);
    return found.length;
  }

  remove(key: string, where: Where): number {
    const found = new Set(this.select(key, where));
    this.#rows.set(
      key,
      this.#of(key).filter((row) => !found.has(row)),
    );
    return found.size;
  }

  #of(key: string): Row[] {
    return this.#rows.get(key) ?? [];
  }
}

function holds(left: string, op: string, right: string): boolean {
  if (op === "eq") return left === right;
  if (op === "ne") return left !== right;
  const [a, b] = [left, right].map((text) => (/^-?[0-9]{0,78}$/.test(text) && text !== "-" ? BigInt(text) : null));
  if (a == null || b == null) return false;
  return op === "gt" ? a > b : op === "ge" ? a >= b : op === "lt" ? a < b : a <= b;
}

it.each([1, 2, 3])("SPEC 11.1, 11.3: CRUD does what a naive table does (seed %i)", async (seed) => {
  const random = createSeededRng(seed);
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const value = () => pick(["", "0", "00", "1", "-1", "9", "10", "x", "-", "9".repeat(78), "9".repeat(79), "\u00e9"]);
  const member = () => pick([value, value, () => random.below(12)])();
  const entry = () => Object.fromEntries(FIELDS.filter(() => random.below(3) > 0).map((field) => [field, member()]));
  const where = (): Where => {
    const fields: [string, Record<string, string | number>][] = [];
    for (const field of ["id", ...FIELDS]) {
      const operators = OPERATORS.filter(() => random.below(9) === 0).map((op) => [op, member()]);
      if (operators.length > 0) fields.push([field, Object.fromEntries(operators)]);
    }
    if (random.below(4) === 0) fields.push(["limit", { limit: `${random.below(3)},${random.below(4)}` }]);
    return Object.fromEntries(fields);
  };
  const texts = (fields: object) => Object.fromEntries(Object.entries(fields).map(([name, of]) => [name, String(of)]));

  const group = new TestGroup();
  await group.run({ caller: USER, origin: USER }, (session) =>
    createTable(session, { name: "t", keyField: "id", valueFields: FIELDS.join(), keyUnique: false }),
  );
  const send = (name: string, ...args: readonly (string | object)[]) => {
    const text = args.map((arg) => (typeof arg === "string" ? arg : JSON.stringify(arg)));
    return group.send(CRUD, USER, name, "t", ...text, "");
  };
  const naive = new NaiveTable();
  for (let i = 0; i < 700; i++) {
    const key = pick(["a", "b", "7", ""]);
    const fields = entry();
    const rows = where();
    const kind = random.below(10);
    if (kind < 4) expect(await send("insert", key, fields)).toBe(BigInt(naive.insert(key, texts(fields))));
    else if (kind < 5) expect(await send("remove", key, rows)).toBe(BigInt(naive.remove(key, rows)));
    else if (kind < 7)
      expect(await send("update", key, fields, rows)).toBe(BigInt(naive.update(key, texts(fields), rows)));
    else {
      const expected = naive.select(key, rows).map((row) => ({ id: key, ...row }));
      expect(await send("select", key, rows)).toBe(JSON.stringify(expected));
    }
  }
});
