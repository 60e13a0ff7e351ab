import { type Clock, createCostBudgets, createQuotaLogger, type Logger, type MetricsRegister } from "@fb/runtime";
import type { MessageStream, MultiaddrConnection, StreamMessageEvent } from "@libp2p/interface";
import { p2pError } from "../errors.ts";
import { HANDSHAKES } from "../limits.ts";
import type { P2pMetrics } from "../metrics.ts";
import { createHandshakeSlots } from "./handshake-slots.ts";
import { createTarpit } from "./tarpit.ts";

/** Why a connection that came in was dropped before it was admitted. */
export type HandshakeFault =
  /** A newer one needed its slot. */
  | "slots"
  /** Its source made this node do too many handshakes that led to nothing. */
  | "budget"
  /** More bytes than this step of a handshake takes. */
  | "bytes"
  /** The key was not proved in time. */
  | "late";

/**
 * Connections that others opened, from the first byte until the guard of their frames takes over (SPEC 3.9). Whoever
 * has proved nothing is bounded in number, bytes, time and in the work it causes.
 */
export interface Handshakes {
  /** A connection came in. False = close it. */
  enter(raw: MultiaddrConnection): Promise<boolean>;
  /** Both agreed on the encryption; the proof of the key and the hello follow. */
  begun(raw: MessageStream): void;
  /** The peer proved a key. */
  proved(raw: MessageStream): void;
  /** The peer was admitted; `secured` carries the connection from now on. */
  admitted(raw: MessageStream, secured: MessageStream): void;
  /** Its frames are guarded from now on. */
  guarded(secured: MessageStream): void;
  /** The connection is open: what its handshake cost was useful. */
  opened(secured: MessageStream, isWelcome: boolean): void;
  close(): void;
}

export interface HandshakesDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly register: MetricsRegister;
  readonly metrics: P2pMetrics;
  /** Whether a configured peer has this IP address. */
  isConfigured(host: string): boolean;
}

interface Handshake {
  readonly source: string;
  readonly isKnown: boolean;
  /** Bytes that may still come in this step; null = no bound here any more. */
  room: number | null;
  /** Microseconds charged. */
  cost: number;
  cancelDeadline(): void;
  giveBack(): void;
}

export function createHandshakes(deps: HandshakesDeps): Handshakes {
  const { clock } = deps;
  const log = createQuotaLogger(
    deps.log,
    { ...HANDSHAKES.lines, source: ({ source }) => String(source) },
    { clock, metrics: deps.register },
  );
  const slots = createHandshakeSlots(HANDSHAKES);
  const tarpit = createTarpit(HANDSHAKES.tarpit, clock);
  const budgets = {
    stranger: createCostBudgets<string>({ ...HANDSHAKES.stranger, maxParties: HANDSHAKES.maxSources }, clock),
    strangers: createCostBudgets<"all">({ ...HANDSHAKES.strangers, maxParties: 1 }, clock),
    known: createCostBudgets<string>({ ...HANDSHAKES.known, maxParties: HANDSHAKES.maxSources }, clock),
  };
  const all = new WeakMap<MessageStream, Handshake>();
  /** Where members and configured peers came from, in the order of their coming. */
  const welcome = new Set<string>();

  /** Charges for a piece of the handshake, of which the peer may have used up its share. */
  const charge = (handshake: Handshake, micros: number): boolean => {
    handshake.cost += micros;
    if (handshake.isKnown) return budgets.known.charge(handshake.source, micros);
    return budgets.stranger.charge(handshake.source, micros) && budgets.strangers.charge("all", micros);
  };
  const refund = ({ source, isKnown, cost }: Handshake) => {
    if (isKnown) return budgets.known.refund(source, cost);
    budgets.stranger.refund(source, cost);
    budgets.strangers.refund("all", cost);
  };
  const note = (source: string, cause: HandshakeFault) => {
    deps.metrics.handshakesDropped.inc({ cause });
    log.warn("handshake-dropped", { source, cause });
  };
  const drop = (raw: MessageStream, source: string, cause: HandshakeFault) => {
    note(source, cause);
    raw.abort(p2pError("HANDSHAKE_DROPPED", `the handshake was dropped: ${cause}`, { source, cause }));
  };
  /** Sees what arrives before anybody else. */
  const watch = (raw: MessageStream, handshake: Handshake) => {
    const { source } = handshake;
    let isBegun = false;
    const onMessage = (event: StreamMessageEvent) => {
      if (handshake.room === null) return raw.removeEventListener("message", onMessage);
      const isPaid = isBegun || charge(handshake, HANDSHAKES.prices.handshake);
      isBegun = true;
      handshake.room -= event.data.byteLength;
      if (isPaid && handshake.room >= 0) return;
      event.stopImmediatePropagation();
      drop(raw, source, isPaid ? "bytes" : "budget");
    };
    raw.addEventListener("message", onMessage);
    raw.addEventListener("close", () => {
      handshake.giveBack();
      handshake.cancelDeadline();
    });
  };

  return {
    async enter(raw) {
      const host = hostOf(raw);
      const source = sourceOf(host);
      const handshake: Handshake = {
        source,
        isKnown: welcome.has(source) || deps.isConfigured(host),
        room: HANDSHAKES.bytes.selection,
        cost: 0,
        cancelDeadline() {},
        giveBack() {},
      };
      if (!charge(handshake, HANDSHAKES.prices.connection)) {
        note(source, "budget");
        await tarpit.hold(raw);
        return false;
      }
      handshake.giveBack = slots.enter(source, handshake.isKnown, () => drop(raw, source, "slots"));
      handshake.cancelDeadline = clock.after(HANDSHAKES.proofMs, () => drop(raw, source, "late"));
      all.set(raw, handshake);
      watch(raw, handshake);
      return true;
    },
    begun(raw) {
      const handshake = all.get(raw);
      if (handshake !== undefined) handshake.room = HANDSHAKES.bytes.admission;
    },
    proved: (raw) => all.get(raw)?.cancelDeadline(),
    admitted(raw, secured) {
      const handshake = all.get(raw);
      if (handshake === undefined) return;
      handshake.giveBack();
      handshake.room = HANDSHAKES.bytes.selection;
      all.set(secured, handshake);
      if (secured.readBufferLength > HANDSHAKES.bytes.selection) drop(raw, handshake.source, "bytes");
    },
    guarded(secured) {
      const handshake = all.get(secured);
      if (handshake !== undefined) handshake.room = null;
    },
    opened(secured, isWelcome) {
      const handshake = all.get(secured);
      if (handshake === undefined) return;
      refund(handshake);
      if (!isWelcome) return;
      const { source } = handshake;
      welcome.delete(source);
      welcome.add(source);
      if (welcome.size > HANDSHAKES.maxSources) welcome.delete(welcome.keys().next().value!);
    },
    close() {
      tarpit.close();
      log.close();
    },
  };
}

function hostOf(raw: MultiaddrConnection): string {
  return raw.remoteAddr.toString().split("/")[2] ?? "";
}

/** Whoever has an IPv6 address has the 2^64 addresses around it. */
function sourceOf(host: string): string {
  if (!host.includes(":")) return host;
  const [head = "", tail = ""] = host.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === "" ? [] : tail.split(":");
  const zeros = host.includes("::") ? Array.from({ length: 8 - front.length - back.length }, () => "0") : [];
  return `${[...front, ...zeros, ...back].slice(0, 4).join(":")}::/64`;
}
