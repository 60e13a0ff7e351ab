import type { NotReadyCode, NotReadyReason } from "@fb/api";
import type { Blockchain } from "@fb/blockchain";
import type { Clock, Logger, MetricsRegister } from "@fb/runtime";
import type { StorageTrouble } from "@fb/storage-amdb";
import type { Sync } from "@fb/sync";
import type { TxPool } from "@fb/txpool";
import type { ConsensusEngine, ConsensusType, GroupChannel } from "@fb/types";
import { assess, credibleHeight, type HealthFacts, sealersInReach } from "./assess.ts";
import { type HealthMetrics, healthMetrics } from "./metrics.ts";

export interface GroupHealthDeps {
  readonly consensus: ConsensusType;
  /** How long work may wait without a new block, in ms. */
  readonly stallLimitMs: number;
  readonly chain: Pick<Blockchain, "head" | "members" | "onCommitted">;
  readonly pool: Pick<TxPool, "stats">;
  readonly sync: Pick<Sync, "status">;
  readonly engine: Pick<ConsensusEngine, "status">;
  readonly channel: Pick<GroupChannel, "self" | "peers">;
  /** What the store waits for now. */
  readonly storageTrouble?: () => StorageTrouble | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}

const LOOK_EVERY_MS = 1_000;
/** Links come and go: the log hears of what lasts. */
const WARN_AFTER_MS = 5_000;
const WARN_EVERY_MS = 60_000;

/**
 * Whether this node can serve its group, and why not: one answer for readiness, metrics, log, status and admission. It
 * looks at its group every second and whenever it is asked.
 */
export class GroupHealth {
  readonly #deps: GroupHealthDeps;
  readonly #metrics: HealthMetrics;
  /** Since when there has been work without a new head; monotonic ms. */
  #workSince: number | null = null;
  #troubleSince: number | null = null;
  #warnedAt: number | null = null;
  #stops: (() => void)[] = [];

  constructor(deps: GroupHealthDeps) {
    this.#deps = deps;
    this.#metrics = healthMetrics(deps.metrics);
  }

  start(): void {
    const { chain, clock } = this.#deps;
    this.#stops = [
      chain.onCommitted(() => {
        this.#workSince = null;
      }),
      clock.every(LOOK_EVERY_MS, () => this.#look()),
    ];
    this.#look();
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Empty when the node is ready. */
  reasons(): readonly NotReadyReason[] {
    return assess(this.#facts());
  }

  /** Why nothing that is submitted here could ever be answered from here; null when it may be. */
  refusal(): NotReadyReason | null {
    return this.reasons().find(({ code }) => code === "NOT_A_MEMBER" || code === "HALTED") ?? null;
  }

  #facts(): HealthFacts {
    const { consensus, stallLimitMs, chain, pool, sync, engine, channel, clock } = this.#deps;
    const { haltedBy, gap, peers } = sync.status();
    const claims = new Map(peers.map(({ nodeId, height }) => [nodeId, height]));
    const facts = {
      self: channel.self,
      consensus,
      members: chain.members(),
      head: chain.head().header.number,
      haltedBy: engine.status().haltedBy ?? haltedBy,
      storageTrouble: this.#deps.storageTrouble?.() ?? null,
      peers: new Map(channel.peers().map((peer) => [peer, claims.get(peer) ?? null])),
      gap,
      stalledMs: 0,
      stallLimitMs,
    };
    const hasWork = pool.stats().pending > 0 || credibleHeight(facts) > facts.head;
    if (!hasWork) this.#workSince = null;
    else this.#workSince ??= clock.monotonic();
    return { ...facts, stalledMs: this.#workSince === null ? 0 : clock.monotonic() - this.#workSince };
  }

  #look(): void {
    const facts = this.#facts();
    const reasons = assess(facts);
    const { needed, reached } = sealersInReach(facts);
    this.#metrics.ready.set(reasons.length === 0 ? 1 : 0);
    for (const [code, gauge] of this.#metrics.reasons) gauge(reasons.some((reason) => reason.code === code));
    this.#metrics.sealersReached.set(reached);
    this.#metrics.sealersNeeded.set(needed);
    this.#metrics.stalled.set(facts.stalledMs / 1000);
    this.#report(reasons);
  }

  /** A warning once trouble lasts and every minute from then on; one line when it has passed. */
  #report(reasons: readonly NotReadyReason[]): void {
    const { clock, log, chain } = this.#deps;
    const now = clock.monotonic();
    if (reasons.length === 0) {
      if (this.#warnedAt !== null) log.info("group-ready", { height: chain.head().header.number });
      this.#troubleSince = this.#warnedAt = null;
      return;
    }
    this.#troubleSince ??= now;
    const isDue =
      this.#warnedAt === null ? now - this.#troubleSince >= WARN_AFTER_MS : now - this.#warnedAt >= WARN_EVERY_MS;
    if (!isDue) return;
    this.#warnedAt = now;
    const codes = reasons.map(({ code }): NotReadyCode => code).join(",");
    const message = reasons.map((reason) => reason.message).join("; ");
    log.warn("group-not-ready", { codes, message, height: chain.head().header.number });
  }
}
