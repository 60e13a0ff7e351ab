import type { Clock } from "@fb/runtime";
import type { GroupId, Hash } from "@fb/types";
import type { Client } from "./client.ts";
import type { RpcMetrics } from "./metrics.ts";
import type { GroupEvent, GroupHandle, TransactionFate } from "./ports.ts";

/** The time over which submissions are counted. */
const RECENT_MS = 1000;
/**
 * ethers keeps what it read for 250 ms. It reads the block number beside the submission and the sender's nonce just
 * before it, so an earlier answer would meet a block number below the receipt's, and a second transaction the nonce of
 * the first.
 */
const CLIENT_CACHE_MS = 260;

export interface SubmitWaitOptions {
  /** How long an answer is held at most, in milliseconds; 0 = never. */
  readonly waitMs: number;
  /** Accepted submissions of a group in about the last second above which it is busy and holds no answer. */
  readonly busySubmits: number;
}

interface Waiter {
  readonly hash: Hash;
  /** Monotonic time. */
  readonly until: number;
  /** Its receipt is there. */
  readonly durable: () => void;
  readonly settle: (fate: TransactionFate) => void;
}

/**
 * Holds the answer to an accepted submission until the transaction is durable and what the client read before is out of
 * its cache, so that a client that asks for the receipt next finds it, also when no further block follows. Only while the group is not busy: under load clients watch
 * blocks, and what is held would cost them throughput. The rate that makes a group busy bounds what can wait here.
 */
export class SubmitWaits {
  readonly #options: SubmitWaitOptions;
  readonly #clock: Clock;
  readonly #metrics: RpcMetrics;
  readonly #onError: (error: unknown) => void;
  readonly #groups = new Map<GroupId, GroupWaits>();

  constructor(options: SubmitWaitOptions, clock: Clock, metrics: RpcMetrics, onError: (error: unknown) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#onError = onError;
  }

  /** What is known of an accepted transaction when its client should be answered. Never rejects. */
  async wait(group: GroupHandle, hash: Hash, client: Client): Promise<TransactionFate> {
    const fate = await this.#fate(group, hash, client);
    this.#metrics.submits.inc({ fate });
    return fate;
  }

  async #fate(group: GroupHandle, hash: Hash, client: Client): Promise<TransactionFate> {
    if (this.#options.waitMs === 0) return "waiting";
    const { groupId } = group.info;
    let waits = this.#groups.get(groupId);
    if (waits === undefined) {
      waits = new GroupWaits(group, this.#clock, this.#onError);
      this.#groups.set(groupId, waits);
    }
    if (waits.countSubmit() > this.#options.busySubmits) return "waiting";
    return waits.wait(hash, this.#options.waitMs, client);
  }

  onEvent(event: GroupEvent): void {
    const waits = this.#groups.get(event.groupId);
    if (waits === undefined) return;
    if (event.type === "head") waits.look();
    else if (event.type === "stopped") {
      this.#groups.delete(event.groupId);
      waits.giveUp();
    }
  }

  close(): void {
    for (const waits of this.#groups.values()) waits.giveUp();
    this.#groups.clear();
  }
}

/** The held answers of one group: all of them are looked at in one call, once for each head. */
class GroupWaits {
  readonly #group: GroupHandle;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** In order of their time. */
  readonly #waiting = new Set<Waiter>();
  /** Durable, and held for the client's cache. */
  readonly #held = new Set<Waiter>();
  #stopTimer: (() => void) | null = null;
  #looking = false;
  #lookAgain = false;
  #recent = 0;
  #countedAt = 0;

  constructor(group: GroupHandle, clock: Clock, onError: (error: unknown) => void) {
    this.#group = group;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Counts one more; returns how many there were lately, older ones weighing less. */
  countSubmit(): number {
    const now = this.#clock.monotonic();
    this.#recent = this.#recent * Math.exp((this.#countedAt - now) / RECENT_MS) + 1;
    this.#countedAt = now;
    return this.#recent;
  }

  wait(hash: Hash, waitMs: number, client: Client): Promise<TransactionFate> {
    return new Promise((resolve) => {
      const now = this.#clock.monotonic();
      const waiter: Waiter = {
        hash,
        until: now + waitMs,
        durable: () => {
          this.#waiting.delete(waiter);
          this.#held.add(waiter);
          this.#clock.after(Math.max(0, earliest - this.#clock.monotonic()), () => waiter.settle("durable"));
        },
        settle: (fate) => {
          this.#waiting.delete(waiter);
          this.#held.delete(waiter);
          stopListening();
          resolve(fate);
        },
      };
      const earliest = now + Math.min(CLIENT_CACHE_MS, waitMs);
      this.#waiting.add(waiter);
      const stopListening = client.onLeave(() => waiter.settle("waiting"));
      this.#setTimer();
      // Its block may have been announced before the submission was answered, and it may have replaced another one.
      this.look();
    });
  }

  /** Answers whatever is decided. One call at a time; what comes meanwhile is looked at after it. */
  look(): void {
    this.#lookAgain = true;
    if (!this.#looking) void this.#lookWhileNeeded();
  }

  giveUp(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    for (const waiter of this.#waiting) waiter.settle("waiting");
    for (const waiter of this.#held) waiter.settle("durable");
  }

  async #lookWhileNeeded(): Promise<void> {
    this.#looking = true;
    while (this.#lookAgain && this.#waiting.size > 0) {
      this.#lookAgain = false;
      await this.#lookOnce();
    }
    this.#lookAgain = false;
    this.#looking = false;
  }

  async #lookOnce(): Promise<void> {
    const asked = [...this.#waiting];
    try {
      const fates = await this.#group.query.fates(asked.map(({ hash }) => hash));
      for (const [i, waiter] of asked.entries()) {
        if (fates[i] === "durable") waiter.durable();
        else if (fates[i] === "dropped") waiter.settle("dropped");
      }
    } catch (error) {
      // Accepted they are; more cannot be known now.
      for (const waiter of asked) waiter.settle("waiting");
      this.#onError(error);
    }
  }

  /** One timer for all: for the one that has waited longest, and after it for the next. */
  #setTimer(): void {
    const [oldest] = this.#waiting;
    if (this.#stopTimer !== null || oldest === undefined) return;
    this.#stopTimer = this.#clock.after(oldest.until - this.#clock.monotonic(), () => {
      this.#stopTimer = null;
      const now = this.#clock.monotonic();
      for (const waiter of this.#waiting) if (waiter.until <= now) waiter.settle("waiting");
      this.#setTimer();
    });
  }
}
