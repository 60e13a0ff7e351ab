import type { Block, NodeId } from "@fb/types";
import type { CoreInput } from "../core/machine.ts";

/** A peer's bytes wait unread: what was handled before them decides whether they are worth it. */
export type InboxItem<M> =
  | CoreInput<M, Block>
  | { readonly type: "bytes"; readonly from: NodeId; readonly payload: Uint8Array };

export interface InboxDeps<M> {
  /** The one consumer; what it puts in is handled in the same run. */
  readonly handle: (item: InboxItem<M>) => void;
  /** `handle` threw. What still waited is gone. */
  readonly failed: (error: unknown) => void;
  /** A run has ended; `length` waited when it began. */
  readonly emptied: (length: number) => void;
}

/** Messages of members that do not decide, handled in one turn of the event loop at most. */
const LATER_PER_TURN = 64;

/**
 * Inputs in the order they came, handled one after another in a microtask. Only one tick waits at a time; what peers
 * put in is bounded by the intake, everything else by what the machine asked for. What members say who do not decide
 * comes after that, a little in each turn, so that however many of them say something, no sealer waits for it.
 */
export class Inbox<M> {
  readonly #deps: InboxDeps<M>;
  #items: InboxItem<M>[] = [];
  #later: InboxItem<M>[] = [];
  #isScheduled = false;
  #isLaterScheduled = false;
  #isTickWaiting = false;

  constructor(deps: InboxDeps<M>) {
    this.#deps = deps;
  }

  put(item: InboxItem<M>): void {
    if (item.type === "tick") {
      if (this.#isTickWaiting) return;
      this.#isTickWaiting = true;
    }
    this.#items.push(item);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#drain());
  }

  /** Of a member that does not decide. */
  putLater(item: InboxItem<M> & { readonly type: "bytes" }): void {
    this.#later.push(item);
    this.#scheduleLater();
  }

  clear(): void {
    this.#items = [];
    this.#later = [];
    this.#isTickWaiting = false;
  }

  #scheduleLater(): void {
    if (this.#isLaterScheduled) return;
    this.#isLaterScheduled = true;
    setImmediate(() => {
      this.#isLaterScheduled = false;
      const some = this.#later.splice(0, LATER_PER_TURN);
      if (this.#later.length > 0) this.#scheduleLater();
      for (const item of some) this.put(item);
    });
  }

  #drain(): void {
    this.#isScheduled = false;
    const { length } = this.#items;
    try {
      for (let i = 0; i < this.#items.length; i++) {
        const item = this.#items[i]!;
        if (item.type === "tick") this.#isTickWaiting = false;
        this.#deps.handle(item);
      }
      this.#items = [];
    } catch (error) {
      this.clear();
      this.#deps.failed(error);
    }
    this.#deps.emptied(length);
  }
}
