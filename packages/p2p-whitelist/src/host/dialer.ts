import type { Clock, Rng } from "@fb/runtime";
import type { NodeId } from "@fb/types";
import { type Backoff, createBackoff } from "../backoff.ts";
import { LIMITS } from "../limits.ts";
import type { PeerAddress } from "../options.ts";

/** How a dial ended. `node` is known once the peer proved its key, also when one side refused. */
export type DialOutcome =
  | { readonly type: "connected"; readonly node: NodeId }
  | { readonly type: "failed"; readonly node: NodeId | null }
  /** The address is our own: never dialed again. */
  | { readonly type: "self" };

export interface DialerDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Never rejects. */
  dial(address: PeerAddress): Promise<DialOutcome>;
  isConnected(node: NodeId): boolean;
}

/** Keeps a connection to every static peer: dials, redials with growing pauses, leaves alone who is connected. */
export interface Dialer {
  start(): void;
  /** Replaces the addresses; those kept keep their pauses. */
  setAddresses(addresses: readonly PeerAddress[]): void;
  /** Whether the node was found at one of the addresses. */
  keeps(node: NodeId): boolean;
  /** A connection to a node ended: its address is dialed again soon. */
  lost(node: NodeId): void;
  close(): void;
}

interface Target {
  readonly address: PeerAddress;
  readonly pauses: Backoff;
  node: NodeId | null;
  isSelf: boolean;
  isDialing: boolean;
  connectedAtMs: number;
  cancel: (() => void) | null;
}

export function createDialer(addresses: readonly PeerAddress[], deps: DialerDeps): Dialer {
  const { clock, rng } = deps;
  const targets = new Map<string, Target>();
  let isRunning = false;

  const keyOf = (address: PeerAddress) => `${address.host} ${address.port}`;
  const isCurrent = (target: Target) => isRunning && targets.get(keyOf(target.address)) === target;

  const later = (target: Target, ms: number) => {
    target.cancel?.();
    target.cancel = clock.after(ms, () => {
      target.cancel = null;
      void attempt(target);
    });
  };
  const attempt = async (target: Target) => {
    if (!isCurrent(target) || target.isSelf || target.isDialing) return;
    // Whoever is connected is watched through `lost`.
    if (target.node !== null && deps.isConnected(target.node)) return;
    target.isDialing = true;
    const outcome = await deps.dial(target.address);
    target.isDialing = false;
    if (!isCurrent(target)) return;
    if (outcome.type === "self") {
      target.isSelf = true;
      return;
    }
    // Another node may have taken over the address.
    if (outcome.node !== null) target.node = outcome.node;
    if (target.node !== null && deps.isConnected(target.node)) {
      target.connectedAtMs = clock.monotonic();
      return;
    }
    later(target, target.pauses.next());
  };

  const setAddresses = (next: readonly PeerAddress[]) => {
    const wanted = new Map(next.map((address) => [keyOf(address), address]));
    for (const [key, target] of targets) {
      if (wanted.has(key)) continue;
      target.cancel?.();
      targets.delete(key);
    }
    for (const [key, address] of wanted) {
      if (targets.has(key)) continue;
      const pauses = createBackoff(LIMITS.dialRetryBaseMs, LIMITS.dialRetryMaxMs, rng);
      const target: Target = {
        address,
        pauses,
        node: null,
        isSelf: false,
        isDialing: false,
        connectedAtMs: 0,
        cancel: null,
      };
      targets.set(key, target);
      if (isRunning) void attempt(target);
    }
  };
  setAddresses(addresses);

  return {
    start() {
      if (isRunning) return;
      isRunning = true;
      for (const target of targets.values()) void attempt(target);
    },
    setAddresses,
    keeps(node) {
      for (const target of targets.values()) if (target.node === node) return true;
      return false;
    },
    lost(node) {
      if (!isRunning) return;
      for (const target of targets.values()) {
        if (target.node !== node || target.cancel !== null) continue;
        if (clock.monotonic() - target.connectedAtMs > LIMITS.steadyMs) target.pauses.reset();
        later(target, target.pauses.next());
      }
    },
    close() {
      isRunning = false;
      for (const target of targets.values()) target.cancel?.();
    },
  };
}
