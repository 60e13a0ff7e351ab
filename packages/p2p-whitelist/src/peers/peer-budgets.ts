import { type Clock, type CostBudgets, createCostBudgets, createThreadShare } from "@fb/runtime";
import type { ModuleName, NodeId } from "@fb/types";
import type { NodeCertificate } from "../admission/certificates.ts";
import { MODULE_NAMES } from "../channel/frames.ts";
import { LIMITS, NETWORK_BUDGETS } from "../limits.ts";

/** Work of the network's thread for peers: what each may cost, and whose turn it is. */
export interface PeerBudgets {
  /** Charges a node for work on its connection; returns how many ms it has to wait, 0 when it need not. */
  charge(peer: NodeCertificate, micros: number): number;
  /** Asks for a turn of the thread after `micros` of work on frames; null = go on. */
  turn(peer: NodeCertificate, micros: number): Promise<void> | null;
}

/** The same for the messages of one group. */
export interface MessageBudgets {
  charge(peer: NodeId, module: ModuleName, micros: number): number;
  /** A fault costs the node in every module but consensus, where the group waits for what it sends. */
  penalise(peer: NodeId): void;
  /** @param party who takes turns with others of the module: one stream. */
  turn(party: object, module: ModuleName, micros: number): Promise<void> | null;
}

const MAX_PARTIES = 4_096;
/** As much as a node may cost at once, in microseconds: one fault takes its reserve, those that follow make it wait. */
const FAULT_PRICE = 1_000 * NETWORK_BUDGETS.module.burstMs;

/**
 * Budgets of members go by node, those of all others by agency: whoever can have many certificates gains nothing by
 * them. A node learns from its budget only whether it is a member itself (SPEC 5.3).
 */
export function createPeerBudgets(
  clock: Clock,
  isMember: (node: NodeId) => boolean,
): PeerBudgets & { group(): MessageBudgets } {
  // Frames carry what all groups wait for; then messages, those of consensus first.
  const [frames, ...lanes] = createThreadShare({ sliceMs: LIMITS.turnMs, lanes: 1 + MODULE_NAMES.length });
  // A turn of the event loop is short when there is much to do: strangers must not have a share of each.
  const [strangersFrames] = createThreadShare({ sliceMs: LIMITS.strangersTurnMs, lanes: 1 });
  const budgets = (limits: { readonly burstMs: number; readonly msPerSecond: number }) =>
    createCostBudgets<string>({ ...limits, maxParties: MAX_PARTIES }, clock);
  const members = budgets(NETWORK_BUDGETS.member);
  const strangers = budgets(NETWORK_BUDGETS.stranger);
  const charge = (of: CostBudgets<string>, party: string, micros: number) =>
    of.charge(party, micros) ? 0 : of.waitMs(party);

  return {
    charge: ({ nodeId, agencyFingerprint }, micros) =>
      isMember(nodeId) ? charge(members, nodeId, micros) : charge(strangers, agencyFingerprint, micros),
    turn: ({ nodeId }, micros) => (isMember(nodeId) ? frames! : strangersFrames!).take(nodeId, micros),
    group() {
      const modules = new Map(MODULE_NAMES.map((name) => [name, budgets(NETWORK_BUDGETS.module)]));
      return {
        charge: (peer, module, micros) => charge(modules.get(module)!, peer, micros),
        penalise(peer) {
          for (const [name, budget] of modules) if (name !== "consensus") budget.charge(peer, FAULT_PRICE);
        },
        turn: (party, module, micros) => lanes[MODULE_NAMES.indexOf(module)]!.take(party, micros),
      };
    },
  };
}
