import { createHash } from "node:crypto";
import { connect } from "node:net";
import { hexlify } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, post, postJson, rpc, startGroup, startNode } from "./fixture.ts";

const ZERO = `0x${"0".repeat(40)}`;

describe("the JSON-RPC protocol", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  const limits = { maxBodyBytes: 4096, maxBatch: 5, maxResponseBytes: 3000, maxLogBlocks: 10 };
  beforeAll(async () => {
    node = await startNode({ limits });
  });
  afterAll(() => node.close());

  const answer = (body: string | Uint8Array) => postJson(node.url, body);

  it.each([
    ["{", -32700],
    ["", -32700],
    [Uint8Array.of(0xff, 0xfe), -32700],
    ["[]", -32600],
    ["1", -32600],
    ["null", -32600],
    ['"x"', -32600],
    ["{}", -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}', -32600],
    ['{"jsonrpc":"2.0","id":1}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":7}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{"a":1}}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_nothing"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_getBalance"}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[1]}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newThings"]}', -32602],
  ])("answers %s with %i (SPEC 2.1)", async (body, code) => {
    expect(await answer(body)).toMatchObject({ jsonrpc: "2.0", error: { code } });
  });

  it("names the wrong parameter and what is expected", async () => {
    const { error } = await rpc(node.url, "eth_getBalance", ["0x12"]);
    expect(error).toEqual({
      code: -32602,
      message: "invalid parameter 0 (address): expected an address: 0x and 40 hex digits",
      data: { parameter: "address", index: 0, expected: "an address: 0x and 40 hex digits" },
    });
    const wrong: [string, unknown[], string][] = [
      ["eth_getBalance", [ZERO, "newest"], "block"],
      ["eth_getBalance", [ZERO, { blockHash: "0x1" }], "block"],
      ["eth_getBlockByHash", ["0x1", true], "blockHash"],
      ["eth_getBlockByNumber", ["0x1", "yes"], "fullTransactions"],
      ["eth_sendRawTransaction", ["0x123"], "transaction"],
      ["eth_call", ["latest"], "call"],
      ["eth_call", [{ to: "0x1" }], "call"],
      ["eth_call", [{ data: "0x01", input: "0x02" }], "call"],
      ["eth_call", [{}, "latest", { [ZERO]: { balance: "0x1" } }], "stateOverrides"],
      ["eth_getLogs", [{ topics: [1] }], "filter"],
      ["eth_getLogs", [{ topics: [null, null, null, null, null] }], "filter"],
      ["eth_getLogs", [{ blockHash: `0x${"0".repeat(64)}`, fromBlock: "0x0" }], "filter"],
      ["eth_getStorageAt", [ZERO, "0xzz"], "slot"],
      ["eth_feeHistory", ["0x401", "latest"], "blockCount"],
      ["getBlockByNumber", [1, "x"], "blockNumber"],
      ["getSealerList", ["one"], "groupId"],
    ];
    for (const [method, params, parameter] of wrong) {
      expect((await rpc(node.url, method, params)).error, method).toMatchObject({ code: -32602, data: { parameter } });
    }
  });

  it("gives every id back as it was written (SPEC 1.2)", async () => {
    const ids = [
      "9007199254740993",
      "-123456789012345678901234567890",
      "0.1234567890123456789012",
      "1e400",
      '"01"',
      "null",
    ];
    for (const id of ids) {
      const response = await post(node.url, `{"jsonrpc":"2.0","id":${id},"method":"eth_chainId"}`);
      expect(await response.text()).toBe(`{"jsonrpc":"2.0","id":${id},"result":"0x10001"}`);
    }
    const batch = ids.map((id) => `{"jsonrpc":"2.0","id":${id},"method":"nope"}`).join(",");
    const text = await (await post(node.url, `[${batch}]`)).text();
    for (const id of ids.slice(0, 5)) expect(text).toContain(`"id":${id},`);
  });

  it("serves a group with a slash behind its id, too", async () => {
    expect((await rpc(`${node.url}/group/1/`, "eth_chainId")).result).toBe("0x10001");
    expect(await upgrade(node.url, "/group/1/")).toContain("101 Switching Protocols");
  });

  it("reads a null field as an absent one and refuses a field it does not know (SPEC 1.6)", async () => {
    const blockHash = hexlify((await node.group.read.block(0))!.hash);
    const whole = { blockHash, fromBlock: null, toBlock: null, address: null, topics: null };
    expect((await rpc(node.url, "eth_getLogs", [whole])).result).toEqual([]);
    expect((await rpc(node.url, "eth_getBalance", [ZERO, { blockHash: null, blockNumber: "0x0" }])).result).toBe("0x0");
    expect((await rpc(node.url, "eth_getBalance", [ZERO, blockHash])).result).toBe("0x0");
    // What clients add to a call for themselves is left alone.
    expect((await rpc(node.url, "eth_call", [{ to: ZERO, from: null, data: null, chain: "x" }, null])).result).toBe(
      "0x",
    );
    const wrong: [string, unknown[], object][] = [
      ["eth_getLogs", [{ adress: ZERO }], { parameter: "filter", field: "adress" }],
      ["eth_newFilter", [{ topic: [] }], { parameter: "filter", field: "topic" }],
      ["eth_call", [{ to: ZERO, value: "1" }], { parameter: "call", field: "value" }],
      ["eth_getCode", [ZERO, { blockhash: blockHash }], { parameter: "block", field: "blockhash" }],
      ["eth_getCode", [ZERO, { blockHash, blockNumber: "0x0" }], { parameter: "block", field: "blockNumber" }],
      ["eth_getLogs", [{ blockHash, toBlock: "0x0" }], { parameter: "filter", field: "blockHash" }],
    ];
    for (const [method, params, data] of wrong) {
      expect((await rpc(node.url, method, params)).error, method).toMatchObject({ code: -32602, data });
    }
  });

  it("answers batches in order and keeps silent about notifications (SPEC 1.2)", async () => {
    const request = (id: unknown, method: string) => ({ jsonrpc: "2.0", ...(id === undefined ? {} : { id }), method });
    const batch = [request(1, "eth_chainId"), 7, request(undefined, "eth_chainId"), request("b", "nope")];
    expect(await answer(JSON.stringify(batch))).toMatchObject([
      { id: 1, result: "0x10001" },
      { id: null, error: { code: -32600 } },
      { id: "b", error: { code: -32601 } },
    ]);
    const silent = await post(node.url, JSON.stringify([request(undefined, "eth_chainId")]));
    expect([silent.status, await silent.text()]).toEqual([204, ""]);
    const six = JSON.stringify(Array.from({ length: 6 }, () => request(1, "eth_chainId")));
    const tooMany = { error: { code: -32600, message: expect.stringContaining("at most 5") } };
    expect(await answer(six)).toMatchObject(Array.from({ length: 6 }, () => ({ id: 1, ...tooMany })));
    expect(await answer("[1,1,1,1,1,1]")).toMatchObject([{ id: null, ...tooMany }]);
  });

  it("bounds bodies and answers (SPEC 1.3)", async () => {
    const big = await post(node.url, `"${"x".repeat(5000)}"`);
    expect(big.status).toBe(413);
    expect(await big.json()).toMatchObject({ error: { code: -32600, message: "the body exceeds 4096 bytes" } });
    const block = { jsonrpc: "2.0", id: 1, method: "eth_getBlockByNumber", params: ["latest", false] };
    const many = await postJson<Answer[]>(node.url, JSON.stringify([block, block, block]));
    expect(many.map((one) => one.error?.code)).toEqual([undefined, -32005, -32005]);
  });

  it("wants JSON, so that a web page cannot post a form (SPEC 1.1)", async () => {
    const form = await post(node.url, "{}", { "content-type": "text/plain" });
    expect(form.status).toBe(415);
    expect(await form.json()).toMatchObject({ error: { message: "send content-type: application/json" } });
  });

  it("limits log searches", async () => {
    for (let i = 0; i < 11; i++) await node.group.mine();
    const { error } = await rpc(node.url, "eth_getLogs", [{ fromBlock: "0x0", toBlock: "latest" }]);
    expect(error).toMatchObject({ code: -32005, data: { code: "LIMIT_EXCEEDED", fromBlock: "0x0", toBlock: "0x9" } });
    expect((await rpc(node.url, "eth_getLogs", [{ fromBlock: "0x0", toBlock: "0x9" }])).result).toEqual([]);
    expect((await rpc(node.url, "eth_getLogs", [{ fromBlock: "0x5" }])).result).toEqual([]);
  });

  it("refuses a range that ends before it begins or beyond the head (SPEC 5.4)", async () => {
    const ask = (fromBlock: string, toBlock: string) => rpc(node.url, "eth_getLogs", [{ fromBlock, toBlock }]);
    for (const [from, to] of [
      ["0x5", "0x4"],
      ["latest", "earliest"],
      ["0x5", "0x99"],
    ] as const) {
      expect((await ask(from, to)).error).toMatchObject({ code: -32602, data: { code: "INVALID_RANGE" } });
    }
    // Whoever looks for what is new begins above the head.
    expect((await ask("0x99", "latest")).result).toEqual([]);
  });

  it("gives the same bytes for every group that is not there (SPEC 1.4)", async () => {
    const ids = ["2", "0", "-1", "32767", "99999", "x", "%20", "1//", "1/2", "2/", "1e0", "01", "g".repeat(300)];
    for (const body of [
      "{",
      "[]",
      '{"jsonrpc":"2.0","id":5,"method":"eth_chainId"}',
      '{"jsonrpc":"2.0","id":5,"method":"x"}',
    ]) {
      const seen = new Set<string>();
      for (const id of ids) {
        const response = await post(`${node.url}/group/${id}`, body);
        const headers = [...response.headers].filter(([name]) => name !== "date");
        seen.add(JSON.stringify([response.status, headers, await response.text()]));
      }
      expect(seen.size).toBe(1);
    }
    const upgrades = new Set<string>();
    for (const id of ids) upgrades.add(await upgrade(node.url, `/group/${id}`));
    expect(upgrades).toEqual(new Set(["HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"]));
    expect(await upgrade(node.url, "/group/1")).toContain("101 Switching Protocols");
    const byParameter = [2, 32767, 99999, -1].map((id) => rpc(node.url, "getBlockNumber", [id]));
    for (const { error } of await Promise.all(byParameter)) {
      expect(error).toEqual({ code: -40001, message: "no such group on this node" });
    }
  });

  it("follows groups that come and go", async () => {
    const group = await startGroup(2);
    node.directory.add(group);
    expect((await rpc(`${node.url}/group/2`, "eth_chainId")).result).toBe("0x10002");
    node.directory.stop(group);
    expect((await rpc(`${node.url}/group/2`, "eth_chainId")).error?.code).toBe(-40001);
  });

  it("answers probes, without what concerns only the operator", async () => {
    const health = await fetch(`${node.url}/health`);
    expect([health.status, await health.json()]).toEqual([200, { ok: true, version: "fb/0.1.0/test/node" }]);
    const ready = await fetch(`${node.url}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { ok: false }]);
    expect((await fetch(`${node.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${node.url}/nothing`)).status).toBe(404);
    expect((await fetch(node.url)).status).toBe(404);
  });

  it("lets web pages call only from the origins named (SPEC 1.5)", async () => {
    const origin = "https://explorer.example";
    const closed = await post(node.url, "{}", { origin });
    expect(closed.headers.get("access-control-allow-origin")).toBeNull();
    expect(await upgrade(node.url, "/group/1", `origin: ${origin}\r\n`)).toContain("403");
    const open = await startNode({ corsOrigins: [origin] });
    const preflight = await fetch(open.url, { method: "OPTIONS", headers: { origin } });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, origin]);
    const other = await fetch(open.url, { method: "OPTIONS", headers: { origin: "https://evil.example" } });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    const asked = { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
    const group = await fetch(`${open.url}/group/1`, { method: "OPTIONS", headers: asked });
    expect(group.headers.get("access-control-allow-methods")).toContain("POST");
    expect(group.headers.get("access-control-allow-headers")).toContain("content-type");
    // A cache keeps answers to pages of different origins apart, and a page can read why it was refused.
    for (const { headers } of [preflight, other, await post(open.url, "{}")])
      expect(headers.get("vary")).toBe("origin");
    const refused = await post(open.url, "x".repeat(6 << 20), { origin });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([413, origin]);
    expect(await upgrade(open.url, "/group/1", `origin: ${origin}\r\n`)).toContain("101");
    await open.close();
  });

  it("names an address it cannot listen on", async () => {
    const { port } = new URL(node.url);
    await expect(startNode({ port: Number(port) })).rejects.toMatchObject({ code: "RPC_LISTEN_FAILED" });
    await expect(startNode({ limits: { maxBatch: 0 } })).rejects.toMatchObject({ code: "RPC_OPTIONS" });
  });
});

/** The bytes a WebSocket upgrade is answered with, without what depends on the key. */
function upgrade(url: string, path: string, extra = ""): Promise<string> {
  const { port } = new URL(url);
  const key = createHash("md5").update("k").digest("base64");
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", reject);
    socket.once("data", (bytes) => {
      socket.destroy();
      resolve(bytes.toString());
    });
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n${extra}` +
        `sec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`,
    );
  });
}
