import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import type { GroupEvent, GroupQuery } from "@fb/api";
import { testGenesis, testOptions } from "@fb/ledger/testing";
import { exposeChannel } from "@fb/p2p-whitelist";
import { createMemoryNetwork } from "@fb/p2p-whitelist/testing";
import { callPort, createPrometheusRegister, noMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import { createMemoryBackend, createMemoryDisk } from "@fb/storage-amdb/memory";
import { FbError, type GroupId, type NodeId, type StorageBackend, toHex } from "@fb/types";
import { nobleSuite } from "@fb/types/testing";
import { expect, it, onTestFinished, vi } from "vitest";
import { createGroupThread } from "./group-thread.ts";
import type { GroupThreadApi, GroupThreadEvent } from "./thread-api.ts";

const GROUP = 1 as GroupId;
const KEY = new Uint8Array(32).fill(7);
const SELF = toHex(nobleSuite.publicKey(KEY)) as NodeId;
const NO_CALLS = { close: async () => {} } as never;
const BLOCK_MS = 1_000;
const WAIT = { timeout: 10_000, interval: 2 };

/** A group's thread without a thread: its host is the test. */
function start(openBackend?: () => Promise<StorageBackend>) {
  const folder = mkdtempSync(join(tmpdir(), "fb-group-thread-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [channel, control] = [new MessageChannel(), new MessageChannel()];
  const clock = createFakeClock();
  const network = createMemoryNetwork();
  exposeChannel(network.node(SELF).group(GROUP, [SELF]), channel.port1, { groupId: GROUP, metrics: noMetrics });
  const genesis = testGenesis({ groupId: GROUP, chainId: 1, sealers: [SELF] });
  const disk = createMemoryDisk();
  const log = createCapturingLogger();
  const told: GroupThreadEvent[] = [];
  const host = callPort<GroupThreadApi, GroupThreadEvent>(control.port1, {
    maxInFlight: 10,
    onEvent: (event) => told.push(event),
  });
  createGroupThread(
    {
      options: { ...testOptions(genesis, join(folder, "journal")), emptyBlockIntervalMs: BLOCK_MS },
      store: { type: "rocksdb", path: join(folder, "state") },
      backupFolder: join(folder, "backup"),
      privateKey: KEY,
      keys: null,
      self: SELF,
      log: { level: "error", file: null, node: "test" },
      maxPayloadBytes: 16 * 1024 * 1024,
      maxOpenFiles: 16,
      channel: channel.port2,
      control: control.port2,
    },
    {
      clock,
      log,
      metrics: createPrometheusRegister({}),
      keys: null,
      openBackend: openBackend ?? (async () => createMemoryBackend({ disk })),
      createCalls: () => NO_CALLS,
    },
  );
  const ask = async () => {
    const { port1, port2 } = new MessageChannel();
    const heard: GroupEvent[] = [];
    const client = callPort<GroupQuery, GroupEvent>(port2, { maxInFlight: 10, onEvent: (event) => heard.push(event) });
    onTestFinished(() => client.close());
    await host.api.openQuery(port1);
    return { ...client, heard, gone: once(port2, "close") };
  };
  return { host, told, disk, clock, ask, folder, ended: once(control.port1, "close") };
}

const toldOf = (told: readonly GroupThreadEvent[], type: GroupThreadEvent["type"]) =>
  vi.waitFor(() => expect(told.map((event) => event.type)).toContain(type), WAIT);

it("says that it is ready, answers on every port it is given, and lets go of all of them when it is closed", async () => {
  const { host, told, ask, ended } = start();
  await toldOf(told, "ready");
  expect(told).toEqual([{ type: "ready", info: expect.objectContaining({ groupId: GROUP, consensus: "pbft" }) }]);
  const [first, second] = [await ask(), await ask()];
  for (const { api } of [first, second]) expect((await api.status()).nodeId).toBe(SELF);
  await host.api.shed(2);
  expect(await host.api.notReady()).toEqual([]);
  await host.api.close();
  await Promise.all([first.gone, second.gone, ended]);
});

it("writes a backup when its host says so, and none before its store is open", async () => {
  let letOpen = () => {};
  const isOpen = new Promise<void>((resolve) => (letOpen = resolve));
  const { host, told, ended, folder } = start(() => isOpen.then(() => createMemoryBackend()));
  expect(await host.api.backup({ type: "start", name: "one" })).toMatchObject({ ok: false, code: "GROUP_NOT_OPEN" });
  letOpen();
  await toldOf(told, "ready");
  const file = join(folder, "backup", "one");
  expect(await host.api.backup({ type: "start", name: "one" })).toMatchObject({ backup: { file, state: "running" } });
  await vi.waitFor(
    async () =>
      expect(await host.api.backup({ type: "look" })).toMatchObject({
        backup: { state: "done", height: 0, error: null },
      }),
    WAIT,
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await host.api.close();
  await ended;
});

it("closes while it still starts, with what was half open", async () => {
  const backend = createMemoryBackend();
  const close = vi.spyOn(backend, "close");
  let letOpen = () => {};
  const isOpen = new Promise<void>((resolve) => (letOpen = resolve));
  const { host, told, ended } = start(() => isOpen.then(() => backend));
  const closing = host.api.close();
  letOpen();
  await closing;
  await ended;
  expect(close).toHaveBeenCalled();
  expect(told.map(({ type }) => type)).not.toContain("failed");
});

it("says why it could not be opened, answers nobody, and can be closed", async () => {
  const { host, told, ask, ended } = start(async () => {
    throw new FbError("STORAGE_LOCKED", "another process has it");
  });
  await toldOf(told, "failed");
  expect(told).toEqual([{ type: "failed", code: "STORAGE_LOCKED", message: "another process has it" }]);
  const { api } = await ask();
  await expect(api.totals()).rejects.toMatchObject({ code: "PORT_CLOSED" });
  await host.api.close();
  await ended;
});

it("tells host and clients that the group has halted, and goes on answering reads", async () => {
  const { host, told, disk, clock, ask } = start();
  await toldOf(told, "ready");
  const { api, heard } = await ask();
  disk.failCommits("STORAGE_FULL");
  await vi.waitFor(async () => {
    await clock.advanceAsync(BLOCK_MS);
    expect(told.at(-1)?.type).toBe("halted");
  }, WAIT);
  await vi.waitFor(() => expect(heard).toContainEqual({ type: "halted", groupId: GROUP }), WAIT);
  expect((await api.status()).notReady).toContainEqual(expect.objectContaining({ code: "HALTED" }));
  await host.api.close();
});
