import type { GroupHandle, SubmitOutcome } from "@fb/api";
import type { Client } from "../admission/client.ts";
import type { Shares } from "../admission/shares.ts";

const MAX_BATCH = 1000;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

interface Waiting {
  readonly raw: Uint8Array;
  readonly resolve: (outcome: SubmitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers the transactions that arrive while an earlier batch of the same group is being admitted, so that under load
 * one hop and one signature batch serve many requests, and an idle server adds no delay. What can wait here is the
 * group's share of submissions; what does not fit waits there, client beside client.
 */
export class Submitter {
  readonly #shares: Shares;
  readonly #queues = new WeakMap<GroupHandle, { waiting: Waiting[]; active: boolean }>();

  constructor(shares: Shares) {
    this.#shares = shares;
  }

  /** Rejects with the busy error when too much waits. */
  async submit(group: GroupHandle, raw: Uint8Array, client: Client): Promise<SubmitOutcome> {
    const claimed = this.#shares.of(group).submits.claim(client, 1);
    const lease = claimed instanceof Promise ? await claimed : claimed;
    try {
      return await this.#gather(group, raw);
    } finally {
      lease.release();
    }
  }

  #gather(group: GroupHandle, raw: Uint8Array): Promise<SubmitOutcome> {
    let queue = this.#queues.get(group);
    if (queue === undefined) this.#queues.set(group, (queue = { waiting: [], active: false }));
    const { waiting } = queue;
    return new Promise((resolve, reject) => {
      waiting.push({ raw, resolve, reject });
      if (queue.active) return;
      queue.active = true;
      queueMicrotask(() => void this.#drain(group, queue));
    });
  }

  async #drain(group: GroupHandle, queue: { waiting: Waiting[]; active: boolean }): Promise<void> {
    while (queue.waiting.length > 0) {
      const batch = queue.waiting.splice(0, batchLength(queue.waiting));
      try {
        const outcomes = await group.query.submit(batch.map((one) => one.raw));
        for (let i = 0; i < batch.length; i++) batch[i]!.resolve(outcomes[i]!);
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
    queue.active = false;
  }
}

function batchLength(waiting: readonly Waiting[]): number {
  let bytes = 0;
  let length = 0;
  for (; length < Math.min(waiting.length, MAX_BATCH); length++) {
    bytes += waiting[length]!.raw.length;
    if (bytes > MAX_BATCH_BYTES && length > 0) break;
  }
  return length;
}
