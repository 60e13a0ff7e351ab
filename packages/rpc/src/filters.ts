import type { Clock } from "@fb/runtime";
import type { GroupId } from "@fb/types";
import { RPC_CODES, RpcError } from "./errors.ts";
import { ethLog } from "./format/receipt.ts";
import { data, unpack } from "./hex.ts";
import { logLimits, type RpcLimits } from "./options.ts";
import type { PendingWatch } from "./pending-watch.ts";
import type { GroupEvent, GroupHandle, LogFilter } from "./ports.ts";
import { unwrap } from "./query-result.ts";
import { randomId } from "./random-id.ts";

interface FilterBase {
  readonly group: GroupHandle;
  /** Monotonic time of the last use. */
  usedAt: number;
}

type Filter = FilterBase &
  (
    | { readonly kind: "logs"; readonly filter: LogFilter; next: number }
    | { readonly kind: "blocks" | "pending"; hashes: string[] }
  );

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
    return this.#add({ kind: "logs", group, filter, next: Math.max(header.number + 1, from), usedAt: 0 });
  }

  addHashes(group: GroupHandle, kind: "blocks" | "pending"): string {
    const id = this.#add({ kind, group, hashes: [], usedAt: 0 });
    if (kind === "pending") this.#pending.add(group);
    return id;
  }

  remove(group: GroupHandle, id: string): boolean {
    const filter = this.#filters.get(id);
    if (filter?.group !== group) return false;
    this.#remove(id, filter);
    return true;
  }

  /** What is new since the last call. */
  async changes(group: GroupHandle, id: string): Promise<unknown[]> {
    const filter = this.#find(group, id);
    if (filter.kind !== "logs") {
      const { hashes } = filter;
      filter.hashes = [];
      return hashes;
    }
    const { header } = await group.query.head();
    const from = filter.next;
    const to = typeof filter.filter.to === "number" ? Math.min(filter.filter.to, header.number) : header.number;
    if (to < from) return [];
    // Moved on before the search, so that two polls at once do not both report.
    filter.next = to + 1;
    try {
      return unwrap(await group.query.logs({ ...filter.filter, from, to }, logLimits(this.#limits))).map(ethLog);
    } catch (error) {
      filter.next = Math.min(filter.next, from);
      throw error;
    }
  }

  /** Everything a log filter matches. */
  async allLogs(group: GroupHandle, id: string): Promise<unknown[]> {
    const filter = this.#find(group, id);
    if (filter.kind !== "logs") throw new RpcError(RPC_CODES.refused, "not a log filter", { code: "FILTER_KIND" });
    return unwrap(await group.query.logs(filter.filter, logLimits(this.#limits))).map(ethLog);
  }

  onEvent(event: GroupEvent): void {
    for (const [id, filter] of this.#filters) {
      if (filter.group.info.groupId !== event.groupId) continue;
      if (event.type === "stopped") this.#remove(id, filter);
      else if (event.type === "head" && filter.kind === "blocks") this.#keep(filter, [data(event.head.hash)]);
      else if (event.type === "pending" && filter.kind === "pending") {
        this.#keep(filter, unpack(event.hashes, 32).map(data));
      }
    }
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
