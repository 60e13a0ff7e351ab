import { TABLES } from "@fb/storage-amdb";
import type { Address } from "@fb/types";
import { beforeEach, describe, expect, it } from "vitest";
import { mayWrite } from "../src/access.ts";
import { ADMIN, CNS, HEIGHT, PERMISSION, TestGroup, text, USER } from "./group.ts";

const CONTRACT = CNS;
const OTHER = PERMISSION;

let group: TestGroup;
beforeEach(() => {
  group = new TestGroup();
  group.seed(TABLES.tables, "u_asset", ["id", "owner", "0"]);
});

/** A list whose grants all count. */
function list(table: string, ...accounts: readonly Address[]): void {
  group.seed(TABLES.tableAccess, table, ...accounts.map((account) => [text(account), "0"]));
}

const may = (table: string, caller: Address, origin: Address) =>
  group.run({ caller, origin }, (session) => mayWrite(session, table));

describe("rights to user tables", () => {
  it.each(["u_asset", TABLES.tables])("SPEC 3.3: %s is everybody's until somebody is listed", async (table) => {
    expect(await may(table, OTHER, OTHER)).toBe(true);
  });

  it.each(["u_asset", TABLES.tables])(
    "SPEC 3.5: %s is written by who is listed, also through contracts",
    async (table) => {
      list(table, USER, CONTRACT);
      expect(await may(table, USER, USER)).toBe(true);
      expect(await may(table, OTHER, USER)).toBe(true);
      expect(await may(table, CONTRACT, OTHER)).toBe(true);
      expect(await may(table, OTHER, OTHER)).toBe(false);
    },
  );

  it.each([TABLES.consensus, TABLES.config, TABLES.tableAccess, TABLES.cns])(
    "SPEC 3.2: %s is never lent to a contract",
    async (table) => {
      list(table, USER);
      expect(await may(table, USER, USER)).toBe(true);
      expect(await may(table, OTHER, USER)).toBe(false);
    },
  );

  it("SPEC 3.4, 3.5: an admin has every right, and lends none of them", async () => {
    list("u_asset", USER);
    expect(await may("u_asset", ADMIN, ADMIN)).toBe(true);
    expect(await may("u_asset", OTHER, ADMIN)).toBe(false);
  });

  it("SPEC 3.1, 3.3: a grant closes the table at once and counts from the next height", async () => {
    expect(await group.send(PERMISSION, ADMIN, "insert", "asset", text(USER))).toBe(1n);
    expect(await may("u_asset", OTHER, OTHER)).toBe(false);
    expect(await may("u_asset", USER, USER)).toBe(false);
    group.seed(TABLES.tableAccess, "u_later", [text(USER), String(HEIGHT)]);
    expect(await may("u_later", USER, USER)).toBe(true);
  });

  it.each(["asset", "_sys_cns_", "_sys_tables_"])(
    "SPEC 3.3: revoking the last right to %s is refused",
    async (table) => {
      const send = (name: string, account: Address) => group.send(PERMISSION, ADMIN, name, table, text(account));
      expect(await send("insert", USER)).toBe(1n);
      expect(await send("remove", USER)).toBe(-51006n);
      expect(await send("insert", ADMIN)).toBe(1n);
      expect(await send("remove", USER)).toBe(1n);
      expect(await send("remove", ADMIN)).toBe(-51006n);
    },
  );

  it("SPEC 7.2: are granted by the name the table was created with", async () => {
    expect(await group.send(PERMISSION, ADMIN, "insert", "Asset", text(USER))).toBe(1n);
    expect(await group.send(PERMISSION, ADMIN, "insert", "u_asset", text(USER))).toBe(-50100n);
    expect(await group.send(PERMISSION, ADMIN, "insert", "asset", text(USER))).toBe(-51000n);
    // The Kelvin sign folds to k.
    expect(await group.send(PERMISSION, ADMIN, "insert", "\u212a", text(USER))).toBe(-50100n);
    expect(JSON.parse((await group.send(PERMISSION, OTHER, "queryByName", "ASSET")) as string)).toEqual([
      { address: text(USER), enable_num: String(HEIGHT + 1), table_name: "u_asset" },
    ]);
    for (const none of ["u_asset", "none", "_sys_current_state_", "\u212a", "x".repeat(300)])
      expect(await group.send(PERMISSION, OTHER, "queryByName", none)).toBe("[]");
  });

  it("SPEC 7.1: only an admin grants them, in its own transaction", async () => {
    list("u_asset", USER);
    expect(await group.send(PERMISSION, USER, "insert", "asset", text(OTHER))).toBe(-50000n);
    expect(await may(TABLES.tableAccess, OTHER, ADMIN)).toBe(false);
  });
});
