import {
  createProxy,
  type LossyProxy,
  type Mariadb,
  mariadbAvailable,
  startMariadb,
  TEST_PASSWORD,
  TEST_USER,
} from "@fb/mariadb";
import { createSeededRng } from "@fb/runtime/testing";
import { createConnection } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { block, blocks, blocksTo, opened, place, text } from "./mysql-place.ts";

const WAIT = { timeout: 10_000, interval: 20 };

describe.skipIf(!mariadbAvailable())("MySQL faults", () => {
  let server: Mariadb;

  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server.dispose());

  async function behindProxy() {
    const proxy = await createProxy(server.port);
    const options = await place(server, [proxy.port]);
    const store = await opened(options);
    onTestFinished(async () => {
      proxy.refuse(false);
      proxy.resume();
      await store.backend.close();
      await proxy.close();
    });
    return { proxy, options, ...store };
  }

  async function session(database: string) {
    const { host, port } = server;
    const connection = await createConnection({ host, port, user: TEST_USER, password: TEST_PASSWORD, database });
    connection.on("error", () => undefined);
    onTestFinished(() => connection.destroy());
    return connection;
  }

  it.each(["before", "sent", "after"] as const)("a COMMIT cut %s its answer is done once", async (cut) => {
    const { proxy, backend, options } = await behindProxy();
    await backend.commit(0, block(0));
    for (let height = 1; height <= 5; height++) {
      const isCut = proxy.cutNextCommit(cut);
      await Promise.all([isCut, backend.commit(height, block(height))]);
    }
    expect(backend.height()).toBe(5);
    expect(await blocks(backend)).toEqual(blocksTo(5));
    const [[height]] = (await server.sql(`SELECT height FROM ${options.database}.fb_meta`)) as [[string]];
    expect(height).toBe("5");
  });

  it("connections that are cut at any time lose and double nothing", async () => {
    const { proxy, backend } = await behindProxy();
    const random = createSeededRng(11);
    for (let height = 0; height < 30; height++) {
      const timer = setTimeout(() => proxy.cut(), random.below(20));
      await backend.commit(height, block(height));
      clearTimeout(timer);
      expect(await backend.rows("_sys_config_", text(`key ${height}`))).toHaveLength(1);
    }
    expect(await blocks(backend)).toEqual(blocksTo(29));
  });

  it("a server that was killed is waited for, told once, and gone on with", async () => {
    const options = await place(server);
    const { backend, log, troubles } = await opened(options);
    await backend.commit(0, block(0));
    await server.kill();
    const commit = backend.commit(1, block(1));
    const read = backend.rows("_sys_config_", text("key 0"));
    await vi.waitFor(() => expect(troubles).toEqual(["STORAGE_UNREACHABLE"]), WAIT);
    await server.start();
    await commit;
    expect(await read).toHaveLength(1);
    expect(troubles).toEqual(["STORAGE_UNREACHABLE", null]);
    expect(log.lines.map(({ level, event }) => `${level} ${event}`)).toEqual([
      "warn storage-without-views",
      "warn storage-waits",
      "info storage-goes-on",
    ]);
    await backend.close();
  });

  it("a server that hangs is a server that is gone", async () => {
    const { proxy, backend, troubles } = await behindProxy();
    await backend.commit(0, block(0));
    proxy.stall("to-client");
    const commit = backend.commit(1, block(1));
    await vi.waitFor(() => expect(troubles).toEqual(["STORAGE_UNREACHABLE"]), WAIT);
    proxy.resume();
    await commit;
    expect(await blocks(backend)).toEqual(blocksTo(1));
  });

  it("a server that may not be written is waited for", async () => {
    const options = await place(server);
    const { backend, troubles } = await opened(options);
    await server.sql("SET GLOBAL read_only=1");
    const commit = backend.commit(0, block(0));
    await vi.waitFor(() => expect(troubles).toEqual(["STORAGE_NOT_WRITABLE"]), WAIT);
    await server.sql("SET GLOBAL read_only=0");
    await commit;
    expect(await blocks(backend)).toEqual(blocksTo(0));
    await backend.close();
  });

  it("a block that loses a deadlock is written again", async () => {
    const options = await place(server);
    const { backend } = await opened(options);
    await backend.commit(0, block(0));
    const other = await session(options.database);
    await other.query("START TRANSACTION");
    // Whoever has written more is not the victim.
    for (let i = 0; i < 50; i++)
      await other.query("INSERT INTO _sys_config_ VALUES (?,1,NULL,NULL,NULL,NULL)", [`other ${i}`]);
    await other.query("SELECT * FROM _sys_config_ WHERE `key`='key 0' FOR UPDATE");
    const commit = backend.commit(1, [...block(0), ...block(1)]);
    await vi.waitFor(async () => {
      const [waiting] = (await server.sql("SELECT COUNT(*) FROM information_schema.innodb_lock_waits")) as [[string]];
      expect(waiting[0]).toBe("1");
    }, WAIT);
    await other.query("UPDATE fb_meta SET chain_id=chain_id WHERE id=1");
    await other.query("ROLLBACK");
    await commit;
    expect(await blocks(backend)).toEqual(blocksTo(1));
    await backend.close();
  });

  it("a lock that somebody keeps is waited for, however long", async () => {
    const options = await place(server);
    const { backend } = await opened(options);
    const other = await session(options.database);
    await other.query("START TRANSACTION");
    await other.query("SELECT * FROM fb_meta WHERE id=1 FOR UPDATE");
    const commit = backend.commit(0, block(0));
    await vi.waitFor(async () => {
      const [row] = (await server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_time_max'")) as [[string, string]];
      expect(Number(row[1])).toBeGreaterThan(1_500);
    }, WAIT);
    await other.query("ROLLBACK");
    await commit;
    await backend.close();
  });

  it("the next server of the list is used, with all that was acknowledged", async () => {
    const proxies = await Promise.all([createProxy(server.port), createProxy(server.port)]);
    const [first, second] = proxies as [LossyProxy, LossyProxy];
    const options = await place(server, [first.port, second.port]);
    const { backend } = await opened(options);
    await backend.commit(0, block(0));
    expect(second.connections).toBe(0);
    first.refuse(true);
    first.cut();
    await backend.commit(1, block(1));
    expect(second.connections).toBeGreaterThan(0);
    expect(await blocks(backend)).toEqual(blocksTo(1));
    await backend.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  it("a server that lacks acknowledged blocks is not used", async () => {
    const { proxy, backend, options, troubles } = await behindProxy();
    await backend.commit(0, block(0));
    await backend.commit(1, block(1));
    await server.sql(`UPDATE ${options.database}.fb_meta SET height=0`);
    proxy.cut();
    const read = backend.rows("_sys_config_", text("key 0"));
    await vi.waitFor(() => expect(troubles).toContain("STORAGE_BEHIND"), WAIT);
    await server.sql(`UPDATE ${options.database}.fb_meta SET height=1`);
    expect(await read).toHaveLength(1);
    await backend.commit(2, block(2));
  });

  it("whoever was taken over commits nothing any more", async () => {
    const options = await place(server);
    const { backend } = await opened(options);
    await backend.commit(0, block(0));
    await server.sql(`UPDATE ${options.database}.fb_meta SET owner='somebody else'`);
    await expect(backend.commit(1, block(1))).rejects.toMatchObject({ code: "STORAGE_LOCKED" });
    expect((await server.sql(`SELECT height FROM ${options.database}.fb_meta`))[0]).toEqual(["0"]);
    await backend.close();
  });

  it("a second process is refused while the first one lives, and takes over from one that is gone", async () => {
    const { proxy, backend, options } = await behindProxy();
    await backend.commit(0, block(0));
    const direct = { ...options, hosts: [{ host: server.host, port: server.port }] };
    await expect(opened(direct)).rejects.toMatchObject({ code: "STORAGE_LOCKED" });
    await backend.commit(1, block(1));
    proxy.refuse(true);
    proxy.cut();
    const second = await opened(direct);
    expect(second.backend.height()).toBe(1);
    await second.backend.commit(2, block(2));
    proxy.refuse(false);
    await expect(backend.commit(2, block(2))).rejects.toMatchObject({ code: "STORAGE_LOCKED" });
    await second.backend.close();
  });

  it("closing ends all waiting at once", async () => {
    const { proxy, backend, options, troubles } = await behindProxy();
    await backend.commit(0, block(0));
    proxy.refuse(true);
    proxy.cut();
    const [commit, read] = [backend.commit(1, block(1)), backend.rows("_sys_config_", text("key 0"))];
    const lost = Promise.all(
      [commit, read].map((work) => expect(work).rejects.toMatchObject({ code: "STORAGE_CLOSED" })),
    );
    await vi.waitFor(() => expect(troubles).toEqual(["STORAGE_UNREACHABLE"]), WAIT);
    await backend.close();
    await lost;
    const ended = new AbortController();
    const opening = opened(options, ended.signal);
    ended.abort();
    await expect(opening).rejects.toMatchObject({ code: "STORAGE_CLOSED" });
  });

  it("a long read goes on over another connection while no block has come, and says so when one has", async () => {
    const { proxy, backend } = await behindProxy();
    const rows = Array.from({ length: 300 }, (_, i) => block(i)[0]!);
    await backend.commit(0, rows);
    const read = async (meanwhile: () => Promise<void>) => {
      let seen = 0;
      for await (const _ of backend.scan("_sys_config_")) if (seen++ === 0) await meanwhile();
      return seen;
    };
    expect(await read(async () => proxy.cut())).toBe(300);
    const broken = read(async () => {
      await backend.commit(1, block(300));
      proxy.cut();
    });
    await expect(broken).rejects.toMatchObject({ code: "STORAGE_SCAN_LOST" });
  });
});
