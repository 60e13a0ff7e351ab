import { describeBackend } from "@fb/compliance/storage-backend";
import { type Mariadb, mariadbAvailable, startMariadb } from "@fb/mariadb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { block, opened, place, text } from "../../test/mysql/place.ts";
import { numberKey, TABLES } from "../system-tables.ts";

describe.skipIf(!mariadbAvailable())("a store on MariaDB", () => {
  let server: Mariadb;

  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server.dispose());

  describeBackend("mysql", async () => {
    const options = await place(server);
    return {
      open: async () => (await opened(options)).backend,
      dispose: async () => void (await server.sql(`DROP DATABASE ${options.database}`)),
    };
  });

  const description = (name: string, ...fields: string[]) => ({
    table: TABLES.tables,
    key: text(name),
    row: 0,
    fields: [text("owner"), text(fields.join(",")), text("0"), numberKey(5)],
  });
  const asset = (...values: string[]) => ({
    table: "u_assets",
    key: text("alice"),
    row: 1,
    fields: [...values.map(text), numberKey(5)],
  });

  it("people read text and numbers in views, whatever the bytes (storage-amdb SPEC 6.3)", async () => {
    const options = await place(server);
    const { backend } = await opened(options);
    await backend.commit(0, [
      description("u_assets", "item", "Price"),
      asset("gold", "12"),
      { table: TABLES.numberToHash, key: numberKey(300), row: 0, fields: [Uint8Array.of(0xab, 0xff)] },
      { table: `c_${"0a".repeat(20)}`, key: Uint8Array.of(1), row: 0, fields: [Uint8Array.of(2)] },
    ]);
    const read = (sql: string) => server.sql(`USE ${options.database}; ${sql}`);
    expect(await read("SELECT owner,_id_,item,Price,_num_ FROM v_u_assets")).toEqual([
      ["alice", "1", "gold", "12", "5"],
    ]);
    expect(await read("SELECT number,value FROM v__sys_number_2_hash_")).toEqual([["300", "abff"]]);
    expect(await read("SELECT * FROM v_c_contracts")).toEqual([["0a".repeat(20), "01", "0", "02"]]);
    await backend.close();
  });

  it("a table left over from a block that never came is made anew, one with rows never (storage-amdb SPEC 6.4)", async () => {
    const options = await place(server);
    const first = await opened(options);
    await first.backend.commit(0, [description("u_assets", "colour")]);
    await server.sql(`USE ${options.database}; DELETE FROM _sys_tables_`);
    await first.backend.close();
    const { backend } = await opened(options);
    await backend.commit(1, [description("u_assets", "item", "price"), asset("gold", "12")]);
    const columns = () => server.sql(`USE ${options.database}; SHOW COLUMNS FROM u_assets`);
    expect((await columns()).map(([name]) => name)).toEqual(["owner", "_id_", "item", "price", "_num_", "_more_"]);
    await backend.commit(2, [description("u_assets", "other")]);
    expect((await columns()).map(([name]) => name)).toContain("price");
    const [row] = await backend.rows("u_assets", text("alice"));
    expect(row!.fields).toEqual(asset("gold", "12").fields);
    await backend.close();
  });

  it("a table that was altered is named, and nothing is written (storage-amdb SPEC 6.2)", async () => {
    const options = await place(server);
    const { backend } = await opened(options);
    await backend.commit(0, block(0));
    await backend.close();
    const alter = "ALTER TABLE _sys_config_ MODIFY value LONGTEXT CHARACTER SET latin1";
    await server.sql(`USE ${options.database}; ${alter}`);
    await expect(opened(options)).rejects.toMatchObject({
      code: "STORAGE_UNSUITABLE",
      message: expect.stringContaining("_sys_config_ was altered: it has column value longtext"),
    });
  });

  it("a server that takes short packets only, or a user without rights, is refused by name", async () => {
    const options = await place(server);
    await server.sql("SET GLOBAL max_allowed_packet=1048576");
    await expect(opened(options)).rejects.toMatchObject({ code: "STORAGE_UNSUITABLE" });
    await server.sql("SET GLOBAL max_allowed_packet=16777216");
    await server.sql(
      "CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'of secrets'; GRANT SELECT ON *.* TO reader@'127.0.0.1'",
    );
    const denied = opened({ ...options, user: "reader", password: () => "of secrets" });
    await expect(denied).rejects.toMatchObject({
      code: "STORAGE_DENIED",
      message: expect.not.stringContaining("of secrets"),
    });
  });

  it("can be looked at while its owner writes, and is not changed by that", async () => {
    const options = await place(server);
    const { backend } = await opened(options);
    await backend.commit(0, block(0));
    const reader = (await opened({ ...options, readOnly: true })).backend;
    expect(reader.height()).toBe(0);
    await expect(reader.commit(1, [])).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    await reader.close();
    await backend.commit(1, block(1));
    await backend.close();
  });

  it("reads asked for together share statements (storage-amdb SPEC 6.9)", async () => {
    const options = await place(server);
    const { backend } = await opened(options);
    const addresses = Array.from({ length: 1_000 }, (_, i) => `c_${i.toString(16).padStart(40, "0")}`);
    const key = text("account");
    await backend.commit(
      0,
      addresses.map((table, i) => ({ table, key, row: 0, fields: [numberKey(i)] })),
    );
    const asked = async () => Number((await server.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'"))[0]![1]);
    const before = await asked();
    const rows = await Promise.all(addresses.map((table) => backend.rows(table, key)));
    expect(rows.map(([row]) => row!.fields[0])).toEqual(addresses.map((_, i) => numberKey(i)));
    expect((await asked()) - before).toBeLessThan(8);
    await backend.close();
  });
});
