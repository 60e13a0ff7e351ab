import { TABLES } from "@fb/storage-amdb";
import { toHex } from "@fb/types";
import { beforeEach, describe, expect, it } from "vitest";
import { ADMIN, CNS, CONFIG, CONSENSUS, encode, HEIGHT, node, PERMISSION, TestGroup, text, USER } from "./group.ts";

let group: TestGroup;
beforeEach(() => {
  group = new TestGroup();
});

describe("rights", () => {
  it("SPEC 3.3: are nobody's when the list is empty", async () => {
    group.clear();
    group.seed(TABLES.consensus, "node", ["sealer", node("a"), "0"]);
    expect(await group.send(CONSENSUS, ADMIN, "addSealer", node("d"))).toBe(-50000n);
    expect(await group.send(CONFIG, ADMIN, "setValueByKey", "tx_count_limit", "5")).toBe(-50000n);
    expect(await group.send(PERMISSION, ADMIN, "insert", "_sys_config_", text(USER))).toBe(-50000n);
  });

  it("SPEC 3.2: are the caller's, not the origin's", async () => {
    const input = encode(CONSENSUS, "addSealer", node("d"));
    const outcome = await group.call({ address: CONSENSUS, caller: USER, origin: ADMIN, input });
    expect(BigInt.asIntN(256, BigInt(`0x${toHex(outcome.output)}`))).toBe(-50000n);
  });

  it("SPEC 3.1: can be granted for one table, from the next height on", async () => {
    expect(await group.send(PERMISSION, ADMIN, "insert", "_sys_consensus_", text(USER))).toBe(1n);
    expect(await group.send(CONSENSUS, USER, "addSealer", node("d"))).toBe(-50000n);
    group.seed(TABLES.tableAccess, TABLES.config, [text(USER), String(HEIGHT)]);
    expect(await group.send(CONFIG, USER, "setValueByKey", "tx_count_limit", "5")).toBe(1n);
    expect(await group.send(PERMISSION, USER, "insert", "_sys_config_", text(CNS))).toBe(-50000n);
  });

  it("SPEC 7.1, 8.1: are granted and revoked once", async () => {
    const grant = () => group.send(PERMISSION, ADMIN, "insert", "_sys_config_", text(USER));
    const revoke = () => group.send(PERMISSION, ADMIN, "remove", "_sys_config_", text(USER));
    expect([await grant(), await grant(), await revoke(), await revoke()]).toEqual([1n, -51000n, 1n, -51001n]);
  });

  it("SPEC 7.1, 8.1: of tables and addresses that do not exist are refused", async () => {
    const insert = (table: string, account: string) => group.send(PERMISSION, ADMIN, "insert", table, account);
    for (const none of ["none", "_sys_current_state_", "_none", "", "a b", "u_asset", "c_"])
      expect(await insert(none, text(USER))).toBe(-50100n);
    expect(await insert("t".repeat(49), text(USER))).toBe(-51002n);
    for (const bad of ["", "0x12", `0x${"g".repeat(40)}`, toHex(USER)])
      expect(await insert("_sys_config_", bad)).toBe(-50102n);
  });

  it("SPEC 3.4, 7.1: to grant rights never run out", async () => {
    expect(await group.send(PERMISSION, ADMIN, "remove", "_sys_table_access_", text(ADMIN))).toBe(-51005n);
    expect(await group.send(PERMISSION, ADMIN, "insert", "_sys_table_access_", text(USER))).toBe(1n);
    expect(await group.send(PERMISSION, ADMIN, "remove", "_sys_table_access_", text(ADMIN))).toBe(1n);
    expect(await group.send(PERMISSION, ADMIN, "insert", "_sys_config_", text(USER))).toBe(-50000n);
  });

  it("are listed", async () => {
    await group.send(PERMISSION, ADMIN, "insert", "_sys_cns_", text(USER));
    expect(JSON.parse((await group.send(PERMISSION, USER, "queryByName", "_sys_cns_")) as string)).toEqual([
      { address: text(USER), enable_num: "42", table_name: "_sys_cns_" },
    ]);
    expect(await group.send(PERMISSION, USER, "queryByName", "x".repeat(300))).toBe("[]");
  });
});
