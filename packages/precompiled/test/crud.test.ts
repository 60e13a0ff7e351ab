import { TABLES } from "@fb/storage-amdb";
import { EMPTY } from "@fb/types";
import { beforeEach, describe, expect, it } from "vitest";
import { decodeError, SYSTEM_GAS } from "../src/index.ts";
import { createTable } from "../src/user-tables/index.ts";
import { ADMIN, CRUD, encode, TestGroup, text, USER } from "./group.ts";

let group: TestGroup;
beforeEach(async () => {
  group = new TestGroup();
  await create("t_asset", "holder", "asset,amount", false);
  await create("t_kind", "asset", "unit", true);
});

const create = (name: string, keyField: string, valueFields: string, keyUnique: boolean) =>
  group.run({ caller: ADMIN, origin: ADMIN }, (session) =>
    createTable(session, { name, keyField, valueFields, keyUnique }),
  );
const send = (name: string, ...args: readonly string[]) => group.send(CRUD, USER, name, ...args, "");
const select = (key: string, where = "{}", table = "t_asset") => send("select", table, key, where) as Promise<string>;
const lot = (asset: string, amount: number | string) => JSON.stringify({ asset, amount });

async function three(): Promise<void> {
  for (const [asset, amount] of [
    ["gold", 1],
    ["gold", 20],
    ["iron", 300],
  ] as const)
    expect(await send("insert", "t_asset", "ann", lot(asset, amount))).toBe(1n);
}

describe("CRUD", () => {
  it("SPEC 11.1, 11.4: adds, changes, removes and shows rows", async () => {
    await three();
    expect(await select("ann")).toBe(
      '[{"holder":"ann","asset":"gold","amount":"1"},{"holder":"ann","asset":"gold","amount":"20"},' +
        '{"holder":"ann","asset":"iron","amount":"300"}]',
    );
    expect(await select("bob")).toBe("[]");
    const gold = '{"asset":{"eq":"gold"}}';
    expect(await send("update", "T_Asset", "ann", '{"amount":7}', gold)).toBe(2n);
    expect(await select("ann", gold)).toBe(
      '[{"holder":"ann","asset":"gold","amount":"7"},{"holder":"ann","asset":"gold","amount":"7"}]',
    );
    expect(await send("remove", "t_asset", "ann", gold)).toBe(2n);
    expect(await send("remove", "t_asset", "ann", "{}")).toBe(1n);
    expect(await send("remove", "t_asset", "ann", "{}")).toBe(0n);
    expect(await select("ann")).toBe("[]");
  });

  it("SPEC 11.4: shows keys and values that begin with a byte order mark as they are", async () => {
    expect(await send("insert", "t_asset", "\ufeffann", lot("\ufeffgold", 1))).toBe(1n);
    expect(await select("\ufeffann")).toBe('[{"holder":"\ufeffann","asset":"\ufeffgold","amount":"1"}]');
  });

  it.each([
    ['{"amount":{"gt":"1"}}', [20, 300]],
    ['{"amount":{"ge":1,"lt":300}}', [1, 20]],
    ['{"amount":{"le":20},"asset":{"ne":"iron"}}', [1, 20]],
    ['{"asset":{"eq":"gold","ne":"gold"}}', []],
    ['{"holder":{"eq":"ann"}}', [1, 20, 300]],
    ['{"limit":{"limit":"1,1"}}', [20]],
    ['{"limit":{"limit":"0,999999999"},"amount":{"gt":1}}', [20, 300]],
    ['{"limit":{"limit":"3,1"}}', []],
    ['{"asset":{}}', [1, 20, 300]],
  ])("SPEC 11.3: %s selects %j", async (where, amounts) => {
    await three();
    const rows = JSON.parse(await select("ann", where)) as { readonly amount: string }[];
    expect(rows.map(({ amount }) => Number(amount))).toEqual(amounts);
  });

  it.each([
    ["", -51501],
    ["{", -51501],
    ['{"asset":"gold"}', -51501],
    ['{"asset":{"eq":1,"eq":2}}', -51501],
    ['{"limit":{"limit":"1"}}', -51501],
    ['{"limit":{"limit":"-1,1"}}', -51501],
    ['{"limit":{"limit":"1, 1"}}', -51501],
    ['{"limit":{"limit":"0,9999999999"}}', -51501],
    ['{"asset":{"EQ":"gold"}}', -51502],
    ['{"asset":{"like":"g%"}}', -51502],
    ['{"asset":{"limit":"0,1"}}', -51502],
    ['{"limit":{"toString":"0,1"}}', -51502],
  ])("SPEC 11.3: refuses the condition %s with %d", async (where, code) => {
    await three();
    const mark = group.overlay.savepoint();
    expect(await send("update", "t_asset", "ann", "{}", where)).toBe(BigInt(code));
    expect(await send("remove", "t_asset", "ann", where)).toBe(BigInt(code));
    await expect(select("ann", where)).rejects.toThrow(`(${code})`);
    expect(group.overlay.savepoint()).toBe(mark);
  });

  it("SPEC 11.3: takes 128 comparisons", async () => {
    const where = (count: number) => {
      const fields = Array.from({ length: Math.ceil(count / 2) }, (_, i) =>
        i * 2 + 1 < count ? `"f${i}":{"ge":0,"le":9}` : `"f${i}":{"ge":0}`,
      );
      return `{${fields.join()}}`;
    };
    await create("t_wide", "id", Array.from({ length: 65 }, (_, i) => `f${i}`).join(), false);
    expect(await send("remove", "t_wide", "a", where(128))).toBe(0n);
    expect(await send("remove", "t_wide", "a", where(129))).toBe(-51501n);
  });

  it("SPEC 11.1, 11.2: answers a write with the code that refuses it", async () => {
    const mark = group.overlay.savepoint();
    for (const entry of ["", "[]", '{"asset":1.5}', '{"asset":"a","asset":"b"}', '{"asset":null}']) {
      expect(await send("insert", "t_asset", "ann", entry)).toBe(-51500n);
      expect(await send("update", "t_asset", "ann", entry, "{}")).toBe(-51500n);
    }
    expect(await send("insert", "t_asset", "ann", '{"owner":"bob"}')).toBe(-50008n);
    expect(await send("insert", "t_asset", "a".repeat(256), "{}")).toBe(-50005n);
    expect(await send("update", "t_asset", "ann", '{"holder":"bob"}', "{}")).toBe(-51503n);
    for (const table of ["none", "u_t_asset", TABLES.config, ""]) {
      expect(await send("insert", table, "ann", "{}")).toBe(-50100n);
      expect(await send("update", table, "ann", "{}", "{}")).toBe(-50100n);
      expect(await send("remove", table, "ann", "{}")).toBe(-50100n);
      await expect(select("ann", "{}", table)).rejects.toThrow("(-50100)");
    }
    expect(group.overlay.savepoint()).toBe(mark);
  });

  it("SPEC 3.5, 11.1: writes with the right to the table", async () => {
    group.seed(TABLES.tableAccess, "u_t_asset", [text(ADMIN), "0"]);
    expect(await send("insert", "t_asset", "ann", "{}")).toBe(-50000n);
    expect(await send("update", "t_asset", "ann", "{}", "{}")).toBe(-50000n);
    expect(await send("remove", "t_asset", "ann", "{}")).toBe(-50000n);
    expect(await select("ann")).toBe("[]");
    expect(await group.send(CRUD, ADMIN, "insert", "t_asset", "ann", "{}", "")).toBe(1n);
  });

  it("SPEC 11.1: keeps one row a key where the table does", async () => {
    expect(await send("insert", "t_kind", "gold", '{"unit":"g"}')).toBe(1n);
    expect(await send("insert", "t_kind", "gold", '{"unit":"kg"}')).toBe(0n);
    expect(await select("gold", "{}", "t_kind")).toBe('[{"asset":"gold","unit":"g"}]');
  });

  it("SPEC 11.1: describes tables", async () => {
    const desc = (name: string) => group.send(CRUD, USER, "desc", name);
    expect(await desc("T_ASSET")).toEqual(["holder", "asset,amount"]);
    expect(await desc("none")).toEqual(["", ""]);
  });

  it("SPEC 11.4: writes JSON in the order of the schema, whatever the fields are called and hold", async () => {
    await create("t_odd", "9", "$b,1,a", false);
    const odd = '\u0001"\\\u2028\ud83d\ude00\n';
    expect(await send("insert", "t_odd", odd, JSON.stringify({ 1: odd, a: "" }))).toBe(1n);
    const json = await select(odd, "{}", "t_odd");
    expect(json).toBe(
      '[{"9":"\\u0001\\"\\\\\u2028\ud83d\ude00\\n","$b":"","1":"\\u0001\\"\\\\\u2028\ud83d\ude00\\n","a":""}]',
    );
  });

  it("SPEC 11.5: pays for JSON before it reads or writes it", async () => {
    const gasOf = async (name: string, ...args: readonly string[]) =>
      (await group.call({ address: CRUD, input: encode(CRUD, name, ...args, "") })).gasUsed;
    const blanks = " ".repeat(3_200);
    const more = (await gasOf("insert", "none", "k", blanks)) - (await gasOf("insert", "none", "k", ""));
    expect(more).toBe(100n * SYSTEM_GAS.word + 3_200n * SYSTEM_GAS.textByte);
    const parsed = (await gasOf("insert", "t_asset", "k", blanks)) - (await gasOf("insert", "none", "k", blanks));
    expect(parsed).toBeGreaterThanOrEqual(3_200n * SYSTEM_GAS.json);
    const input = encode(CRUD, "insert", "t_asset", "k", blanks, "");
    expect(await group.call({ address: CRUD, input, gas: 15_000n })).toMatchObject({
      error: "OUT_OF_GAS",
      output: EMPTY,
    });
  });

  // A changed number is a changed rule (SPEC 2, 10.5, 11.5).
  it("has frozen prices", async () => {
    const prices: [string, bigint][] = [];
    const pay = async (name: string, ...args: readonly string[]) => {
      const { error, gasUsed } = await group.call({ address: CRUD, input: encode(CRUD, name, ...args) });
      expect(error).toBeNull();
      prices.push([name, gasUsed]);
    };
    await pay("insert", "t_asset", "ann", '{"asset":"gold","amount":5}', "");
    await pay("insert", "t_asset", "ann", '{"asset":"iron","amount":60}', "");
    await pay("update", "t_asset", "ann", '{"amount":"6"}', '{"asset":{"eq":"gold"},"amount":{"lt":6}}', "");
    await pay("select", "t_asset", "ann", '{"amount":{"ge":6},"limit":{"limit":"0,9"}}', "");
    await pay("remove", "t_asset", "ann", "{}", "");
    await pay("desc", "t_asset");
    await pay("insert", "none", "ann", "{}", "");
    expect(prices).toEqual([
      ["insert", 28_420n],
      ["insert", 28_852n],
      ["update", 28_592n],
      ["select", 6_244n],
      ["remove", 17_722n],
      ["desc", 3_046n],
      ["insert", 2_848n],
    ]);
  });

  it("SPEC 11.4: refuses an answer of more than 4 MiB", async () => {
    const amount = "x".repeat(1_000_000);
    for (let i = 0; i < 5; i++) expect(await send("insert", "t_asset", "k", lot("gold", amount))).toBe(1n);
    expect((await select("k", '{"limit":{"limit":"0,4"}}')).length).toBeGreaterThan(4_000_000);
    await expect(select("k")).rejects.toThrow("set a limit");
  });

  it("refuses to write under STATICCALL, and selects there", async () => {
    const call = (name: string, ...args: readonly string[]) =>
      group.call({ address: CRUD, input: encode(CRUD, name, ...args, ""), isStatic: true });
    expect(decodeError((await call("insert", "t_asset", "k", "{}")).output)).toContain("static call");
    expect((await call("select", "t_asset", "k", "{}")).error).toBeNull();
  });
});
