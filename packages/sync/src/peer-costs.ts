import {
  type Clock,
  type CostBudgets,
  createCostBudgets,
  createThrottle,
  type Logger,
  PRICES,
  type Throttle,
} from "@fb/runtime";
import type { GroupChannel, ModuleName, NodeId } from "@fb/types";
import { PEER_FAULTS } from "./errors.ts";
import type { SyncMetrics } from "./metrics.ts";
import type { SyncChain } from "./ports.ts";

export interface PeerCostsDeps {
  readonly channel: Pick<GroupChannel, "report">;
  readonly chain: Pick<SyncChain, "members">;
  readonly clock: Clock;
  /** Withholds lines of a member that provokes too many. */
  readonly log: Logger;
  readonly metrics: SyncMetrics;
}

/**
 * What the messages of a module may cost for nothing, in milliseconds of the group's thread: useful ones are refunded.
 * A correct member's transactions are known, late or without room now and then, at some thousand a second 10 us each.
 */
const BUDGETS = {
  sync: { burstMs: 250, msPerSecond: 20 },
  txs: { burstMs: 500, msPerSecond: 50 },
} as const;
/** More than a group has members. */
const MAX_PARTIES = 1_024;
/** Who goes on over the budget is reported this often, in milliseconds. */
const REPORT_EVERY_MS = 1_000;
const KIBIBYTE = 1_024;

/** Taking over a message of so many bytes, in microseconds. */
export const messagePrice = (bytes: number): number => PRICES.message + (bytes / KIBIBYTE) * PRICES.kibibyte;

/**
 * What the members cost this node by what they send in one module (SPEC 7.1). By node id: a new connection is no new
 * budget.
 */
export class PeerCosts {
  readonly #module: keyof typeof BUDGETS & ModuleName;
  readonly #deps: PeerCostsDeps;
  readonly #budgets: CostBudgets<NodeId>;
  readonly #reports: Throttle<NodeId>;

  constructor(module: keyof typeof BUDGETS, deps: PeerCostsDeps) {
    this.#module = module;
    this.#deps = deps;
    this.#budgets = createCostBudgets({ ...BUDGETS[module], maxParties: MAX_PARTIES }, deps.clock);
    this.#reports = createThrottle(REPORT_EVERY_MS, MAX_PARTIES, deps.clock);
  }

  /** Charges before the work; false = the member has used up its budget, and the work must not be done. */
  charge(peer: NodeId, micros: number): boolean {
    if (this.#budgets.charge(peer, micros)) return true;
    this.drop("budget");
    if (this.#reports.passes(peer)) this.#report(peer);
    return false;
  }

  /** The work was useful. */
  refund(peer: NodeId, micros: number): void {
    this.#budgets.refund(peer, micros);
  }

  /** A message is not looked at. */
  drop(reason: "budget" | "queue" | "newer"): void {
    this.#deps.metrics.dropped.inc({ module: this.#module, reason });
  }

  /**
   * What a sealer's clients send to several nodes at once can be useless to all but the first without its fault, and
   * consensus needs its link: its transactions are dropped, and that is all.
   */
  #report(peer: NodeId): void {
    const { channel, chain, log } = this.#deps;
    log.warn("peer-over-budget", { peer, module: this.#module });
    if (this.#module === "txs" && chain.members().sealers.includes(peer)) return;
    channel.report(peer, PEER_FAULTS.BUDGET_EXCEEDED, "BUDGET_EXCEEDED");
  }
}
