import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock, Logger } from "@fb/runtime";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { Client } from "./client.ts";
import type { Dispatcher, Endpoint } from "./dispatcher.ts";
import { allowsOrigin } from "./http.ts";
import type { RpcMetrics } from "./metrics.ts";
import type { RpcLimits } from "./options.ts";
import type { Subscriber, SubscriptionHub } from "./subscriptions.ts";

const TOO_SLOW = 1013;

export interface SocketDeps {
  readonly dispatcher: Dispatcher;
  readonly subscriptions: SubscriptionHub;
  readonly limits: RpcLimits;
  readonly metrics: RpcMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly corsOrigins: readonly string[];
  resolve(url: string, client: Client): Endpoint | null;
}

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
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const refusal = this.#refusal(request);
    if (refusal === null) {
      this.#server.handleUpgrade(request, stream, head, (socket) => this.#open(socket, request.url ?? "/"));
    } else {
      this.#deps.metrics.rejected.inc({ reason: "upgrade" });
      stream.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    }
  }

  /** A status line; the same for every path that is not an endpoint, whatever the reason. */
  #refusal(request: IncomingMessage): string | null {
    const { corsOrigins, limits } = this.#deps;
    const { origin } = request.headers;
    if (origin !== undefined && !allowsOrigin(corsOrigins, origin)) return "403 Forbidden";
    const endpoint = this.#deps.resolve(request.url ?? "/", new Client(null));
    if (endpoint === null || endpoint === "unknown-group") return "404 Not Found";
    return this.#server.clients.size >= limits.maxSockets ? "503 Service Unavailable" : null;
  }

  #open(socket: WebSocket, url: string): void {
    const { dispatcher, limits, metrics, subscriptions, log } = this.#deps;
    const subscriber: Subscriber = {
      notify: (text) => {
        if (socket.bufferedAmount <= limits.maxResponseBytes) socket.send(text);
        else subscriber.close(TOO_SLOW, "notifications are not read fast enough");
      },
      close: (code, reason) => {
        subscriptions.drop(subscriber);
        socket.close(code, reason);
      },
    };
    const client = new Client(subscriber);
    let inFlight = 0;
    const answer = async (body: Uint8Array) => {
      // Resolved per message: a group may stop and start while its sockets stay open.
      const endpoint = this.#deps.resolve(url, client) ?? "unknown-group";
      const text = await dispatcher.handle(body, endpoint);
      if (text !== null && socket.readyState === socket.OPEN) {
        await new Promise<void>((sent) => socket.send(text, () => sent()));
      }
    };
    socket.on("message", (message) => {
      if (++inFlight >= limits.maxInFlightPerSocket) socket.pause();
      void answer(toBytes(message)).finally(() => {
        if (--inFlight < limits.maxInFlightPerSocket && socket.isPaused) socket.resume();
      });
    });
    socket.on("pong", () => void this.#alive.add(socket));
    socket.on("error", (error) => log.debug("socket-error", { message: error.message }));
    socket.on("close", () => {
      client.leave();
      subscriptions.drop(subscriber);
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
