import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A WebSocket by hand, so that it can leave unread what it is sent. */
export interface RawWebSocket {
  readonly socket: Socket;
  send(text: string): void;
}

/** Connects to a listener; what ends the connection later is no error. */
export async function rawSocket(url: string, from: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  await once(socket, "connect");
  socket.on("error", () => {});
  return socket;
}

export async function rawWebSocket(url: string, from: string, signal: AbortSignal): Promise<RawWebSocket> {
  const socket = await rawSocket(url, from);
  const { host, pathname } = new URL(url);
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  await once(socket, "data", { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) });
  // Whatever comes from now on stays in the buffers of the kernel, and then in the node's.
  socket.pause();
  return { socket, send: (text) => socket.write(textFrame(text)) };
}

/** A masked text frame; a mask of zeros leaves the bytes as they are. */
function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(body.length < 126 ? 6 : 8);
  head[0] = 0x81;
  if (body.length < 126) head[1] = 0x80 | body.length;
  else {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(body.length, 2);
  }
  return Buffer.concat([head, body]);
}
