import type { FbBackup } from "@fb/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../src/testing/index.ts";
import { postJson, rpc, startGroup } from "./fixture.ts";

const NODE_METHODS: readonly (readonly [string, readonly unknown[]])[] = [
  ["getPeers", [1]],
  ["getNodeInfo", []],
  ["getGroupList", []],
  ["fb_groups", []],
  ["fb_backupStatus", [1]],
  ["fb_stopBackup", [1]],
];
const BACKUP: FbBackup = {
  file: "/node0/backup/group2/monday.fbb",
  state: "running",
  rows: 256,
  ...{ height: null, head: null, bytes: null, digest: null, error: null },
};
const WRONG: readonly unknown[] = [{}, {}, {}];

describe("what only the operator is told", () => {
  let clients: TestServer;
  let operator: TestServer;
  beforeAll(async () => {
    const groups = [await startGroup(1), await startGroup(2)];
    clients = await startTestServer(groups);
    operator = await startTestServer(groups, { operator: true });
  });
  afterAll(() => Promise.all([clients.close(), operator.close()]));

  it.each(NODE_METHODS)(
    "%s is answered to the operator, and refused to clients on every path (SPEC 7.2)",
    async (method, params) => {
      const { result } = await rpc(operator.url, method, [...params]);
      expect(result).toBeDefined();
      const refusals = [
        await rpc(clients.url, method, [...params]),
        await rpc(`${clients.url}/group/1`, method, [...params]),
        await rpc(clients.url, method, [...WRONG]),
        (
          await postJson<Awaited<ReturnType<typeof rpc>>[]>(
            clients.url,
            JSON.stringify([{ jsonrpc: "2.0", id: 1, method, params }]),
          )
        )[0]!,
      ];
      for (const { error } of refusals) {
        expect(error).toEqual({
          code: -32000,
          message: expect.stringContaining("[operator]"),
          data: { code: "OPERATOR_ONLY" },
        });
      }
    },
  );

  it("clients learn the members of the group they ask for (SPEC 7.1, 7.2)", async () => {
    for (const method of ["getSealerList", "getObserverList", "getGroupPeers", "getNodeIDList", "getSyncStatus"]) {
      expect(await rpc(clients.url, method, [1])).toMatchObject({
        result: (await rpc(operator.url, method, [1])).result,
      });
    }
  });

  it("hands backups to the node, and its refusals to the operator (SPEC 7.4)", async () => {
    const { directory, url } = operator;
    directory.backupRequests.length = 0;
    directory.backupAnswer = { ok: true, backup: BACKUP };
    expect(await rpc(url, "fb_backup", [2, "monday.fbb"])).toMatchObject({ result: BACKUP });
    expect(await rpc(url, "fb_backupStatus", ["2"])).toMatchObject({ result: BACKUP });
    expect(await rpc(url, "fb_stopBackup", [2])).toMatchObject({ result: BACKUP });
    const asked = [{ type: "start", name: "monday.fbb" }, { type: "look" }, { type: "stop" }];
    expect(directory.backupRequests).toEqual(asked.map((request) => ({ group: 2, request })));
    directory.backupAnswer = { ok: false, code: "BACKUP_RUNNING", message: "one is being written" };
    expect((await rpc(url, "fb_backup", [2, "monday.fbb"])).error).toEqual({
      code: -32000,
      message: "one is being written",
      data: { code: "BACKUP_RUNNING" },
    });
    directory.backupRequests.length = 0;
    for (const wrong of [[2], [2, ""], [2, 7], [2, "x".repeat(256)], [2, "a", "b"]]) {
      expect((await rpc(url, "fb_backup", wrong)).error?.code).toBe(-32602);
    }
    expect((await rpc(url, "fb_backup", [3, "monday.fbb"])).error?.code).toBe(-40001);
    expect((await rpc(clients.url, "fb_backup", [2, "monday.fbb"])).error?.data).toEqual({ code: "OPERATOR_ONLY" });
    expect((await fetch(`${url}/fb_backup`)).status).toBe(404);
    const page = { headers: { origin: "http://elsewhere.example", "content-type": "application/json" } };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "fb_backup", params: [2, "monday.fbb"] });
    expect((await fetch(url, { method: "POST", body, ...page })).status).toBe(403);
    expect([...directory.backupRequests, ...clients.directory.backupRequests]).toEqual([]);
  });

  it("probes have details and metrics for the operator (SPEC 7.3)", async () => {
    const ready = await fetch(`${operator.url}/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      { ok: false, groups: [{ group: 1 }, { group: 2 }] },
    ]);
    const toClients = await fetch(`${clients.url}/ready`);
    expect([toClients.status, await toClients.json()]).toEqual([503, { ok: false }]);
    expect(await (await fetch(`${operator.url}/metrics`)).text()).toBe("fb_up 1\n");
  });
});
