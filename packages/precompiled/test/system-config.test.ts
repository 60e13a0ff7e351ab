import { TABLES } from "@fb/storage-amdb";
import { beforeEach, describe, expect, it } from "vitest";
import { ADMIN, CONFIG, TestGroup, USER } from "./group.ts";

const utf8 = new TextEncoder();
let group: TestGroup;
beforeEach(() => {
  group = new TestGroup();
});

describe("SystemConfig", () => {
  const set = (key: string, value: string) => group.send(CONFIG, ADMIN, "setValueByKey", key, value);

  it("SPEC 4.2: keeps every value with the height it counts from", async () => {
    expect(await set("TX_Count_Limit", "500")).toBe(1n);
    expect(await set("tx_count_limit", "600")).toBe(1n);
    expect(await group.send(CONFIG, USER, "getValueByKey", "tx_count_limit")).toEqual(["600", 42n]);
    const all = group.overlay.select(TABLES.config, utf8.encode("tx_count_limit"));
    expect(all.map((entry) => new TextDecoder().decode(entry.fields.get("value")))).toEqual(["1000", "600"]);
  });

  it.each([
    ["tx_count_limit", ["1", "1000000"], ["0", "1000001", "-1", "01", "1.0", "1e3", " 5", ""]],
    ["tx_gas_limit", ["1000000", "1000000000"], ["999999", "1000000001"]],
    ["block_gas_limit", ["1000000"], ["999999"]],
    ["consensus_timeout", ["1", "3600"], ["0", "3601"]],
    ["replay_window", ["1", "10000"], ["0", "10001"]],
  ])("SPEC 4.1: %s has bounds", async (key, good, bad) => {
    for (const value of good) expect(await set(key, value)).toBe(1n);
    for (const value of bad) expect(await set(key, value)).toBe(-51300n);
  });

  it("SPEC 4.1: refuses keys it does not know and rights that are missing", async () => {
    expect(await set("evm_fork", "osaka")).toBe(-51300n);
    expect(await group.send(CONFIG, USER, "setValueByKey", "tx_count_limit", "5")).toBe(-50000n);
    await expect(group.send(CONFIG, USER, "getValueByKey", "nothing")).rejects.toThrow("no such key");
    await expect(group.send(CONFIG, USER, "getValueByKey", "k".repeat(300))).rejects.toThrow("no such key");
  });
});
