import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Clock, Logger } from "@fb/runtime";
import { type Party, partyOf } from "../admission/party.ts";
import type { ThreadTurns } from "../admission/thread-turns.ts";
import type { RpcMetrics } from "../metrics.ts";
import type { RpcLimits } from "../options.ts";

export interface ConnectionsDeps {
  readonly limits: Pick<RpcLimits, "maxConnections" | "slowReaderMs">;
  readonly clock: Clock;
  readonly metrics: RpcMetrics;
  /** Rate-limited: clients cause its lines. */
  readonly log: Logger;
  readonly turns: Pick<ThreadTurns, "noteConnection">;
  /** Others wait for what slow readers hold. */
  readonly isShort: () => boolean;
}

/** Part of all connections that one address may have. */
const ADDRESS_PART = 1 / 2;
const SWEEP_MS = 1000;
/** While others wait, a reader is slow after this part of the time. */
const SHORT_PART = 1 / 5;

/** One connection of a client, HTTP or WebSocket. */
export class Connection {
  readonly socket: Socket;
  readonly party: Party;
  /** Requests being received or answered; a WebSocket counts as one. */
  requests = 0;
  /** Answers the client has not taken yet. */
  unread = 0;
  /** What the socket had written when it last wrote something, and when that was seen (monotonic). */
  written = 0;
  writtenAt = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    this.party = partyOf(socket.remoteAddress);
  }
}

/**
 * Bounds the connections of the server. One too many closes the connection that is idle for longest, or is not taken;
 * a client that does not read its answers is cut.
 */
export class Connections {
  readonly #deps: ConnectionsDeps;
  readonly #all = new Map<Socket, Connection>();
  readonly #perAddress = new Map<string, number>();
  /** The longest idle first. */
  readonly #idle = new Set<Connection>();
  readonly #maxPerAddress: number;
  #stopSweep: (() => void) | null = null;

  constructor(server: Server, deps: ConnectionsDeps) {
    this.#deps = deps;
    this.#maxPerAddress = Math.max(1, Math.floor(deps.limits.maxConnections * ADDRESS_PART));
    server.on("connection", (socket: Socket) => this.#accept(socket));
  }

  start(): void {
    this.#stopSweep ??= this.#deps.clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** Cuts all that are left. */
  close(): void {
    this.#stopSweep?.();
    this.#stopSweep = null;
    for (const { socket } of this.#all.values()) socket.destroy();
  }

  get size(): number {
    return this.#all.size;
  }

  /** The connection a request came over. */
  of(socket: Socket): Connection {
    return this.#all.get(socket) ?? this.#track(socket);
  }

  /** A request has begun; the returned function ends it. */
  begin(connection: Connection): () => void {
    connection.requests++;
    this.#idle.delete(connection);
    return () => {
      if (--connection.requests === 0 && this.#all.has(connection.socket)) this.#idle.add(connection);
    };
  }

  /** An answer is being written; the returned function says that it is, or never will be. */
  sending(connection: Connection): () => void {
    if (++connection.unread === 1) connection.writtenAt = this.#deps.clock.monotonic();
    return () => void connection.unread--;
  }

  /** Cuts a connection and says why. */
  cut(connection: Connection, reason: string): void {
    this.#deps.metrics.cut.inc({ reason });
    this.#deps.log.warn("rpc-client-cut", { address: connection.party.address, reason });
    connection.socket.destroy();
  }

  #accept(socket: Socket): void {
    const connection = this.#track(socket);
    this.#deps.turns.noteConnection(connection.party);
    const own = this.#perAddress.get(connection.party.address)!;
    const isAddressFull = own > this.#maxPerAddress;
    if (!isAddressFull && this.#all.size <= this.#deps.limits.maxConnections) return;
    for (const idle of this.#idle) {
      const isOther = idle !== connection && (!isAddressFull || idle.party.address === connection.party.address);
      if (!isOther) continue;
      this.cut(idle, "connections");
      return;
    }
    this.cut(connection, "connections");
  }

  #track(socket: Socket): Connection {
    const connection = new Connection(socket);
    const { address } = connection.party;
    this.#all.set(socket, connection);
    this.#idle.add(connection);
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    socket.once("close", () => this.#forget(connection));
    return connection;
  }

  #forget(connection: Connection): void {
    const { address } = connection.party;
    this.#all.delete(connection.socket);
    this.#idle.delete(connection);
    const left = this.#perAddress.get(address)! - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }

  #sweep(): void {
    const { clock, limits, isShort } = this.#deps;
    const now = clock.monotonic();
    const patience = isShort() ? limits.slowReaderMs * SHORT_PART : limits.slowReaderMs;
    for (const connection of this.#all.values()) {
      if (connection.unread === 0) continue;
      const written = connection.socket.bytesWritten;
      if (written !== connection.written) {
        connection.written = written;
        connection.writtenAt = now;
      } else if (now - connection.writtenAt >= patience) this.cut(connection, "answer");
    }
  }
}
