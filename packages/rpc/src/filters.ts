import type { Clock } from "@fb/runtime";
import type { GroupId, Height } from "@fb/types";
import { RPC_CODES, RpcError } from "./errors.ts";
import { ethLog } from "./format/receipt.ts";
import { Handover } from "./handover.ts";
import { data, unpack } from "./hex.ts";
import { wholeAnswer } from "./log-search.ts";
import { logLimits, type RpcLimits } from "./options.ts";
import type { PendingWatch } from "./pending-watch.ts";
import type { GroupEvent, GroupHandle, LogFilter, LogPosition } from "./ports.ts";
import { unwrap } from "./query-result.ts";
import { randomId } from "./random-id.ts";

interface FilterBase {
  readonly group: GroupHandle;
  /** Monotonic time of the last use. */
  usedAt: number;
}

/** What is not handed out yet: logs and blocks are read from the chain when they are asked for. */
type Filter = FilterBase &
  (
    | { readonly kind: "logs"; readonly filter: LogFilter; next: LogPosition; turn: Promise<unknown> }
    | { readonly kind: "blocks"; next: Height; turn: Promise<unknown> }
    | { readonly kind: "pending"; hashes: string[] }
  );
type Kind<K extends Filter["kind"]> = Extract<Filter, { readonly kind: K }>;

const NOTHING = new Handover<unknown[]>([], () => {});

/** Filters that clients poll over HTTP: bounded per group and forgotten when nobody polls. */
export class FilterStore {
  readonly #filters = new Map<string, Filter>();
  readonly #perGroup = new Map<GroupId, number>();
  readonly #limits: RpcLimits;
  readonly #clock: Clock;
  readonly #pending: PendingWatch;
  #stopSweep: (() => void) | null = null;

  constructor(limits: RpcLimits, clock: Clock, pending: PendingWatch) {
    this.#limits = limits;
    this.#clock = clock;
    this.#pending = pending;
  }

  start(): void {
    this.#stopSweep ??= this.#clock.every(Math.ceil(this.#limits.filterExpiryMs / 4), () => this.#sweep());
  }

  close(): void {
    this.#stopSweep?.();
    this.#stopSweep = null;
    for (const [id, filter] of this.#filters) this.#remove(id, filter);
  }

  get size(): number {
    return this.#filters.size;
  }

  async addLogs(group: GroupHandle, filter: LogFilter): Promise<string> {
    const { header } = await group.query.head();
    const from = typeof filter.from === "number" ? filter.from : 0;
    const next = { block: Math.max(header.number + 1, from), logIndex: 0 };
    return this.#add({ kind: "logs", group, filter, next, turn: Promise.resolve(), usedAt: 0 });
  }

  async addBlocks(group: GroupHandle): Promise<string> {
    const { header } = await group.query.head();
    return this.#add({ kind: "blocks", group, next: header.number + 1, turn: Promise.resolve(), usedAt: 0 });
  }

  addPending(group: GroupHandle): string {
    const id = this.#add({ kind: "pending", group, hashes: [], usedAt: 0 });
    this.#pending.add(group);
    return id;
  }

  remove(group: GroupHandle, id: string): boolean {
    const filter = this.#filters.get(id);
    if (filter?.group !== group) return false;
    this.#remove(id, filter);
    return true;
  }

  /** What is new since the last call, as much as fits; the rest comes with the next. */
  async changes(group: GroupHandle, id: string): Promise<Handover<unknown[]>> {
    const filter = this.#find(group, id);
    if (filter.kind === "logs") return inTurn(filter, () => this.#newLogs(filter));
    if (filter.kind === "blocks") return inTurn(filter, () => this.#newBlocks(filter));
    const hashes = filter.hashes.splice(0);
    return new Handover(hashes, () => this.#keep(filter, hashes.concat(filter.hashes.splice(0))));
  }

  /** Everything a log filter matches up to now. */
  async allLogs(group: GroupHandle, id: string): Promise<unknown[]> {
    const found = this.#find(group, id);
    if (found.kind !== "logs") throw new RpcError(RPC_CODES.refused, "not a log filter", { code: "FILTER_KIND" });
    const { header } = await group.query.head();
    const { filter } = found;
    const beyond = typeof filter.to === "number" && filter.to > header.number;
    return wholeAnswer(group.query, beyond ? { ...filter, to: "latest" } : filter, this.#limits);
  }

  onEvent(event: GroupEvent): void {
    for (const [id, filter] of this.#filters) {
      if (filter.group.info.groupId !== event.groupId) continue;
      if (event.type === "stopped") this.#remove(id, filter);
      else if (event.type === "pending" && filter.kind === "pending") {
        this.#keep(filter, unpack(event.hashes, 32).map(data));
      }
    }
  }

  async #newLogs(own: Kind<"logs">): Promise<Handover<unknown[]>> {
    const { filter, group, next } = own;
    const { header } = await group.query.head();
    const to = typeof filter.to === "number" ? Math.min(filter.to, header.number) : header.number;
    // The one block of a filter by hash is there already.
    if (next.block > to || filter.from instanceof Uint8Array) return NOTHING;
    const range = { ...filter, from: next.block, to };
    const page = unwrap(await group.query.logs(range, logLimits(this.#limits), next));
    own.next = page.next ?? { block: to + 1, logIndex: 0 };
    // A later poll may have gone further meanwhile.
    return new Handover(page.logs.map(ethLog), () => (own.next = earlier(next, own.next)));
  }

  async #newBlocks(own: Kind<"blocks">): Promise<Handover<unknown[]>> {
    const { next, group } = own;
    const { header } = await group.query.head();
    const to = Math.min(header.number, next + this.#limits.maxFilterHashes - 1);
    if (next > to) return NOTHING;
    const heads = unwrap(await group.query.headers(to, to - next + 1));
    own.next = to + 1;
    const hashes = heads.map(({ hash }) => data(hash));
    return new Handover(hashes, () => (own.next = Math.min(next, own.next)));
  }

  #keep(filter: { hashes: string[] }, added: string[]): void {
    filter.hashes.push(...added);
    const excess = filter.hashes.length - this.#limits.maxFilterHashes;
    if (excess > 0) filter.hashes.splice(0, excess);
  }

  #find(group: GroupHandle, id: string): Filter {
    const filter = this.#filters.get(id);
    if (filter?.group !== group)
      throw new RpcError(RPC_CODES.refused, "filter not found", { code: "FILTER_NOT_FOUND" });
    filter.usedAt = this.#clock.monotonic();
    return filter;
  }

  #add(filter: Filter): string {
    const { groupId } = filter.group.info;
    const count = this.#perGroup.get(groupId) ?? 0;
    if (count >= this.#limits.maxFiltersPerGroup) {
      throw new RpcError(RPC_CODES.limit, `the group has ${count} filters already: remove some`, {
        code: "FILTERS_FULL",
      });
    }
    this.#perGroup.set(groupId, count + 1);
    const id = randomId();
    filter.usedAt = this.#clock.monotonic();
    this.#filters.set(id, filter);
    return id;
  }

  #remove(id: string, filter: Filter): void {
    this.#filters.delete(id);
    const { groupId } = filter.group.info;
    this.#perGroup.set(groupId, this.#perGroup.get(groupId)! - 1);
    if (filter.kind === "pending") this.#pending.drop(filter.group);
  }

  #sweep(): void {
    const oldest = this.#clock.monotonic() - this.#limits.filterExpiryMs;
    for (const [id, filter] of this.#filters) if (filter.usedAt < oldest) this.#remove(id, filter);
  }
}

function earlier(a: LogPosition, b: LogPosition): LogPosition {
  return a.block < b.block || (a.block === b.block && a.logIndex < b.logIndex) ? a : b;
}

/** One poll of a filter after the other, so that two at once do not both report. */
function inTurn<T>(filter: { turn: Promise<unknown> }, work: () => Promise<T>): Promise<T> {
  const done = filter.turn.then(work, work);
  filter.turn = done;
  return done;
}
