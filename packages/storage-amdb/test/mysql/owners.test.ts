import { createProxy, type LossyProxy, type Mariadb, mariadbAvailable, startMariadb } from "@fb/mariadb";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { block, blocks, blocksTo, opened, place, text } from "./place.ts";

const WAIT = { timeout: 10_000, interval: 20 };

describe.skipIf(!mariadbAvailable())("a store on MariaDB and those who use it", () => {
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

  it("a server that was killed is waited for, told once, and gone on with (storage-amdb SPEC 6.7)", async () => {
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
    await vi.waitFor(() => expect(troubles).toEqual(["STORAGE_UNREACHABLE", null]), WAIT);
    expect(log.lines.map(({ level, event }) => `${level} ${event}`)).toEqual([
      "warn storage-waits",
      "info storage-goes-on",
    ]);
    await backend.close();
  });

  it("the next server of the list is used, with all that was acknowledged (storage-amdb SPEC 6.8)", async () => {
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

  it("a second process is refused while the first one lives, and takes over from one that is gone (storage-amdb SPEC 6.6)", async () => {
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

  it("a long read goes on over another connection while no block has come, and says so when one has (storage-amdb SPEC 6.9)", async () => {
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
