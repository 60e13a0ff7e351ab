import { TABLES } from "@fb/storage-amdb";
import { beforeEach, describe, expect, it } from "vitest";
import { ADMIN, CNS, TestGroup, text, USER } from "./group.ts";

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

  it("SPEC 6.1: has limits", async () => {
    expect(await insert("coin", "v".repeat(129))).toBe(-51201n);
    expect(await insert("coin", "1", "0x12")).toBe(-50102n);
    await expect(insert("n".repeat(256), "1")).rejects.toThrow("at most 255 bytes");
    expect(await group.send(CNS, USER, "selectByName", "n".repeat(256))).toBe("[]");
  });

  it("SPEC 3.3: is open to all until somebody is listed", async () => {
    group.seed(TABLES.tableAccess, TABLES.cns, [text(CNS), "0"]);
    expect(await insert("coin", "1")).toBe(-50000n);
    expect(await group.send(CNS, CNS, "insert", "coin", "1", text(ADMIN), "[]")).toBe(1n);
    expect(await group.send(CNS, ADMIN, "insert", "coin", "2", text(ADMIN), "[]")).toBe(1n);
  });
});
