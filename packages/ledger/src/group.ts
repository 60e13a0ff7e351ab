import type { GroupInfo, GroupQuery, NotReadyReason } from "@fb/api";
import type { Blockchain } from "@fb/blockchain";
import type { Clock, Logger, MemoryLevel, ThreadLane } from "@fb/runtime";
import type { Sync } from "@fb/sync";
import type { TxPool } from "@fb/txpool";
import {
  type ConsensusEngine,
  concatBytes,
  type GroupChannel,
  type Height,
  type NodeId,
  type StorageBackend,
  toHex,
  type WorldState,
} from "@fb/types";
import type { CallDesk } from "./calls/desk.ts";
import type { CallRunner } from "./calls/ports.ts";
import type { GroupHealth } from "./health/group-health.ts";
import { MemberLinks } from "./member-links.ts";
import type { GroupFact } from "./ports.ts";
import { createGroupQuery } from "./query/group-query.ts";
import { inSlices } from "./query/paced.ts";
import { headRecord, sealersAt } from "./query/records.ts";

export interface GroupParts {
  readonly info: GroupInfo;
  readonly self: NodeId;
  readonly backend: StorageBackend;
  readonly world: WorldState;
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly calls: CallRunner;
  readonly desk: CallDesk;
  /** Of this thread, for what is read for others. */
  readonly reads: ThreadLane;
  readonly sync: Sync;
  readonly engine: ConsensusEngine;
  readonly channel: GroupChannel;
  readonly health: GroupHealth;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onFact: (fact: GroupFact) => void;
}

/** One running group. */
export class Group {
  readonly info: GroupInfo;
  readonly query: GroupQuery;
  /** Of this thread, for what is read for others. */
  readonly reads: ThreadLane;
  readonly #parts: GroupParts;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #links: MemberLinks;
  #watchPending = false;
  /** Ends with the announcement of the newest head. */
  #announced: Promise<void> = Promise.resolve();
  #starting: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(parts: GroupParts) {
    const { info, self, chain, pool, calls, desk, reads, sync, engine, channel, health, clock, world } = parts;
    this.info = info;
    this.reads = reads;
    this.#parts = parts;
    this.#links = new MemberLinks({ chain, channel, clock });
    const queries = createGroupQuery({
      self,
      chain,
      pool,
      calls,
      desk,
      reads,
      sync,
      engine,
      channel,
      health,
      clock,
      proof: (height, address, slots) => world.proof(height, address, slots),
      lowestState: () => world.lowest(),
      watchPending: (on) => {
        this.#watchPending = on;
      },
    });
    this.query = inSlices(queries, reads);
  }

  /** Why this node cannot serve its group now; empty when it can. */
  notReady(): readonly NotReadyReason[] {
    return this.#parts.health.reasons();
  }

  /** Gives up what can be given up while the process is short of memory: transactions, then catch-up, never consensus. */
  shed(level: MemoryLevel): void {
    this.#parts.pool.pause(level >= 2);
    this.#parts.sync.pause(level >= 3);
  }

  /** Begins to talk to peers, follow and take part. Rejects with the journal's codes. Idempotent. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Stops taking part, waits for what is under way and closes channel and storage. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(): Promise<void> {
    const { chain, pool, sync, engine, health, log, onFact } = this.#parts;
    this.#links.start();
    this.#unsubscribe.push(
      chain.onCommitted(({ executed }) => {
        const { header, hash, txs } = executed;
        pool.committed({ number: header.number, txs });
        log.info("block-committed", { height: header.number, hash: toHex(hash), txs: txs.length, gas: header.gasUsed });
        this.#announced = this.#announced
          .then(() => this.#announce(header.number))
          .catch((error) => log.error("announce-failed", { error }));
      }),
      pool.onAccepted(({ txs }) => {
        if (this.#watchPending) onFact({ type: "pending", hashes: concatBytes(...txs.map(({ tx }) => tx.hash)) });
      }),
    );
    pool.start();
    sync.start();
    await engine.start();
    health.start();
    const { header, hash } = chain.head();
    log.info("group-started", {
      height: header.number,
      hash: toHex(hash),
      consensus: this.info.consensus,
      state: this.info.state,
    });
  }

  /** Tells the head of a height; in order, each height once. */
  async #announce(height: Height): Promise<void> {
    const { chain, onFact } = this.#parts;
    const stored = await chain.header(height);
    if (stored !== null) onFact({ type: "head", head: headRecord(stored, await sealersAt(chain, height)) });
  }

  async #close(): Promise<void> {
    const { engine, health, sync, pool, calls, chain, channel, backend, log } = this.#parts;
    const failures: unknown[] = [];
    const attempt = async (step: () => Promise<void>) => {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    };
    health.close();
    this.#links.close();
    await attempt(() => calls.close());
    // The journal is closed after the last block, so that it knows of it.
    await attempt(() => sync.close());
    await attempt(() => engine.close());
    pool.close();
    await attempt(() => channel.close());
    await attempt(() => chain.close());
    for (const off of this.#unsubscribe) off();
    await this.#announced;
    await attempt(() => backend.close());
    log.info("group-stopped", { height: chain.head().header.number });
    if (failures.length > 0) throw failures[0];
  }
}
