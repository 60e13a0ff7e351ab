import { TABLES } from "@fb/storage-amdb";
import { beforeEach, describe, expect, it } from "vitest";
import { ADMIN, CNS, encode, TestGroup, text, USER } from "./group.ts";

let group: TestGroup;
beforeEach(() => {
  group = new TestGroup();
});

describe("CNS", () => {
  const insert = (name: string, version: string, address = text(ADMIN), abi = '[{"a":"\\"é"}]') =>
    group.send(CNS, USER, "insert", name, version, address, abi);

  it("SPEC 6.1: registers and finds versions of a name", async () => {
    expect(await insert("coin", "1", text(ADMIN).toUpperCase().replace("0X", "0x"))).toBe(1n);
    expect(await insert("coin", "2", text(CNS))).toBe(1n);
    expect(await insert("coin", "2")).toBe(-51200n);
    const entries = JSON.parse((await group.send(CNS, USER, "selectByName", "coin")) as string);
    expect(entries).toEqual([
      { name: "coin", version: "1", address: text(ADMIN), abi: '[{"a":"\\"é"}]' },
      { name: "coin", version: "2", address: text(CNS), abi: '[{"a":"\\"é"}]' },
    ]);
    expect(JSON.parse((await group.send(CNS, USER, "selectByNameAndVersion", "coin", "2")) as string)).toEqual([
      entries[1],
    ]);
    expect(await group.send(CNS, USER, "getContractAddress", "coin", "2")).toBe(text(CNS));
    expect(await group.send(CNS, USER, "getContractAddress", "coin", "3")).toBe(text(new Uint8Array(20)));
    expect(await group.send(CNS, USER, "selectByName", "none")).toBe("[]");
  });

  it("SPEC 6.1: a byte order mark tells versions apart", async () => {
    expect(await insert("coin", "\ufeff1")).toBe(1n);
    expect(await insert("coin", "\ufeff1")).toBe(-51200n);
    expect(await group.send(CNS, USER, "getContractAddress", "coin", "1")).toBe(text(new Uint8Array(20)));
    expect(await insert("coin", "1")).toBe(1n);
    const [marked] = JSON.parse((await group.send(CNS, USER, "selectByNameAndVersion", "coin", "\ufeff1")) as string);
    expect(marked.version).toBe("\ufeff1");
  });

  it("SPEC 6.1: has limits", async () => {
    expect(await insert("coin", "v".repeat(129))).toBe(-51201n);
    expect(await insert("coin", "1", "0x12")).toBe(-50102n);
    await expect(insert("n".repeat(256), "1")).rejects.toThrow("at most 255 bytes");
    expect(await group.send(CNS, USER, "selectByName", "n".repeat(256))).toBe("[]");
  });

  it("SPEC 6.1: a name has no more entries, and bytes of them, than can be read together", async () => {
    const entries = (count: number, abi: string) =>
      Array.from({ length: count }, (_, i) => [String(i), text(ADMIN), abi]);
    group.seed(TABLES.cns, "many", ...entries(4_096, ""));
    group.seed(TABLES.cns, "long", ...entries(8, "a".repeat(1024 * 1024 - 100)));
    await expect(insert("many", "new")).rejects.toThrow("a name has at most 4096 entries");
    await expect(insert("long", "new", text(ADMIN), "a".repeat(800))).rejects.toThrow("have at most 8388608 bytes");
    expect(await insert("long", "new", text(ADMIN), "")).toBe(1n);
  });

  it("SPEC 6.1: JSON is paid for before it is written", async () => {
    group.seed(TABLES.cns, "coin", ["1", text(ADMIN), "a".repeat(100_000)]);
    const input = encode(CNS, "selectByName", "coin");
    const { error, gasUsed } = await group.call({ address: CNS, input });
    expect(error).toBeNull();
    expect(gasUsed).toBeGreaterThan(5n * 100_000n);
    expect((await group.call({ address: CNS, input, gas: 500_000n })).error).toBe("OUT_OF_GAS");
  });

  it("SPEC 3.3: is open to all until somebody is listed", async () => {
    group.seed(TABLES.tableAccess, TABLES.cns, [text(CNS), "0"]);
    expect(await insert("coin", "1")).toBe(-50000n);
    expect(await group.send(CNS, CNS, "insert", "coin", "1", text(ADMIN), "[]")).toBe(1n);
    expect(await group.send(CNS, ADMIN, "insert", "coin", "2", text(ADMIN), "[]")).toBe(1n);
  });
});
