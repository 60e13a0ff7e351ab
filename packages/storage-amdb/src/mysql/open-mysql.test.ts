import { describeBackend } from "@fb/compliance/storage-backend";
import { type Mariadb, mariadbAvailable, startMariadb, TEST_PASSWORD, TEST_USER } from "@fb/mariadb";
import { noMetrics, silentLogger, systemClock, systemRng } from "@fb/runtime";
import { afterAll, beforeAll, describe } from "vitest";
import { openMysql } from "./open-mysql.ts";

describe.skipIf(!mariadbAvailable())("on MariaDB", () => {
  let server: Mariadb;
  let databases = 0;

  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server.dispose());

  const deps = { clock: systemClock, rng: systemRng, log: silentLogger, metrics: noMetrics };
  const place = (database: string) => ({
    hosts: [{ host: server.host, port: server.port }],
    user: TEST_USER,
    password: () => TEST_PASSWORD,
    database,
    chainId: 1,
    groupId: 1,
  });

  describeBackend("mysql", async () => {
    const database = `group_${databases++}`;
    await server.createDatabase(database);
    return {
      open: () => openMysql(place(database), deps),
      dispose: async () => void (await server.sql(`DROP DATABASE ${database}`)),
    };
  });
});
