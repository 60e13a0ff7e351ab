import { type Height, invariant, type NodeId } from "@fb/types";

/** Where a batch stands; see the transitions of {@link Batch}. */
export type BatchState<T> =
  | { readonly type: "awaiting" }
  | { readonly type: "downloading"; readonly peer: NodeId; readonly id: number; readonly startedAt: number }
  | { readonly type: "downloaded"; readonly peer: NodeId; readonly blocks: readonly T[]; readonly bytes: number }
  | { readonly type: "importing"; readonly peer: NodeId; readonly blocks: readonly T[]; readonly bytes: number };

/** Consecutive heights `from` to `from + count - 1` on their way into the chain. */
export class Batch<T> {
  from: Height;
  count: number;
  state: BatchState<T> = { type: "awaiting" };
  /** Peers that failed on this batch. */
  readonly avoid = new Set<NodeId>();
  /** Of the last answer that had to be discarded: so much room is waited for. */
  discardedBytes = 0;

  constructor(from: Height, count: number) {
    this.from = from;
    this.count = count;
  }

  get end(): Height {
    return this.from + this.count - 1;
  }

  /** Bytes of its blocks that wait for import or are imported. */
  get heldBytes(): number {
    return this.state.type === "downloaded" || this.state.type === "importing" ? this.state.bytes : 0;
  }

  /** awaiting -> downloading */
  download(peer: NodeId, id: number, now: number): void {
    this.#expect("awaiting");
    this.state = { type: "downloading", peer, id, startedAt: now };
  }

  /** downloading -> downloaded. `blocks` are the first ones of the batch, at least one, and hold `bytes`. */
  received(blocks: readonly T[], bytes: number): void {
    invariant(this.state.type === "downloading" && blocks.length > 0 && blocks.length <= this.count, "wrong blocks");
    this.count = blocks.length;
    this.state = { type: "downloaded", peer: this.state.peer, blocks, bytes };
  }

  /** downloaded -> importing */
  importing(): void {
    invariant(this.state.type === "downloaded", "only a downloaded batch can be imported");
    this.state = { ...this.state, type: "importing" };
  }

  /** any -> awaiting, for another peer than the one that failed */
  retry(): void {
    if (this.state.type !== "awaiting") this.avoid.add(this.state.peer);
    this.state = { type: "awaiting" };
  }

  /** downloading -> awaiting: there was no room for the answer. */
  discard(bytes: number): void {
    this.#expect("downloading");
    this.discardedBytes = bytes;
    this.state = { type: "awaiting" };
  }

  /** Drops heights the chain has by now; the batch must reach above `head`. A request under way is not touched. */
  skipTo(head: Height): void {
    const done = head + 1 - this.from;
    if (done <= 0 || this.state.type === "downloading" || this.state.type === "importing") return;
    if (this.state.type === "downloaded") this.state = { ...this.state, blocks: this.state.blocks.slice(done) };
    this.from += done;
    this.count -= done;
  }

  #expect(type: BatchState<T>["type"]): void {
    invariant(this.state.type === type, "batch in the wrong state", {
      expected: type,
      state: this.state.type,
      from: this.from,
    });
  }
}
