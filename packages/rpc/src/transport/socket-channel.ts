import type { Clock, Logger } from "@fb/runtime";
import type { WebSocket } from "ws";
import { Client, type Subscriber } from "../admission/client.ts";
import type { Shares } from "../admission/shares.ts";
import type { WhoMayAsk } from "../admission/who-may-ask.ts";
import { AnswerRoom } from "../answers/answer-room.ts";
import type { Dispatcher, Endpoint } from "../dispatch/dispatcher.ts";
import type { RpcMetrics } from "../metrics.ts";
import type { RpcLimits } from "../options.ts";
import type { SubscriptionHub } from "../subscriptions/subscriptions.ts";
import type { Bodies } from "./bodies.ts";
import type { Connection, Connections } from "./connections.ts";
import { Outbox } from "./outbox.ts";

export interface SocketDeps {
  readonly dispatcher: Dispatcher;
  readonly subscriptions: SubscriptionHub;
  readonly limits: RpcLimits;
  readonly metrics: RpcMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly whoMayAsk: WhoMayAsk;
  readonly connections: Connections;
  readonly bodies: Bodies;
  readonly shares: Shares;
  resolve(url: string, client: Client): Endpoint | null;
}

const TOO_SLOW = 1013;
/** Its requests are read no further above this part of what a socket may leave unread. */
const PAUSE_PART = 1 / 8;

/** One WebSocket: requests in, answers and notifications out, as fast as the client takes them. */
export class SocketChannel implements Subscriber {
  readonly client: Client;
  readonly #socket: WebSocket;
  readonly #connection: Connection;
  readonly #url: string;
  readonly #deps: SocketDeps;
  readonly #outbox: Outbox;
  #inFlight = 0;

  constructor(socket: WebSocket, connection: Connection, url: string, deps: SocketDeps) {
    this.#socket = socket;
    this.#connection = connection;
    this.#url = url;
    this.#deps = deps;
    this.client = new Client(connection.party, this);
    this.#outbox = new Outbox(socket, () => this.#paceReading());
  }

  get party() {
    return this.#connection.party;
  }

  /** @param answered called when nothing more is done with the body */
  receive(body: Uint8Array, answered: () => void): void {
    this.#inFlight++;
    this.#paceReading();
    void this.#answer(body).finally(() => {
      this.#inFlight--;
      answered();
      this.#paceReading();
    });
  }

  /** Who has left nothing unread is not the one to suffer when the budget of all answers is used up. */
  notify(text: string): void {
    const { shares, limits } = this.#deps;
    const { answers } = shares;
    const { unsent } = this.#outbox;
    const fits = unsent + text.length <= limits.maxUnsentBytes;
    const lease =
      unsent === 0 ? answers.take(this.party, text.length) : fits ? answers.tryClaim(this.party, text.length) : null;
    if (lease !== null) return void this.#send(text, () => lease.release());
    this.#deps.metrics.cut.inc({ reason: "unread" });
    this.#deps.log.warn("rpc-client-cut", { address: this.party.address, reason: "unread" });
    this.close(TOO_SLOW, "notifications are not read fast enough");
  }

  close(code: number, reason: string): void {
    this.#deps.subscriptions.drop(this);
    this.#socket.close(code, reason);
  }

  async #answer(body: Uint8Array): Promise<void> {
    const { dispatcher, shares, limits, resolve } = this.#deps;
    const room = new AnswerRoom(shares.answers, this.client, limits.maxResponseBytes);
    try {
      // Resolved per message: a group may stop and start while its sockets stay open.
      const endpoint = resolve(this.#url, this.client) ?? "unknown-group";
      const text = await dispatcher.handle(body, endpoint, room);
      if (text !== null) await new Promise<void>((sent) => this.#send(text, sent));
    } finally {
      room.release();
    }
  }

  #send(text: Parameters<Outbox["send"]>[0], done: () => void): void {
    const sent = this.#deps.connections.sending(this.#connection);
    this.#outbox.send(text, () => {
      sent();
      done();
    });
  }

  #paceReading(): void {
    const { maxInFlightPerSocket, maxUnsentBytes } = this.#deps.limits;
    const isBusy = this.#inFlight >= maxInFlightPerSocket || this.#outbox.unsent > maxUnsentBytes * PAUSE_PART;
    if (isBusy && !this.#socket.isPaused) this.#socket.pause();
    else if (!isBusy && this.#socket.isPaused) this.#socket.resume();
  }
}
