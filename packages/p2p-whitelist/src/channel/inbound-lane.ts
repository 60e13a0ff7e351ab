import type { Clock } from "@fb/runtime";
import type { ModuleName } from "@fb/types";
import type { Stream } from "@libp2p/interface";
import { LIMITS, NETWORK_PRICES } from "../limits.ts";
import type { P2pMetrics } from "../metrics.ts";
import type { MessageBudgets } from "../peers/peer-budgets.ts";
import type { PeerConnection } from "../peers/peer-connection.ts";
import { createMessageDecoder } from "./message-decoder.ts";

/** A stream that the peer opened and we accepted, from its bytes to messages. */
export interface InboundLane {
  readonly stream: Stream;
  /** Begins to read: the link is up. */
  resume(): void;
}

export interface InboundLaneDeps {
  readonly clock: Clock;
  readonly metrics: P2pMetrics;
  readonly maxPayloadBytes: number;
  readonly budgets: MessageBudgets;
  onMessage(payload: Uint8Array): void;
}

/**
 * Decodes in pieces: after each it waits for its turn of the thread, and for the budget of the peer if that is used up.
 * While it waits the stream is not read, so its window closes and the sender waits as well.
 */
export function createInboundLane(
  group: number,
  stream: Stream,
  module: ModuleName,
  connection: PeerConnection,
  deps: InboundLaneDeps,
): InboundLane {
  const { clock, metrics, budgets } = deps;
  const peer = connection.nodeId;
  const decoder = createMessageDecoder(deps.maxPayloadBytes);
  const labels = { group: String(group), module };
  const party = {};
  let isResumed = false;
  let isWaiting = false;
  let isEnded = false;
  let arrivedBytes = 0;
  let cancelWait = () => {};
  stream.pause();

  const work = () => {
    isWaiting = false;
    while (!isEnded) {
      const spent = decodePiece();
      if (isEnded) return;
      if (!decoder.isSound) return connection.abort("oversize");
      connection.charge(spent);
      const waitMs = budgets.charge(peer, module, spent);
      const turn = budgets.turn(party, module, spent);
      if (waitMs > 0) {
        metrics.throttled.inc({ what: module });
        return waitFor((go) => (cancelWait = clock.after(waitMs, go)));
      }
      if (turn !== null) return waitFor((go) => void turn.then(go));
      if (decoder.waitingBytes === 0) return setReading(true);
    }
  };

  /** Decodes messages worth one piece of work; returns what it cost. */
  const decodePiece = (): number => {
    let spent = arrivedBytes / 1024;
    let messages = 0;
    arrivedBytes = 0;
    while (spent < LIMITS.pieceMicros && !isEnded) {
      const payload = decoder.next();
      if (payload === null) break;
      messages++;
      spent += NETWORK_PRICES.message;
      deps.onMessage(payload);
    }
    if (messages > 0) metrics.receivedMessages.inc(labels, messages);
    return spent;
  };

  const waitFor = (start: (go: () => void) => void) => {
    isWaiting = true;
    // Never inside the delivery of data: a stream that is resuming would open its window again after this pause.
    queueMicrotask(() => {
      if (isWaiting) setReading(false);
    });
    start(work);
  };
  const setReading = (on: boolean) => {
    if (isEnded || stream.readStatus !== (on ? "paused" : "readable")) return;
    try {
      if (on) stream.resume();
      else stream.pause();
    } catch {
      // Room for more cannot be announced any more: the connection is closing.
    }
  };

  const take = (bytes: Uint8Array) => {
    decoder.push(bytes);
    arrivedBytes += bytes.length;
    metrics.receivedBytes.inc(labels, bytes.length);
  };

  stream.addEventListener("close", () => {
    isEnded = true;
    cancelWait();
  });

  return {
    stream,
    resume() {
      if (isResumed || stream.readStatus !== "paused") return;
      isResumed = true;
      stream.addEventListener("message", (event) => {
        connection.heard();
        if (event.data instanceof Uint8Array) take(event.data);
        else for (const part of event.data) take(part);
        if (!isWaiting) work();
      });
      setReading(true);
    },
  };
}
