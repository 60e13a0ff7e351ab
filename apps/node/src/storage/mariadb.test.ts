import { type Mariadb, mariadbAvailable, startMariadb, TEST_PASSWORD, TEST_USER } from "@fb/mariadb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { NodeFolder } from "../../test/node-folder.ts";
import { NodeRun, RunningNode } from "../../test/node-process.ts";
import { storage, storeBlocks } from "../../test/storage-command.ts";

const WAIT = { timeout: 20_000, interval: 20 };
const BLOCKS = 4;
/** Enough that a copy takes more than one portion. */
const LARGE = { data: new Uint8Array(100_000).fill(7), gas: 6_000_000n };
const EACH = 30;

describe.skipIf(!mariadbAvailable())("fb-node storage on MariaDB", () => {
  let server: Mariadb;

  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server.dispose());

  /** A copy of the group's options that keeps its rows in a new database; returns its name. */
  async function optionsFor(folder: NodeFolder, database: string): Promise<string> {
    await server.createDatabase(database);
    folder.write("conf/mysql.password", `${TEST_PASSWORD}\n`, 0o600);
    const place = { type: "mysql", "host.0": `${server.host}:${server.port}`, database, user: TEST_USER };
    const lines = Object.entries({ ...place, password_file: "mysql.password" }).map(
      ([key, value]) => `${key}=${value}`,
    );
    const file = `conf/${database}.options`;
    const sections = folder.read("conf/group.1.ini").split(/^(?=\[)/m);
    const others = sections.filter((section) => !section.startsWith("[storage]")).join("");
    folder.write(file, `${others}\n[storage]\n${lines.join("\n")}\n`);
    return file;
  }

  it("copies a group there, killed in the middle and again, and cares for it as on RocksDB", async () => {
    const folder = await NodeFolder.make("1:pbft:mpt");
    let nonce = 0;
    const block = () => Array.from({ length: EACH }, () => ({ nonce: nonce++, ...LARGE }));
    await storeBlocks(folder, Array.from({ length: BLOCKS }, block));
    const good = async (command: string, ...args: readonly string[]) => {
      const outcome = await storage(command, "-c", folder.config, "--quiet", ...args);
      expect(outcome, outcome.stdout).toMatchObject({ code: 0, stderr: "" });
      return outcome.stdout;
    };
    const inClear = folder.read("conf/group.1.ini");
    const stat = await good("stat", "--json");
    const saved = JSON.parse(await good("backup", "--json", folder.path("on-rocksdb"))) as object;

    const copied = await optionsFor(folder, "copied");
    const killed = new NodeRun("storage", "copy", "-c", folder.config, "--to", folder.path(copied));
    const written = () => server.sql("SELECT COUNT(*) FROM copied.`_sys_number_2_body_`").catch(() => [["0"]]);
    await vi.waitFor(async () => expect(Number((await written())[0]![0])).toBeGreaterThan(0), WAIT);
    expect(await killed.kill("SIGKILL")).toMatchObject({ signal: "SIGKILL" });
    folder.write("conf/group.1.ini", folder.read(copied));
    const half = { code: 2, stderr: expect.stringMatching(/^STORE_EMPTY: /) };
    // The server may not know at once that its client is gone.
    await vi.waitFor(async () => expect(await storage("verify", "-c", folder.config)).toMatchObject(half), WAIT);

    folder.write("conf/group.1.ini", inClear);
    expect(await good("copy", "--to", folder.path(copied))).toContain("both stores are the same");
    folder.write("conf/group.1.ini", folder.read(copied));
    expect(await good("stat", "--json")).toBe(stat);
    expect(await good("verify", "--roots=all", "--deep")).toMatch(/^good: /);
    expect(JSON.parse(await good("backup", "--json", folder.path("on-mariadb")))).toEqual(saved);

    folder.write("conf/group.1.ini", folder.read(await optionsFor(folder, "restored")));
    expect(await good("restore", folder.path("on-rocksdb"))).toContain(`height ${BLOCKS}\n`);
    expect(await good("stat", "--json")).toBe(stat);

    const node = await RunningNode.start(folder);
    const live = JSON.parse(await good("backup", "--json", folder.path("backup/group1/live"))) as { height: number };
    expect(live.height).toBeGreaterThanOrEqual(BLOCKS);
    expect(await node.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
  });
});
