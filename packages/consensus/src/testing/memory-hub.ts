import type { GroupChannel, ModuleName, NodeId } from "@fb/types";

type Handler = (from: NodeId, payload: Uint8Array) => void;

interface Port {
  readonly handlers: Map<ModuleName, Handler>;
  readonly peerHandlers: Set<(peer: NodeId, up: boolean) => void>;
  open: boolean;
}

export interface Fault {
  readonly by: NodeId;
  readonly peer: NodeId;
  readonly code: string;
}

/** Channels of one group that share this process; messages arrive in order, some microtasks later. */
export class MemoryHub {
  readonly faults: Fault[] = [];
  /** Messages handed over, by sender. */
  readonly sent = new Map<NodeId, number>();
  readonly #ports = new Map<NodeId, Port>();
  readonly #cut = new Set<string>();

  /** Cuts or restores the link between two nodes. */
  setLink(a: NodeId, b: NodeId, up: boolean): void {
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const) {
      if (up) this.#cut.delete(`${x} ${y}`);
      else this.#cut.add(`${x} ${y}`);
      if (this.#ports.get(x)?.open && this.#ports.get(y)?.open) {
        for (const handler of this.#ports.get(x)!.peerHandlers) handler(y, up);
      }
    }
  }

  /** Opens a node's channel, as after a start; replaces an earlier one of this node. */
  open(self: NodeId, maxPayloadBytes = 16 * 1024 * 1024): GroupChannel {
    const port: Port = { handlers: new Map(), peerHandlers: new Set(), open: true };
    this.#ports.set(self, port);
    this.#announce(self, true);
    return {
      self,
      maxPayloadBytes,
      peers: () => this.#peers(self),
      send: (peer, module, payload) => this.#send(self, port, peer, module, payload),
      broadcast: (module, payload) =>
        this.#peers(self).filter((peer) => this.#send(self, port, peer, module, payload) === "queued").length,
      onMessage: (module, handler) => {
        port.handlers.set(module, handler);
        return () => void port.handlers.delete(module);
      },
      onPeer: (handler) => {
        port.peerHandlers.add(handler);
        for (const peer of this.#peers(self)) handler(peer, true);
        return () => void port.peerHandlers.delete(handler);
      },
      report: (peer, _action, code) => void this.faults.push({ by: self, peer, code }),
      setMembers() {},
      close: async () => {
        if (!port.open) return;
        port.open = false;
        if (this.#ports.get(self) === port) this.#announce(self, false);
      },
    };
  }

  #linked(a: NodeId, b: NodeId): boolean {
    return a !== b && this.#ports.get(b)?.open === true && !this.#cut.has(`${a} ${b}`);
  }

  #peers(self: NodeId): NodeId[] {
    return [...this.#ports.keys()].filter((peer) => this.#linked(self, peer)).sort();
  }

  #announce(self: NodeId, up: boolean): void {
    for (const [peer, port] of this.#ports) {
      if (peer === self || !port.open || this.#cut.has(`${self} ${peer}`)) continue;
      for (const handler of port.peerHandlers) handler(self, up);
    }
  }

  #send(from: NodeId, port: Port, to: NodeId, module: ModuleName, payload: Uint8Array): "queued" | "dropped" {
    if (!port.open || !this.#linked(from, to)) return "dropped";
    const target = this.#ports.get(to)!;
    this.sent.set(from, (this.sent.get(from) ?? 0) + 1);
    queueMicrotask(() => {
      if (target.open && this.#linked(from, to)) target.handlers.get(module)?.(from, payload);
    });
    return "queued";
  }
}
