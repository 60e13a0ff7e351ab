import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Mariadb, mariadbAvailable, startMariadb } from "./index.ts";
import { greets } from "./ports.ts";

const servers: Mariadb[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.dispose();
});

async function started(): Promise<Mariadb> {
  const server = await startMariadb();
  servers.push(server);
  return server;
}

describe.skipIf(!mariadbAvailable())("a server of a test's own", () => {
  it("keeps what it committed when it is killed, and starts again at the same port", async () => {
    const server = await started();
    await server.createDatabase("one");
    await server.sql("CREATE TABLE one.t (v INT PRIMARY KEY); INSERT INTO one.t VALUES (1), (2)");
    const { port } = server;
    await server.kill();
    expect(await greets(port)).toBe(false);
    await server.start();
    expect(await server.sql("SELECT v, NULL FROM one.t")).toEqual([
      ["1", "NULL"],
      ["2", "NULL"],
    ]);
    await server.stop();
    expect(server.running).toBe(false);
    await server.dispose();
    expect(existsSync(server.folder)).toBe(false);
  });

  it("says what is wrong with a statement or with the server's options", async () => {
    const server = await started();
    await expect(server.sql("SELECT nothing")).rejects.toMatchObject({
      code: "MARIADB_FAILED",
      message: expect.stringContaining("Unknown column 'nothing'"),
    });
    await expect(startMariadb({ args: ["--no-such-option"] })).rejects.toMatchObject({
      code: "MARIADB_FAILED",
      message: expect.stringContaining("no-such-option"),
    });
  });

  it("listens on loopback only", async () => {
    const { port } = await started();
    const hex = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
    const listening = execFileSync("cat", ["/proc/net/tcp", "/proc/net/tcp6"], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(hex) && line.includes(" 0A "));
    expect(listening.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F${hex.trim()}`]);
  });

  it("ends with its folder when the process that started it is killed, hung as it may be", async () => {
    const child: ChildProcess = spawn(
      process.execPath,
      ["--conditions=fb-source", new URL("./testing/abandon.ts", import.meta.url).pathname],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
    const { folder, port } = JSON.parse(line) as { folder: string; port: number };
    expect(existsSync(folder)).toBe(true);
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false), 10_000);
    expect(await greets(port)).toBe(false);
  });
});
