import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../src/testing/index.ts";
import { postJson, rpc, startGroup } from "./fixture.ts";

const NODE_METHODS: readonly (readonly [string, readonly unknown[]])[] = [
  ["getPeers", [1]],
  ["getNodeInfo", []],
  ["getGroupList", []],
  ["fb_groups", []],
];
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
