import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { RpcServerOptions } from "../src/index.ts";
import type { TestServer } from "../src/testing/index.ts";
import { startNode } from "./fixture.ts";
import { connectRaw } from "./raw-client.ts";

const BODY = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}';

describe("who may ask (SPEC 1.7)", () => {
  let node: TestServer;
  afterEach(() => node.close());
  const start = async (options: Partial<RpcServerOptions> = {}) => {
    node = await startNode(options);
  };
  const ask = async (host: string, headers = "") => {
    const client = await connectRaw(node.url);
    client.write(client.head("/", BODY.length, headers).replace("host: localhost", `host: ${host}`) + BODY);
    const status = await client.status();
    client.socket.destroy();
    return { status, text: client.text() };
  };

  it.each(["localhost", "LOCALHOST:8545", "127.0.0.1:8545", "127.1.2.3", "[::1]:8545", "dapp.localhost"])(
    "answers to %s on a loopback address",
    async (host) => {
      await start();
      expect((await ask(host)).status).toBe(200);
    },
  );

  it.each([
    "evil.example",
    "evil.example:8545",
    "localhost.evil.example",
    "10.0.0.1",
    "127.0.0.1.evil.example",
    "evil-localhost",
  ])("does not answer to %s, and names the setting", async (host) => {
    await start();
    const { status, text } = await ask(host);
    expect(status).toBe(403);
    expect(text).toContain("[rpc] hosts");
  });

  it("answers to the names that are configured, with their port if that is given", async () => {
    await start({ hosts: ["node.example", "rpc.example:1234"] });
    const hosts = ["node.example", "Node.Example:99", "rpc.example:1234", "rpc.example:99", "other.example"];
    const statuses = [];
    for (const host of hosts) statuses.push((await ask(host)).status);
    expect(statuses).toEqual([200, 200, 200, 403, 403]);
  });

  it("checks names on other addresses only when they are configured", async () => {
    await start({ host: "0.0.0.0" });
    node = { ...node, url: node.url.replace("0.0.0.0", "127.0.0.1") };
    expect((await ask("any.example")).status).toBe(200);
    await node.close();
    await start({ host: "0.0.0.0", hosts: ["node.example"] });
    node = { ...node, url: node.url.replace("0.0.0.0", "127.0.0.1") };
    expect([(await ask("any.example")).status, (await ask("node.example")).status]).toEqual([403, 200]);
  });

  it("refuses a page's request whatever it is, but not an extension's", async () => {
    await start();
    const page = await ask("localhost", "origin: https://evil.example\r\n");
    expect(page.status).toBe(403);
    expect(page.text).toContain("[rpc] cors");
    expect((await ask("localhost", "origin: null\r\n")).status).toBe(403);
    expect((await ask("localhost", "origin: chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn\r\n")).status).toBe(
      200,
    );
  });

  it("holds for WebSockets", async () => {
    await start();
    const open = (headers: Record<string, string>) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${node.wsUrl}/group/1`, { headers });
        socket.on("error", (error) => resolve(error.message));
        socket.on("open", () => {
          socket.close();
          resolve("open");
        });
      });
    expect(await open({ host: "evil.example" })).toContain("403");
    expect(await open({ origin: "https://evil.example" })).toContain("403");
    expect(await open({})).toBe("open");
  });
});
