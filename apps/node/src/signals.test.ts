import { mkdirSync, readdirSync, readlinkSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { NodeFolder } from "../test/node-folder.ts";
import { NodeRun, RunningNode } from "../test/node-process.ts";

const WAIT = { timeout: 40_000, interval: 25 };

/** What vitest waits for: the first match, or a reason to look again. */
function found<T>(values: readonly T[], isWanted: (value: T) => boolean): T {
  const value = values.find(isWanted);
  if (value === undefined) throw new RangeError("not yet");
  return value;
}

describe("signals", () => {
  it("SIGHUP takes over lists and log level, refuses files with a fault as a whole, and ends nothing", async () => {
    const folder = await NodeFolder.make();
    const node = await RunningNode.start(folder);
    const reload = (event: string) => {
      const seen = node.run.lines().length;
      node.run.send("SIGHUP");
      return vi.waitFor(() => found(node.run.lines().slice(seen), (line) => line.event === event), WAIT);
    };
    const good = folder.read("config.ini");
    expect(await reload("reloaded")).toMatchObject({ changed: "nothing" });

    folder.add("config.ini", "certificate_blacklist", `crl.0=${"ab".repeat(64)}\nagency.0=${"cd".repeat(32)}`);
    folder.set("config.ini", "jsonrpc_listen_port", folder.node.ports.rpc + 1);
    expect(await reload("restart-needed")).toMatchObject({ level: "warn", changed: "[rpc] jsonrpc_listen_port" });
    expect(node.run.lines().findLast(({ event }) => event === "reloaded")).toMatchObject({
      changed: "[certificate_blacklist] crl.N +1 -0, [certificate_blacklist] agency.N +1 -0",
    });

    folder.set("config.ini", "level", "loud");
    expect(await reload("reload-refused")).toMatchObject({
      level: "error",
      code: "CONFIG_INVALID",
      reason: expect.stringMatching(/config\.ini:\d+: \[log\] level=loud is not allowed/),
    });
    folder.write("config.ini", good);
    const ca = folder.read("conf/ca.crt");
    folder.write("conf/ca.crt", (await NodeFolder.make()).read("conf/ca.crt"));
    expect(await reload("reload-refused")).toMatchObject({ code: "CERTIFICATE_INVALID" });
    expect((await node.ready()).status).toBe(200);

    folder.write("conf/ca.crt", ca);
    folder.set("config.ini", "level", "error");
    expect(await reload("reloaded")).toMatchObject({
      changed: expect.stringMatching(/, \[log\] level info -> error$/),
    });
    expect(await node.run.kill("SIGQUIT")).toMatchObject({ code: 0, stderr: "" });
    // Stopping is told by every thread, at a level that none writes any more.
    expect(node.run.lines().at(-1)).toMatchObject({ event: "reloaded" });
  });

  it("SIGUSR2 opens a renamed log anew in all threads, others do nothing, none opens the inspector; files are private", async () => {
    const folder = await NodeFolder.make();
    folder.set("config.ini", "log_path", "log/node.log");
    mkdirSync(folder.path("data/group1"), { recursive: true, mode: 0o755 });
    const run = new NodeRun("--config", folder.config);
    const lines = (name = "log/node.log") =>
      folder
        .read(name)
        .split("\n")
        .slice(0, -1)
        .map((text) => JSON.parse(text) as { readonly event: string; readonly group?: number });
    await vi.waitFor(() => found(lines(), ({ event, group }) => event === "group-started" && group === 1), WAIT);

    for (const signal of ["SIGUSR1", "SIGPIPE", "SIGALRM", "SIGVTALRM", "SIGIO", "SIGXFSZ"] as const) run.send(signal);
    renameSync(folder.path("log/node.log"), folder.path("log/taken.log"));
    run.send("SIGUSR2");
    await vi.waitFor(() => expect(openFiles(run.pid).filter((path) => path.endsWith("/taken.log"))).toEqual([]), WAIT);
    // The inspector says on standard error that it listens.
    expect(await run.kill("SIGTERM")).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(lines().at(-1)).toMatchObject({ event: "node-stopped" });
    expect(lines()).toContainEqual(expect.objectContaining({ event: "group-stopped", group: 1 }));
    expect(lines("log/taken.log")).toContainEqual(expect.objectContaining({ event: "closed-to-others", mode: "755" }));
    const open = ["log", "data/group1"].flatMap((name) => openToOthers(folder.path(name)));
    expect(open).toEqual([]);
  });
});

function openToOthers(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  return [folder, ...entries].filter((path) => (statSync(path).mode & 0o077) !== 0);
}

function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
}
