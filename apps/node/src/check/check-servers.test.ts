import { type Mariadb, mariadbAvailable, startMariadb, TEST_PASSWORD, TEST_USER } from "@fb/mariadb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, NodeFolder } from "../../test/node-folder.ts";
import { readNodeSetup } from "../node-setup.ts";
import { checkNode } from "./check-node.ts";

describe.skipIf(!mariadbAvailable())("checking a node whose group is on database servers", () => {
  let server: Mariadb;
  beforeAll(async () => {
    server = await startMariadb();
    await server.sql("SET GLOBAL innodb_flush_log_at_trx_commit=1, max_allowed_packet=67108864");
    await server.createDatabase("node0_group1");
  });
  afterAll(() => server?.dispose());

  async function nodeOn(...ports: readonly number[]): Promise<NodeFolder> {
    const folder = await NodeFolder.make();
    const file = "conf/group.1.ini";
    folder.set(file, "type", "mysql");
    folder.add(file, "storage", ports.map((port, i) => `host.${i}=127.0.0.1:${port}`).join("\n"));
    for (const [key, value] of [
      ["database", "node0_group1"],
      ["user", TEST_USER],
      ["password_file", "mysql.password"],
    ] as const) {
      folder.set(file, key, value);
    }
    folder.write("conf/mysql.password", `${TEST_PASSWORD}\n`, 0o600);
    return folder;
  }

  /** What is said of the group's storage. */
  async function check(folder: NodeFolder): Promise<string[]> {
    const findings = await checkNode(readNodeSetup(folder.config), Date.now());
    const ofGroup = findings.filter(({ subject }) => subject === "group 1").slice(1);
    return ofGroup.map(({ state, text }) => `${state} ${text.replaceAll(/127\.0\.0\.1:\d+/g, "server")}`);
  }

  it("finds nothing wrong with what operators are told to set up", async () => {
    expect(await check(await nodeOn(server.port))).toEqual([
      `ok server takes writes of user ${TEST_USER}`,
      "ok no data yet",
    ]);
  });

  it("needs one server that takes writes, and tells about the others", async () => {
    const away = await freePort();
    const [alone, both] = [await nodeOn(away), await nodeOn(away, server.port)];
    const gone = expect.stringContaining("STORAGE_UNREACHABLE: ECONNREFUSED");
    expect(await check(alone)).toEqual([gone]);
    const found = await check(both);
    expect(found).toEqual([gone, `ok server takes writes of user ${TEST_USER}`, "ok no data yet"]);
    expect(found[0]).toMatch(/^warn /);
    await server.sql("SET GLOBAL read_only=1, innodb_flush_log_at_trx_commit=2");
    try {
      expect(await check(both)).toEqual([
        expect.stringMatching(/^fault /),
        "fault server: the server is read-only",
        expect.stringMatching(/^warn server: innodb_flush_log_at_trx_commit is 2: /),
      ]);
    } finally {
      await server.sql("SET GLOBAL read_only=0, innodb_flush_log_at_trx_commit=1");
    }
  });

  it("refuses a wrong password and a database that belongs to somebody else", async () => {
    const folder = await nodeOn(server.port);
    folder.write("conf/mysql.password", "wrong\n");
    expect(await check(folder)).toEqual([expect.stringMatching(/^fault server: STORAGE_DENIED: /)]);
    folder.write("conf/mysql.password", `${TEST_PASSWORD}\n`);
    await server.createDatabase("shop");
    await server.sql("CREATE TABLE shop.orders (id INT)");
    folder.set("conf/group.1.ini", "database", "shop");
    expect((await check(folder)).at(-1)).toMatch(/^fault STORAGE_FOREIGN: database shop .* orders is one/);
  });
});
