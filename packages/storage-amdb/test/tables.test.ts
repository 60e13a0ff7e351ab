import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeTables, type TablesFixture } from "@fb/compliance/storage-backend";
import { type Mariadb, mariadbAvailable, startMariadb, TEST_PASSWORD, TEST_USER } from "@fb/mariadb";
import { noMetrics, silentLogger, systemClock, systemRng } from "@fb/runtime";
import { afterAll, beforeAll, describe } from "vitest";
import { BlockOverlay, createTableCache } from "../src/index.ts";
import { createMemoryBackend, createMemoryDisk } from "../src/memory/index.ts";
import { openMysql } from "../src/mysql/index.ts";
import { openRocksdb } from "../src/rocksdb/index.ts";

/** So small that keys come and go. */
const CACHE_BYTES = 20_000;

const tables: TablesFixture["tables"] = (backend) => {
  const cache = createTableCache({ backend, maxBytes: CACHE_BYTES, metrics: noMetrics });
  return { block: (height) => new BlockOverlay(cache, height), committed: (batch) => cache.committed(batch) };
};

describeTables("memory", async () => {
  const disk = createMemoryDisk();
  return { tables, open: async () => createMemoryBackend({ disk }), dispose: async () => undefined };
});

describeTables("rocksdb", async () => {
  const path = await mkdtemp(join(tmpdir(), "fb-tables-"));
  return { tables, open: () => openRocksdb({ path }), dispose: () => rm(path, { recursive: true, force: true }) };
});

describe.skipIf(!mariadbAvailable())("on MariaDB", () => {
  let server: Mariadb;
  let databases = 0;
  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server.dispose());

  const deps = { clock: systemClock, rng: systemRng, log: silentLogger, metrics: noMetrics };
  describeTables(
    "mysql",
    async () => {
      const database = `tables_${databases++}`;
      await server.createDatabase(database);
      const options = {
        hosts: [{ host: server.host, port: server.port }],
        user: TEST_USER,
        password: () => TEST_PASSWORD,
        database,
        chainId: 1,
        groupId: 1,
      };
      return {
        tables,
        open: () => openMysql(options, deps),
        dispose: async () => void (await server.sql(`DROP DATABASE ${database}`)),
      };
    },
    { operations: 5_000 },
  );
});
