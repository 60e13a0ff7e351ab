import type { Blockchain } from "@fb/blockchain";
import { type Clock, createTokenBucket, PRICES, type TokenBucket } from "@fb/runtime";
import type { RowSource } from "@fb/storage-amdb";
import type { StateValue } from "@fb/storage-amdb/state";
import { concatBytes, type Height, invariant, type StateMiss, type StateView, type TableLoad } from "@fb/types";
import { own, ownHeader } from "../query/records.ts";
import type { CallSource, SiteRecord } from "./ports.ts";

/** How far BLOCKHASH sees. */
const HASHES_IN_REACH = 256;
/** Items read at once; between two slices everything else of the group gets a turn. */
const SLICE = 64;
/** What calls may take of the group's thread, in microseconds: at once, and in a second. */
const BURST_MICROS = 200_000;
const MICROS_PER_SECOND = 300_000;
/** What an item takes of it: from memory, and from disk. */
const PEEK_MICROS = 3 * PRICES.object;
const LOAD_MICROS = PRICES.diskRead;

export interface ChainSourceDeps {
  readonly chain: Blockchain;
  /** Rows of the newest block. */
  readonly tables: Pick<RowSource, "load">;
  readonly clock: Clock;
}

/**
 * What calls read, from the chain, in slices and within a share of this thread: consensus runs here. Who reads more than
 * that waits, and whoever waits for too long gives up by its own deadline.
 */
export class ChainSource implements CallSource {
  readonly #chain: Blockchain;
  readonly #tables: Pick<RowSource, "load">;
  readonly #clock: Clock;
  readonly #share: TokenBucket;

  constructor({ chain, tables, clock }: ChainSourceDeps) {
    this.#chain = chain;
    this.#tables = tables;
    this.#clock = clock;
    this.#share = createTokenBucket(BURST_MICROS, MICROS_PER_SECOND, clock.monotonic());
  }

  async site(height: Height): Promise<SiteRecord> {
    await this.#spend(3 * LOAD_MICROS);
    const of = Math.max(height, 1);
    const chain = this.#chain;
    const [stored, members, nextMembers] = await Promise.all([
      chain.header(height),
      chain.membersAt(of),
      chain.membersAt(height + 1),
    ]);
    const [config, nextConfig] = [chain.configAt(of), chain.configAt(height + 1)];
    const isWhole = stored !== null && members !== null && nextMembers !== null;
    invariant(isWhole && config !== null && nextConfig !== null, "a committed block is missing", { height });
    return {
      head: { hash: own(stored.hash), header: ownHeader(stored.header) },
      members,
      config,
      next: { members: nextMembers, config: nextConfig },
    };
  }

  async hashesBefore(height: Height): Promise<Uint8Array> {
    const chain = this.#chain;
    const newest = height - 1;
    const oldest = Math.max(0, height - HASHES_IN_REACH);
    if (newest < oldest) return new Uint8Array(0);
    // Memory has the hashes before the head only.
    if (chain.blockHash(oldest) !== null) {
      const heights = Array.from({ length: height - oldest }, (_, i) => newest - i);
      return concatBytes(...heights.map((number) => chain.blockHash(number)!));
    }
    await this.#spend(HASHES_IN_REACH * LOAD_MICROS);
    const headers = await chain.headers(newest, HASHES_IN_REACH);
    return concatBytes(...headers.map(({ hash }) => hash).reverse());
  }

  async state(height: Height, misses: readonly StateMiss[]): Promise<readonly StateValue[]> {
    const view = this.#chain.stateView(height);
    const values: StateValue[] = [];
    for (let from = 0; from < misses.length; from += SLICE) {
      const slice = misses.slice(from, from + SLICE);
      const unknown = slice.filter((miss) => peek(view, miss) === undefined);
      await this.#spend(PRICES.message + slice.length * PEEK_MICROS + unknown.length * LOAD_MICROS);
      values.push(...(await this.#read(view, slice)));
    }
    return values;
  }

  async rows(loads: readonly TableLoad[]) {
    await this.#spend(loads.length * LOAD_MICROS);
    const found = await this.#tables.load(loads);
    await this.#spend(PEEK_MICROS * found.reduce((sum, rows) => sum + (rows?.length ?? 0), 0));
    return found.map((rows) =>
      rows === null ? null : rows.map(({ key, row, fields }) => ({ key: own(key), row, fields: fields.map(own) })),
    );
  }

  async #read(view: StateView, misses: readonly StateMiss[]): Promise<readonly StateValue[]> {
    // The head may have moved on from what was in memory a moment ago.
    if (misses.some((miss) => peek(view, miss) === undefined)) await view.load(misses);
    return misses.map((miss) => peek(view, miss)!);
  }

  /** Resolves when the calls may take this much of the thread. */
  async #spend(micros: number): Promise<void> {
    const wait = this.#share.take(micros, this.#clock.monotonic());
    if (wait > 0) await new Promise<void>((resolve) => this.#clock.after(wait, resolve));
  }
}

function peek(view: StateView, miss: StateMiss): StateValue | undefined {
  if (miss.type === "account") {
    const account = view.peekAccount(miss.address);
    if (account === undefined) return undefined;
    return { type: "account", account: account === null ? null : { ...account, codeHash: own(account.codeHash) } };
  }
  if (miss.type === "slot") {
    const value = view.peekSlot(miss.address, miss.slot);
    return value === undefined ? undefined : { type: "slot", value: own(value) };
  }
  const code = view.peekCode(miss.codeHash);
  return code === undefined ? undefined : { type: "code", code: own(code) };
}
