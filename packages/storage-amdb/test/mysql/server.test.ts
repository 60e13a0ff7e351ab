import { type Mariadb, mariadbAvailable, startMariadb, TEST_USER } from "@fb/mariadb";
import { createConnection } from "mysql2/promise";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createBench, type FaultBench } from "./bench.ts";

const USER = `'${TEST_USER}'@'127.0.0.1'`;

// Again when it fails: what a server under load does first, and how long it holds the locks of a connection that is gone,
// is not ours to say.
describe.skipIf(!mariadbAvailable())("a MariaDB that cannot do what is asked", { retry: 2 }, () => {
  let server: Mariadb;
  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server?.dispose());

  const benches: FaultBench[] = [];
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.close();
  });

  async function opened(of = server): Promise<FaultBench> {
    const bench = await createBench(of);
    benches.push(bench);
    await bench.open();
    await bench.commit();
    return bench;
  }

  /** A second client with rights over the server, in the bench's database. */
  async function administrator({ database }: FaultBench) {
    return createConnection({ socketPath: server.socket, user: "root", database });
  }

  it("is waited for while it is away or hangs, and the backend goes on by itself", async () => {
    const own = await startMariadb();
    try {
      const bench = await opened(own);
      await own.stop();
      await bench.commitWhile(async () => {
        await bench.trouble("STORAGE_UNREACHABLE");
        await own.start();
      });
      await vi.waitFor(() => expect(bench.troubles.at(-1)).toBeNull());
      await bench.check();
      own.pause();
      await bench.commitWhile(async () => {
        expect(await bench.trouble("STORAGE_UNREACHABLE")).toContain("start the server");
        own.resume();
      });
      await bench.check();
    } finally {
      own.resume();
      await own.dispose();
    }
  });

  it("does not hold up a backend that is closed, whose last block is there as a whole or not at all", async () => {
    const own = await startMariadb();
    try {
      const bench = await opened(own);
      for (const [fault, heal] of [
        [async () => own.pause(), async () => own.resume()],
        [() => own.kill(), () => own.start()],
      ] as const) {
        const block = bench.stream.next();
        const committed = bench.backend.commit(block.height, block.batch);
        const outcome = expect(committed).rejects.toMatchObject({ code: "STORAGE_CLOSED" });
        await fault();
        await bench.trouble("STORAGE_UNREACHABLE");
        await bench.backend.close();
        await outcome;
        await expect(bench.backend.rows("_sys_config_", new Uint8Array())).rejects.toMatchObject({
          code: "STORAGE_CLOSED",
        });
        await heal();
        await bench.open();
        if (bench.backend.height() === block.height) bench.stream.apply(block);
        await bench.check();
        await bench.commit();
        await bench.check();
      }
    } finally {
      own.resume();
      await own.dispose();
    }
  });

  it("is used again when nothing passes in one direction for a while", async () => {
    const bench = await opened();
    for (const direction of ["to-server", "to-client"] as const) {
      bench.proxy.stall(direction);
      await bench.commitWhile(async () => {
        await bench.trouble("STORAGE_UNREACHABLE");
        bench.proxy.resume();
      });
      await bench.check();
    }
    bench.proxy.refuse(true);
    bench.proxy.cut();
    await bench.commitWhile(async () => {
      await bench.trouble("STORAGE_UNREACHABLE");
      bench.proxy.refuse(false);
    });
    await bench.check();
  });

  it("is asked again when another client holds a lock, or both hold what the other wants", async () => {
    const bench = await opened();
    const other = await administrator(bench);
    try {
      await other.query("START TRANSACTION");
      await other.query("SELECT * FROM fb_meta FOR UPDATE");
      await bench.commitWhile(async () => {
        // Whichever gives up first each time, the server or the backend's own limit.
        await bench.trouble("STORAGE_UNREACHABLE");
        await other.query("ROLLBACK");
      });
      await bench.check();

      // The server gives up whoever has written less.
      await other.query("CREATE TABLE heavy (v INT PRIMARY KEY)");
      const rows = Array.from({ length: 1_000 }, (_, v) => `(${v})`).join();
      await other.query("START TRANSACTION");
      await other.query(`INSERT INTO heavy VALUES ${rows}`);
      await other.query("SELECT * FROM _sys_current_state_ FOR UPDATE");
      const deadlocks = async () => Number((await server.sql("SHOW STATUS LIKE 'Innodb_deadlocks'"))[0]![1]);
      const before = await deadlocks();
      await bench.commitWhile(async () => {
        await waits(server);
        await other.query("UPDATE fb_meta SET id = id");
        await other.query("ROLLBACK");
      });
      expect(await deadlocks()).toBe(before + 1);
      await other.query("DROP TABLE heavy");
      await bench.check();
    } finally {
      await other.end();
    }
  });

  it("is waited for while it is read-only", async () => {
    const bench = await opened();
    await server.sql("SET GLOBAL read_only = 1");
    await bench.commitWhile(async () => {
      expect(await bench.trouble("STORAGE_NOT_WRITABLE")).toContain("make the server writable again");
      await server.sql("SET GLOBAL read_only = 0");
    });
    await bench.check();
  });

  it("is waited for while its disk is full", async () => {
    const files = (last: string) => [
      "--innodb-file-per-table=0",
      `--innodb-data-file-path=ibdata1:12M;ibdata2:4M${last}`,
    ];
    const own = await startMariadb({ args: files("") });
    try {
      const bench = await opened(own);
      const fill = async () => {
        for (;;) await bench.commit(200_000);
      };
      const filling = fill();
      filling.catch(() => undefined);
      expect(await bench.trouble("STORAGE_FULL")).toContain("make room");
      await bench.backend.close();
      await expect(filling).rejects.toMatchObject({ code: "STORAGE_CLOSED" });
      // The operator makes room.
      await own.stop();
      await own.start([files(":autoextend")[1]!]);
      await bench.open();
      await bench.check();
      for (let i = 0; i < 5; i++) await bench.commit(200_000);
      await bench.check();
    } finally {
      await own.dispose();
    }
  });

  it("keeps bytes as they are, whatever character set the database has", async () => {
    for (const [set, collation] of [
      ["latin1", "latin1_swedish_ci"],
      ["utf16", "utf16_unicode_ci"],
    ]) {
      const bench = await createBench(server);
      benches.push(bench);
      await server.sql(`ALTER DATABASE ${bench.database} CHARACTER SET ${set} COLLATE ${collation}`);
      await bench.open();
      for (let i = 0; i < 5; i++) await bench.commit();
      await bench.check();
      await bench.backend.close();
      await bench.open();
      await bench.check();
    }
  });

  it("is refused at once when its data are another's or of another format, and left as it is (storage-amdb SPEC 6.1)", async () => {
    const bench = await opened();
    await bench.backend.close();
    const contents = () => server.sql(`SELECT * FROM ${bench.database}.fb_meta`);
    const before = await contents();
    const refused = (code: string, options = {}) => expect(bench.open(options)).rejects.toMatchObject({ code });
    await refused("STORAGE_FOREIGN", { groupId: 2 });
    await refused("STORAGE_FOREIGN", { chainId: 2 });
    expect(await contents()).toEqual(before);
    const setFormat = (format: number) => server.sql(`UPDATE ${bench.database}.fb_meta SET format = ${format}`);
    for (const format of [0, 2, 99]) {
      await setFormat(format);
      await refused("STORAGE_FORMAT");
    }
    await setFormat(1);
    await bench.open();
    await bench.check();

    const foreign = await createBench(server);
    benches.push(foreign);
    await server.sql(
      `CREATE TABLE ${foreign.database}.customers (v INT); INSERT INTO ${foreign.database}.customers VALUES (1)`,
    );
    await expect(foreign.open()).rejects.toMatchObject({
      code: "STORAGE_FOREIGN",
      message: expect.stringContaining("customers"),
    });
    expect(await server.sql(`SHOW TABLES IN ${foreign.database}`)).toEqual([["customers"]]);
  });

  it("is refused at once when it refuses the user; later, the backend waits for the operator", async () => {
    const bench = await opened();
    await bench.backend.close();
    const denied = { code: "STORAGE_DENIED" };
    await expect(bench.open({ password: () => "wrong" })).rejects.toMatchObject(denied);
    await expect(bench.open({ user: "nobody" })).rejects.toMatchObject(denied);
    await expect(bench.open({ database: "nowhere" })).rejects.toMatchObject(denied);
    await server.sql(
      `CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'r'; GRANT SELECT ON ${bench.database}.* TO reader@'127.0.0.1'`,
    );
    await expect(bench.open({ user: "reader", password: () => "r" })).rejects.toMatchObject(denied);

    let password = "fb-secret";
    await bench.open({ password: () => password });
    await server.sql(`ALTER USER ${USER} IDENTIFIED BY 'changed'`);
    bench.proxy.cut();
    await bench.commitWhile(async () => {
      await bench.trouble("STORAGE_DENIED");
      password = "changed";
    });
    await server.sql(`ALTER USER ${USER} IDENTIFIED BY 'fb-secret'`);
    password = "fb-secret";
    await bench.check();
    await server.sql(`REVOKE UPDATE ON *.* FROM ${USER}`);
    bench.proxy.cut();
    await bench.commitWhile(async () => {
      await bench.trouble("STORAGE_DENIED");
      await server.sql(`GRANT UPDATE ON *.* TO ${USER}`);
      // Rights over everything hold for connections made later.
      bench.proxy.cut();
    });
    await bench.check();
  });
});

/** Resolves when a transaction waits for a lock. */
async function waits(server: Mariadb): Promise<void> {
  for (;;) {
    const [row] = await server.sql("SELECT COUNT(*) FROM information_schema.innodb_lock_waits");
    if (row![0] !== "0") return;
  }
}
