import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { Client } from "../admission/client.ts";
import { SocketChannel, type SocketDeps } from "./socket-channel.ts";

/** JSON-RPC over WebSocket on the same paths as over HTTP. */
export class SocketServer {
  readonly #server: WebSocketServer;
  readonly #deps: SocketDeps;
  readonly #alive = new WeakSet<WebSocket>();
  #stopPings: (() => void) | null = null;

  constructor(deps: SocketDeps) {
    this.#deps = deps;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: deps.limits.maxBodyBytes,
      perMessageDeflate: false,
      clientTracking: true,
    });
  }

  start(): void {
    this.#stopPings ??= this.#deps.clock.every(this.#deps.limits.socketPingMs, () => this.#ping());
  }

  close(): void {
    this.#stopPings?.();
    this.#stopPings = null;
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }

  get size(): number {
    return this.#server.clients.size;
  }

  /** Takes over an HTTP upgrade, or refuses it with a plain HTTP answer. */
  upgrade(request: IncomingMessage, stream: Socket, head: Buffer): void {
    const refusal = this.#refusal(request);
    if (refusal === null) {
      const open = (socket: WebSocket) => this.#open(socket, stream, request.url ?? "/");
      this.#server.handleUpgrade(request, stream, head, open);
    } else {
      this.#deps.metrics.rejected.inc({ reason: "upgrade" });
      stream.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    }
  }

  /** A status line; the same for every path that is not an endpoint, whatever the reason. */
  #refusal(request: IncomingMessage): string | null {
    const { whoMayAsk, limits, connections } = this.#deps;
    if (whoMayAsk.refusal(request) !== null) return "403 Forbidden";
    const endpoint = this.#deps.resolve(request.url ?? "/", new Client(connections.of(request.socket).party, null));
    if (endpoint === null || endpoint === "unknown-group") return "404 Not Found";
    return this.#server.clients.size >= limits.maxSockets ? "503 Service Unavailable" : null;
  }

  #open(socket: WebSocket, stream: Socket, url: string): void {
    const { connections, bodies, metrics, subscriptions, log } = this.#deps;
    const connection = connections.of(stream);
    const end = connections.begin(connection);
    const intake = bodies.intake(connection.party, (why) => connections.cut(connection, why.message));
    const channel = new SocketChannel(socket, connection, url, this.#deps);
    // Before they are a message.
    stream.prependListener("data", (chunk: Uint8Array) => intake.add(chunk.length));
    for (const event of ["ping", "pong"]) socket.on(event, () => intake.complete()());
    socket.on("message", (message) => {
      channel.receive(toBytes(message), intake.complete());
    });
    socket.on("pong", () => void this.#alive.add(socket));
    socket.on("error", (error) => log.debug("socket-error", { message: error.message }));
    socket.on("close", () => {
      end();
      intake.complete()();
      channel.client.leave();
      subscriptions.drop(channel);
      metrics.sockets.set(this.#server.clients.size);
    });
    this.#alive.add(socket);
    metrics.sockets.set(this.#server.clients.size);
  }

  #ping(): void {
    for (const socket of this.#server.clients) {
      if (this.#alive.delete(socket)) socket.ping();
      else socket.terminate();
    }
  }
}

function toBytes(message: RawData): Uint8Array {
  if (Array.isArray(message)) return Buffer.concat(message);
  return message instanceof ArrayBuffer ? new Uint8Array(message) : message;
}
