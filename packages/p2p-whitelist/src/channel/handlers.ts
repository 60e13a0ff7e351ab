import type { ModuleName, NodeId } from "@fb/types";
import { p2pError } from "../errors.ts";

export type MessageHandler = (from: NodeId, payload: Uint8Array) => void;
export type PeerHandler = (peer: NodeId, up: boolean) => void;

/**
 * The subscriptions of one channel: one handler per module, any number of peer listeners. A handler that throws breaks
 * its contract; the error goes to `onError` and never back into the network.
 */
export interface Handlers {
  onMessage(module: ModuleName, handler: MessageHandler): () => void;
  onPeer(handler: PeerHandler, current: readonly NodeId[]): () => void;
  /** False when nobody listens to the module. */
  message(module: ModuleName, from: NodeId, payload: Uint8Array): boolean;
  peer(peer: NodeId, up: boolean): void;
  clear(): void;
}

export function createHandlers(onError: (error: unknown) => void): Handlers {
  const modules = new Map<ModuleName, MessageHandler>();
  const listeners = new Set<PeerHandler>();
  const guarded = (call: () => void) => {
    try {
      call();
    } catch (error) {
      onError(error);
    }
  };
  return {
    onMessage(module, handler) {
      if (modules.has(module)) throw p2pError("HANDLER_TAKEN", `module ${module} has a handler already`, { module });
      modules.set(module, handler);
      return () => {
        if (modules.get(module) === handler) modules.delete(module);
      };
    },
    onPeer(handler, current) {
      const listener: PeerHandler = (peer, up) => handler(peer, up);
      listeners.add(listener);
      for (const peer of current) guarded(() => handler(peer, true));
      return () => void listeners.delete(listener);
    },
    message(module, from, payload) {
      const handler = modules.get(module);
      if (handler === undefined) return false;
      guarded(() => handler(from, payload));
      return true;
    },
    peer(peer, up) {
      for (const listener of [...listeners]) guarded(() => listener(peer, up));
    },
    clear() {
      modules.clear();
      listeners.clear();
    },
  };
}
