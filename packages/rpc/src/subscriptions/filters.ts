import type { Data, EthLog, GroupEvent, GroupHandle, LogFilter, LogPosition, Quantity } from "@fb/api";
import type { Clock } from "@fb/runtime";
import type { GroupId, Height } from "@fb/types";
import type { FairShare, Lease } from "../admission/fair-share.ts";
import type { Party } from "../admission/party.ts";
import { keptBytes } from "../admission/shares.ts";
import { Handover } from "../answers/handover.ts";
import { JsonList } from "../answers/json-text.ts";
import { RPC_CODES, RpcError } from "../errors.ts";
import { data, unpack } from "../format/hex.ts";
import { ethLog } from "../format/receipt.ts";
import { logLimits, type RpcLimits } from "../options.ts";
import { reading } from "../reads/bounded-read.ts";
import { searchLogs, wholeAnswer } from "../reads/log-search.ts";
import { unwrap } from "../reads/query-result.ts";
import type { ReadScope } from "../reads/read-scope.ts";
import type { PendingWatch } from "./pending-watch.ts";
import { randomId } from "./random-id.ts";

interface FilterBase {
  readonly group: GroupHandle;
  /** Of the client that made it. */
  readonly address: string;
  /** Monotonic time of the last use. */
  usedAt: number;
}

/** What is not handed out yet: logs and blocks are read from the chain when they are asked for. */
type Filter = FilterBase &
  (
    | { readonly type: "logs"; readonly filter: LogFilter; next: LogPosition; turn: Promise<unknown> }
    | { readonly type: "blocks"; next: Height; turn: Promise<unknown> }
    | { readonly type: "pending"; hashes: Data[] }
  );
type FilterOf<Type extends Filter["type"]> = Extract<Filter, { readonly type: Type }>;

/** Headers one poll of a block filter reads; a header as it is read and decoded. */
const HEADERS_AT_ONCE = 1024;
const HEADER_BYTES = 1024;
/** Part of a group's filters that one address may have. */
const ADDRESS_PART = 1 / 4;
/** A filter that was not polled for so long makes room for a new one when there are too many. */
const UNUSED_MS = 60_000;

/** Filters that clients poll over HTTP: bounded per group and forgotten when nobody polls. */
export class FilterStore {
  readonly #filters = new Map<string, { readonly filter: Filter; readonly kept: Lease }>();
  readonly #kept: FairShare;
  readonly #limits: RpcLimits;
  readonly #clock: Clock;
  readonly #pending: PendingWatch;
  #stopSweep: (() => void) | null = null;

  /** @param kept the budget of what is remembered for clients */
  constructor(limits: RpcLimits, clock: Clock, pending: PendingWatch, kept: FairShare) {
    this.#kept = kept;
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
    for (const id of this.#filters.keys()) this.#remove(id);
  }

  get size(): number {
    return this.#filters.size;
  }

  async addLogs({ handle: group, client }: ReadScope, filter: LogFilter): Promise<Quantity> {
    const { header } = await group.query.head();
    const from = typeof filter.from === "number" ? filter.from : 0;
    const next = { block: Math.max(header.number + 1, from), logIndex: 0 };
    const { party } = client;
    const { address } = party;
    return this.#add({ type: "logs", group, address, filter, next, turn: Promise.resolve(), usedAt: 0 }, party);
  }

  async addBlocks({ handle: group, client }: ReadScope): Promise<Quantity> {
    const { header } = await group.query.head();
    const { party } = client;
    const next = header.number + 1;
    return this.#add(
      { type: "blocks", group, address: party.address, next, turn: Promise.resolve(), usedAt: 0 },
      party,
    );
  }

  addPending({ handle: group, client }: ReadScope): Quantity {
    const { party } = client;
    return this.#add({ type: "pending", group, address: party.address, hashes: [], usedAt: 0 }, party);
  }

  remove(group: GroupHandle, id: string): boolean {
    if (this.#filters.get(id)?.filter.group !== group) return false;
    this.#remove(id);
    return true;
  }

  /** What is new since the last call, as much as fits; the rest comes with the next. */
  async changes(scope: ReadScope, id: string): Promise<Handover<JsonList<EthLog> | EthLog[] | Data[]>> {
    const filter = this.#find(scope.handle, id);
    if (filter.type === "logs") return inTurn(filter, () => this.#newLogs(scope, filter));
    if (filter.type === "blocks") return inTurn(filter, () => this.#newBlocks(scope, filter));
    const hashes = filter.hashes.splice(0);
    return new Handover(hashes, null, () => this.#keep(filter, hashes.concat(filter.hashes.splice(0))));
  }

  /** Everything a log filter matches up to now. */
  async allLogs(scope: ReadScope, id: string): Promise<Handover<JsonList<EthLog>>> {
    const found = this.#find(scope.handle, id);
    if (found.type !== "logs") throw new RpcError(RPC_CODES.refused, "not a log filter", { code: "FILTER_KIND" });
    const { header } = await scope.query.head();
    const { filter } = found;
    const beyond = typeof filter.to === "number" && filter.to > header.number;
    return wholeAnswer(scope, beyond ? { ...filter, to: "latest" } : filter);
  }

  onEvent(event: GroupEvent): void {
    let hashes: Data[] | null = null;
    for (const [id, { filter }] of this.#filters) {
      if (filter.group.info.groupId !== event.groupId) continue;
      if (event.type === "stopped") this.#remove(id);
      else if (event.type === "pending" && filter.type === "pending") {
        // The same strings for all filters.
        hashes ??= unpack(event.hashes, 32).map(data);
        this.#keep(filter, hashes);
      }
    }
  }

  async #newLogs(scope: ReadScope, own: FilterOf<"logs">): Promise<Handover<JsonList<EthLog> | EthLog[]>> {
    const { filter, group, next } = own;
    const { header } = await group.query.head();
    const to = typeof filter.to === "number" ? Math.min(filter.to, header.number) : header.number;
    // The one block of a filter by hash is there already.
    if (next.block > to || filter.from instanceof Uint8Array) return nothing();
    const range = { ...filter, from: next.block, to };
    const page = await searchLogs(scope, range, logLimits(this.#limits), next);
    own.next = page.next ?? { block: to + 1, logIndex: 0 };
    // A later poll may have gone further meanwhile.
    return new Handover(JsonList.of(page.logs, ethLog), page.held, () => (own.next = earlier(next, own.next)));
  }

  async #newBlocks(scope: ReadScope, own: FilterOf<"blocks">): Promise<Handover<Data[]>> {
    const { next, group } = own;
    const { header } = await group.query.head();
    const to = Math.min(header.number, next + Math.min(this.#limits.maxFilterHashes, HEADERS_AT_ONCE) - 1);
    if (next > to) return nothing();
    const count = to - next + 1;
    const heads = unwrap(await reading(scope, count * HEADER_BYTES, () => group.query.headers(to, count)));
    own.next = to + 1;
    const hashes = heads.map(({ hash }) => data(hash));
    return new Handover(hashes, null, () => (own.next = Math.min(next, own.next)));
  }

  #keep(filter: { hashes: Data[] }, added: Data[]): void {
    filter.hashes.push(...added);
    const excess = filter.hashes.length - this.#limits.maxFilterHashes;
    if (excess > 0) filter.hashes.splice(0, excess);
  }

  #find(group: GroupHandle, id: string): Filter {
    const filter = this.#filters.get(id)?.filter;
    if (filter?.group !== group)
      throw new RpcError(RPC_CODES.refused, "filter not found", { code: "FILTER_NOT_FOUND" });
    filter.usedAt = this.#clock.monotonic();
    return filter;
  }

  #add(filter: Filter, party: Party): Quantity {
    const { groupId } = filter.group.info;
    this.#makeRoom(groupId, filter.address);
    const kept = this.#kept.tryClaim(party, keptBytes(filter.type === "logs" ? filter.filter : null));
    if (kept === null) throw filtersFull("you have too many filters and subscriptions: remove some");
    const id = randomId();
    filter.usedAt = this.#clock.monotonic();
    this.#filters.set(id, { filter, kept });
    if (filter.type === "pending") this.#pending.add(filter.group);
    return id;
  }

  /** An address has its part of a group's filters, and one that is not used makes room for a new one. */
  #makeRoom(groupId: GroupId, address: string): void {
    const { maxFiltersPerGroup: max } = this.#limits;
    const all = [...this.#filters].filter(([, { filter }]) => filter.group.info.groupId === groupId);
    const own = all.filter(([, { filter }]) => filter.address === address);
    const isOwnFull = own.length >= Math.max(1, Math.floor(max * ADDRESS_PART));
    if (!isOwnFull && all.length < max) return;
    const candidates = isOwnFull ? own : all;
    const oldest = candidates.reduce((a, b) => (b[1].filter.usedAt < a[1].filter.usedAt ? b : a));
    if (this.#clock.monotonic() - oldest[1].filter.usedAt < UNUSED_MS) {
      throw filtersFull(
        `${isOwnFull ? "you have" : "the group has"} ${candidates.length} filters already: remove some`,
      );
    }
    this.#remove(oldest[0]);
  }

  #remove(id: string): void {
    const { filter, kept } = this.#filters.get(id)!;
    this.#filters.delete(id);
    kept.release();
    if (filter.type === "pending") this.#pending.drop(filter.group);
  }

  #sweep(): void {
    const oldest = this.#clock.monotonic() - this.#limits.filterExpiryMs;
    for (const [id, { filter }] of this.#filters) if (filter.usedAt < oldest) this.#remove(id);
  }
}

function filtersFull(message: string): RpcError {
  return new RpcError(RPC_CODES.limit, message, { code: "FILTERS_FULL" });
}

function nothing(): Handover<never[]> {
  return new Handover([], null);
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
