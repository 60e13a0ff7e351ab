import type {
  EthNotifications,
  GroupEvent,
  GroupHandle,
  HeadRecord,
  LogFilter,
  LogPage,
  LogPosition,
  LogRecord,
  Quantity,
} from "@fb/api";
import { type CryptoSuite, type GroupId, type LogCriteria, matchesLog } from "@fb/types";
import type { Subscriber } from "../admission/client.ts";
import type { FairShare, Lease } from "../admission/fair-share.ts";
import { keptBytes } from "../admission/shares.ts";
import { RPC_CODES, RpcError } from "../errors.ts";
import { ethHeader } from "../format/block.ts";
import { data, unpack } from "../format/hex.ts";
import { ethLog } from "../format/receipt.ts";
import type { RpcLimits } from "../options.ts";
import { unwrap } from "../reads/query-result.ts";
import type { PendingWatch } from "./pending-watch.ts";
import { randomId } from "./random-id.ts";

/** Heads of one group that may wait for their logs; beyond that log subscribers are cut rather than misled. */
const MAX_WAITING_HEADS = 4096;
/** Logs of one block fetched and sent at once, so that a socket can take them before the next come. */
const LOGS_AT_ONCE = { maxBlocks: 1, maxLogs: 1000, maxBytes: 1 << 20 };
/** WebSocket close codes (RFC 6455): going away, try again later. */
const GROUP_STOPPED = 1001;
const TOO_SLOW = 1013;

export type SubscriptionType = keyof EthNotifications;

interface Subscription {
  readonly id: Quantity;
  readonly group: GroupHandle;
  readonly subscriber: Subscriber;
  readonly type: SubscriptionType;
  readonly criteria: LogCriteria | null;
  /** Its part of what is kept for clients. */
  readonly kept: Lease;
}

/** `eth_subscribe` for all sockets: each event is formatted once and its logs are fetched once, whoever listens. */
export class SubscriptionHub {
  readonly #byId = new Map<string, Subscription>();
  readonly #bySubscriber = new Map<Subscriber, Set<Subscription>>();
  readonly #byGroup = new Map<GroupId, Set<Subscription>>();
  readonly #waitingHeads = new Map<GroupId, HeadRecord[]>();
  readonly #suite: CryptoSuite;
  readonly #limits: RpcLimits;
  readonly #pending: PendingWatch;
  readonly #kept: FairShare;
  readonly #onError: (error: unknown) => void;

  /** @param kept the budget of what is remembered for clients */
  constructor(
    suite: CryptoSuite,
    limits: RpcLimits,
    pending: PendingWatch,
    kept: FairShare,
    onError: (error: unknown) => void,
  ) {
    this.#kept = kept;
    this.#suite = suite;
    this.#limits = limits;
    this.#pending = pending;
    this.#onError = onError;
  }

  get size(): number {
    return this.#byId.size;
  }

  add(group: GroupHandle, subscriber: Subscriber, type: SubscriptionType, criteria: LogCriteria | null): Quantity {
    const own = this.#bySubscriber.get(subscriber) ?? new Set();
    if (own.size >= this.#limits.maxSubscriptionsPerSocket) {
      throw new RpcError(RPC_CODES.limit, `at most ${this.#limits.maxSubscriptionsPerSocket} subscriptions per socket`);
    }
    const kept = this.#kept.tryClaim(subscriber.party, keptBytes(criteria));
    if (kept === null) {
      const message = "you have too many filters and subscriptions: remove some";
      throw new RpcError(RPC_CODES.limit, message, { code: "FILTERS_FULL" });
    }
    const subscription: Subscription = { id: randomId(), group, subscriber, type, criteria, kept };
    this.#byId.set(subscription.id, subscription);
    this.#bySubscriber.set(subscriber, own.add(subscription));
    const { groupId } = group.info;
    this.#byGroup.set(groupId, (this.#byGroup.get(groupId) ?? new Set()).add(subscription));
    if (type === "newPendingTransactions") this.#pending.add(group);
    return subscription.id;
  }

  /** False when this subscriber has no such subscription. */
  remove(subscriber: Subscriber, id: string): boolean {
    const subscription = this.#byId.get(id);
    if (subscription?.subscriber !== subscriber) return false;
    this.#forget(subscription);
    return true;
  }

  /** Forgets a socket that is gone. */
  drop(subscriber: Subscriber): void {
    for (const subscription of this.#bySubscriber.get(subscriber) ?? []) this.#forget(subscription);
  }

  onEvent(event: GroupEvent): void {
    const subscriptions = this.#byGroup.get(event.groupId);
    if (subscriptions === undefined) return;
    if (event.type === "head") {
      this.#publish(subscriptions, "newHeads", () => [ethHeader(this.#suite, event.head)]);
      this.#queueLogs(event.groupId, event.head, subscriptions);
    } else if (event.type === "pending") {
      this.#publish(subscriptions, "newPendingTransactions", () => unpack(event.hashes, 32).map(data));
    } else if (event.type === "stopped") {
      for (const one of [...subscriptions]) one.subscriber.close(GROUP_STOPPED, "the group stopped");
    }
  }

  #publish<Type extends SubscriptionType>(
    subscriptions: ReadonlySet<Subscription>,
    type: Type,
    format: () => EthNotifications[Type][],
  ): void {
    let items: string[] | null = null;
    for (const one of subscriptions) {
      if (one.type !== type) continue;
      items ??= format().map((item) => JSON.stringify(item));
      for (const item of items) one.subscriber.notify(notification(one.id, item));
    }
  }

  /** Logs of successive heads are fetched one head after the other, so that they arrive in block order. */
  #queueLogs(groupId: GroupId, head: HeadRecord, subscriptions: ReadonlySet<Subscription>): void {
    const listeners = [...subscriptions].filter((one) => one.type === "logs");
    if (listeners.length === 0 || head.header.logsBloom.every((byte) => byte === 0)) return;
    const waiting = this.#waitingHeads.get(groupId);
    if (waiting === undefined) {
      this.#waitingHeads.set(groupId, [head]);
      void this.#drainLogs(groupId, listeners[0]!.group);
    } else if (waiting.length < MAX_WAITING_HEADS) {
      waiting.push(head);
    } else {
      for (const one of listeners) one.subscriber.close(TOO_SLOW, "too many blocks waiting");
    }
  }

  async #drainLogs(groupId: GroupId, group: GroupHandle): Promise<void> {
    const waiting = this.#waitingHeads.get(groupId)!;
    for (let head = waiting[0]; head !== undefined; waiting.shift(), head = waiting[0]) {
      try {
        await this.#sendLogs(groupId, group, head);
      } catch (error) {
        this.#onError(error);
        for (const one of this.#logListeners(groupId))
          one.subscriber.close(TOO_SLOW, "the logs of a block are missing");
      }
    }
    this.#waitingHeads.delete(groupId);
  }

  async #sendLogs(groupId: GroupId, group: GroupHandle, head: HeadRecord): Promise<void> {
    const filter: LogFilter = { from: head.hash, to: head.hash, addresses: [], topics: [] };
    let start: LogPosition | null = null;
    do {
      const page: LogPage = unwrap(await group.query.logs(filter, LOGS_AT_ONCE, start));
      for (const log of page.logs) this.#publishLog(groupId, log);
      start = page.next;
    } while (start !== null);
  }

  #publishLog(groupId: GroupId, log: LogRecord): void {
    let text: string | null = null;
    for (const one of this.#logListeners(groupId)) {
      if (!matchesLog(one.criteria!, log)) continue;
      text ??= JSON.stringify(ethLog(log));
      one.subscriber.notify(notification(one.id, text));
    }
  }

  #logListeners(groupId: GroupId): Subscription[] {
    return [...(this.#byGroup.get(groupId) ?? [])].filter((one) => one.type === "logs");
  }

  #forget(subscription: Subscription): void {
    const { id, group, subscriber, type, kept } = subscription;
    this.#byId.delete(id);
    kept.release();
    removeFrom(this.#bySubscriber, subscriber, subscription);
    removeFrom(this.#byGroup, group.info.groupId, subscription);
    if (type === "newPendingTransactions") this.#pending.drop(group);
  }
}

function removeFrom<K>(map: Map<K, Set<Subscription>>, key: K, subscription: Subscription): void {
  const set = map.get(key);
  set?.delete(subscription);
  if (set?.size === 0) map.delete(key);
}

function notification(id: string, result: string): string {
  return `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":${result}}}`;
}
