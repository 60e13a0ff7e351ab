import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProxy, type LossyProxy } from "./index.ts";

const query = (text: string): Buffer => {
  const payload = Buffer.concat([Buffer.of(3), Buffer.from(text)]);
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  return Buffer.concat([header, payload]);
};
const ANSWER = "OK";

/** Answers each chunk and keeps what it was sent. */
let server: Server;
let seen: string;
let proxy: LossyProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  seen = "";
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      seen += chunk.toString("latin1");
      socket.write(ANSWER);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await createProxy((server.address() as { port: number }).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  server.close();
});

async function client(): Promise<{ socket: Socket; heard: () => string; closed: Promise<unknown> }> {
  const socket = connect(proxy.port, proxy.host);
  clients.push(socket);
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  await once(socket, "connect");
  return { socket, heard: () => heard, closed };
}

describe("proxy", () => {
  it("passes packets, also in pieces, and counts what is COMMIT", async () => {
    const { socket, heard } = await client();
    const bytes = Buffer.concat([query("SELECT 'COMMIT'"), query("commit;")]);
    for (const byte of bytes) socket.write(Buffer.of(byte));
    await vi.waitFor(() => expect(seen).toBe(bytes.toString("latin1")));
    await vi.waitFor(() => expect(heard()).toContain(ANSWER));
    expect(proxy.commits).toBe(1);
  });

  it("cuts a COMMIT before the server sees it, once it is sent, or when its answer comes", async () => {
    for (const [cut, arrives] of [
      ["before", false],
      ["sent", true],
      ["after", true],
    ] as const) {
      seen = "";
      const { socket, heard, closed } = await client();
      socket.write(query("BEGIN"));
      await vi.waitFor(() => expect(heard()).toBe(ANSWER));
      const done = proxy.cutNextCommit(cut);
      socket.write(query("COMMIT"));
      await Promise.all([done, closed]);
      expect(heard()).toBe(ANSWER);
      if (arrives) await vi.waitFor(() => expect(seen).toContain("COMMIT"));
      else expect(seen).not.toContain("COMMIT");
    }
    const { socket, heard } = await client();
    socket.write(query("COMMIT"));
    await vi.waitFor(() => expect(heard()).toBe(ANSWER));
  });

  it("acts between two packets", async () => {
    const { socket, heard, closed } = await client();
    const giveUp = proxy.afterPackets(2, () => proxy.cut());
    for (const text of ["A", "B"]) {
      const before = heard().length;
      socket.write(query(text));
      await vi.waitFor(() => expect(heard().length).toBe(before + ANSWER.length));
    }
    socket.write(query("C"));
    await closed;
    expect(giveUp()).toBe(true);
    expect(proxy.afterPackets(0, () => proxy.cut())()).toBe(false);
    expect(seen).toBe(Buffer.concat([query("A"), query("B")]).toString("latin1"));
  });

  it("stalls either direction, cuts, and refuses", async () => {
    const { socket, heard, closed } = await client();
    proxy.stall("to-client");
    socket.write(query("A"));
    await vi.waitFor(() => expect(seen).toBe(query("A").toString("latin1")));
    expect(heard()).toBe("");
    proxy.resume();
    await vi.waitFor(() => expect(heard()).toBe(ANSWER));
    proxy.cut();
    await closed;
    proxy.refuse(true);
    await (await client()).closed;
    proxy.refuse(false);
    const again = await client();
    again.socket.write(query("B"));
    await vi.waitFor(() => expect(again.heard()).toBe(ANSWER));
    expect(proxy.connections).toBe(1);
  });
});
