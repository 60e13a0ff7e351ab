import { type Mariadb, mariadbAvailable, startMariadb } from "@fb/mariadb";
import { noMetrics, silentLogger, systemClock, systemRng } from "@fb/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examineMysql, type MysqlOptions } from "../../src/mysql/index.ts";
import { place } from "./place.ts";

const WATCHED = "SET GLOBAL read_only=0, innodb_flush_log_at_trx_commit=1, max_allowed_packet=67108864";

describe.skipIf(!mariadbAvailable())("a server that is looked at before a group depends on it", () => {
  let server: Mariadb;
  let users = 0;
  beforeAll(async () => {
    server = await startMariadb();
    await server.sql(WATCHED);
  });
  afterAll(() => server?.dispose());

  /** A database of a user who has these rights on it. */
  async function userWith(rights: string): Promise<MysqlOptions> {
    const options = await place(server);
    const user = `user${users++}`;
    await server.sql(
      `CREATE USER '${user}'@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT ${rights} ON ${options.database}.* TO '${user}'@'127.0.0.1'`,
    );
    return { ...options, user, password: () => "secret" };
  }

  const examine = (options: MysqlOptions) =>
    examineMysql(options, { clock: systemClock, rng: systemRng, log: silentLogger, metrics: noMetrics });
  const NEEDED = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP"];
  const ALL = [...NEEDED, "CREATE VIEW"];

  it("has no flaw when the user has the rights that operators are told to grant, and stays as it was", async () => {
    const options = await userWith(ALL.join());
    expect(await examine(options)).toEqual([]);
    expect(await server.sql(`USE ${options.database}; SHOW TABLES`)).toEqual([]);
  });

  it.each(NEEDED.slice(1))("is no use without %s", async (right) => {
    const flaws = await examine(await userWith(ALL.filter((other) => other !== right).join()));
    expect(flaws.map(({ isFatal, text }) => [isFatal, text.split(" on ")[0]!.split(" lacks ")[1]])).toEqual([
      [true, right],
    ]);
    expect(flaws[0]!.remedy).toContain(`GRANT ${right} ON`);
  });

  it("names all rights that are missing, and does without views", async () => {
    const [reader] = await examine(await userWith("SELECT"));
    expect(reader).toMatchObject({ isFatal: true });
    expect(reader!.text).toContain("lacks INSERT, UPDATE, DELETE, CREATE, DROP, CREATE VIEW on database");
    const [viewless] = await examine(await userWith(NEEDED.join()));
    expect(viewless).toMatchObject({ isFatal: false, text: expect.stringContaining("lacks CREATE VIEW on") });
  });

  it("tells when it is read-only, and what of its settings puts blocks at risk", async () => {
    const options = await userWith(ALL.join());
    await server.sql(
      "SET GLOBAL read_only=1, innodb_flush_log_at_trx_commit=2, max_allowed_packet=33554432, sync_binlog=0",
    );
    try {
      expect((await examine(options)).map(({ isFatal, text }) => [isFatal, text.split(":")[0]])).toEqual([
        [true, "the server is read-only"],
        [false, "innodb_flush_log_at_trx_commit is 2"],
        [false, "max_allowed_packet is 33554432"],
      ]);
      await server.sql("SET GLOBAL max_allowed_packet=8388608");
      await expect(examine(options)).rejects.toMatchObject({ code: "STORAGE_UNSUITABLE" });
    } finally {
      await server.sql(WATCHED);
    }
  });

  it("says why it cannot be used: gone, another password, no such database", async () => {
    const options = await userWith(ALL.join());
    const gone = { ...options, hosts: [{ host: "127.0.0.1", port: 1 }] };
    await expect(examine(gone)).rejects.toMatchObject({ code: "STORAGE_UNREACHABLE" });
    await expect(examine({ ...options, password: () => "wrong" })).rejects.toMatchObject({ code: "STORAGE_DENIED" });
    await expect(examine({ ...options, database: "nowhere" })).rejects.toMatchObject({ code: "STORAGE_DENIED" });
  });
});
