import type { GroupEvent, GroupHandle, TransactionFate } from "@fb/api";
import type { Clock } from "@fb/runtime";
import type { Hash } from "@fb/types";
import type { Client } from "../admission/client.ts";
import type { RpcMetrics } from "../metrics.ts";

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

/** What a client is told. */
type KnownFate = Exclude<TransactionFate, "queued">;

interface Waiter {
  readonly hash: Hash;
  /** Monotonic time. */
  readonly since: number;
  /** Monotonic time. */
  until: number;
  /** What is answered then. */
  fate: KnownFate;
  readonly settle: (fate: KnownFate) => void;
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
  /** By handle: a group that is started again has another one. */
  readonly #groups = new Map<GroupHandle, GroupWaits>();

  constructor(options: SubmitWaitOptions, clock: Clock, metrics: RpcMetrics, onError: (error: unknown) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#onError = onError;
  }

  /** What is known of an accepted transaction when its client should be answered. Never rejects. */
  async wait(group: GroupHandle, hash: Hash, client: Client): Promise<KnownFate> {
    const fate = await this.#fate(group, hash, client);
    this.#metrics.submits.inc({ fate });
    return fate;
  }

  async #fate(group: GroupHandle, hash: Hash, client: Client): Promise<KnownFate> {
    if (this.#options.waitMs === 0) return "waiting";
    let waits = this.#groups.get(group);
    if (waits === undefined) {
      waits = new GroupWaits(group, this.#options.waitMs, this.#clock, this.#onError);
      this.#groups.set(group, waits);
    }
    if (waits.countSubmit() > this.#options.busySubmits) return "waiting";
    return waits.wait(hash, client);
  }

  onEvent(event: GroupEvent): void {
    for (const [group, waits] of this.#groups) {
      if (group.info.groupId !== event.groupId) continue;
      if (event.type === "head" || event.type === "halted") waits.look();
      else if (event.type === "stopped") {
        this.#groups.delete(group);
        waits.giveUp();
      }
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
  readonly #waitMs: number;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Set<Waiter>();
  #stopTimer: (() => void) | null = null;
  #looking = false;
  #lookAgain = false;
  #recent = 0;
  #countedAt = 0;

  constructor(group: GroupHandle, waitMs: number, clock: Clock, onError: (error: unknown) => void) {
    this.#group = group;
    this.#waitMs = waitMs;
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

  wait(hash: Hash, client: Client): Promise<KnownFate> {
    return new Promise((resolve) => {
      const since = this.#clock.monotonic();
      const waiter: Waiter = {
        hash,
        since,
        until: since + this.#waitMs,
        fate: "waiting",
        settle: (fate) => {
          this.#waiting.delete(waiter);
          stopListening();
          resolve(fate);
        },
      };
      this.#waiting.add(waiter);
      const stopListening = client.onLeave(() => waiter.settle(waiter.fate));
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
    for (const waiter of this.#waiting) waiter.settle(waiter.fate);
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
    const asked = [...this.#waiting].filter(({ fate }) => fate !== "durable");
    if (asked.length === 0) return;
    try {
      const fates = await this.#group.query.fates(asked.map(({ hash }) => hash));
      for (const [i, waiter] of asked.entries()) this.#learn(waiter, fates[i]!);
      this.#setTimer();
    } catch (error) {
      // Accepted they are; more cannot be known now.
      for (const waiter of asked) waiter.settle("waiting");
      this.#onError(error);
    }
  }

  /** What is queued behind a missing nonce may wait for long; but its predecessor may be on its way at this moment. */
  #learn(waiter: Waiter, fate: TransactionFate): void {
    if (fate === "dropped" || fate === "halted") return void waiter.settle(fate);
    waiter.fate = fate === "durable" ? "durable" : "waiting";
    waiter.until = waiter.since + (fate === "waiting" ? this.#waitMs : Math.min(CLIENT_CACHE_MS, this.#waitMs));
  }

  /** One timer for all: for the one that is to be answered next. */
  #setTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    if (this.#waiting.size === 0) return;
    const next = Math.min(...[...this.#waiting].map(({ until }) => until));
    this.#stopTimer = this.#clock.after(Math.max(next - this.#clock.monotonic(), 0), () => {
      const now = this.#clock.monotonic();
      for (const waiter of this.#waiting) if (waiter.until <= now) waiter.settle(waiter.fate);
      this.#setTimer();
    });
  }
}
