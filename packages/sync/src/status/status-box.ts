import type { NodeId } from "@fb/types";

/** The newest status of each member, unread until the next turn of the event loop: older ones of the turn cost nothing. */
export class StatusBox {
  readonly #read: (from: NodeId, payload: Uint8Array) => void;
  readonly #newest = new Map<NodeId, Uint8Array>();

  constructor(read: (from: NodeId, payload: Uint8Array) => void) {
    this.#read = read;
  }

  /** False when an older one was waiting, which is gone now. */
  put(from: NodeId, payload: Uint8Array): boolean {
    if (this.#newest.size === 0) setImmediate(() => this.#empty());
    const isFirst = !this.#newest.has(from);
    this.#newest.set(from, payload);
    return isFirst;
  }

  clear(): void {
    this.#newest.clear();
  }

  #empty(): void {
    const newest = [...this.#newest];
    this.#newest.clear();
    for (const [from, payload] of newest) this.#read(from, payload);
  }
}
