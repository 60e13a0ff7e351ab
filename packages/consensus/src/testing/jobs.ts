import { invariant, type NodeId } from "@fb/types";
import type { MachineView } from "../core/machine.ts";
import type { Env } from "./env.ts";
import { checkRecord } from "./invariants.ts";
import type { Label } from "./script-engine.ts";
import { type BrokenExecution, hashOf, type ScriptNode } from "./script-node.ts";

/** What a node with diverging execution computes. */
const DIVERGING = "other";

/** Makes the first `max` waiting records durable, then lets their messages go. */
export function fsync<M, R, V extends MachineView>(
  env: Env<M, R, V>,
  node: ScriptNode<M, R, V>,
  max = Number.POSITIVE_INFINITY,
): void {
  if (!node.up || node.hanging.has("fsync")) return;
  const group = node.waiting.splice(0, max);
  if (group.length > 0 && node.journalBroken) {
    node.halted = "JOURNAL_WRITE_FAILED";
    env.print(`  ${node.id} halted JOURNAL_WRITE_FAILED`);
    return;
  }
  for (const { record } of group) {
    checkRecord(env.engine, node, record);
    node.journal.push(record);
  }
  if (group.length > 0) node.mark = Math.max(node.mark, node.durable);
  for (const effect of group) {
    const signatures = effect.thenSend.map((send) => env.send(node.id, send));
    env.step(node, { type: "persisted", seq: effect.seq, signatures });
  }
}

/**
 * Ends one execution. Blocks whose label begins with "bad" are refused by every node.
 *
 * @param asked ok, fail:CODE, or hash:X for a node that computes something else.
 */
export function execute<M, R, V extends MachineView>(
  env: Env<M, R, V>,
  node: ScriptNode<M, R, V>,
  asked?: string,
): void {
  if (node.hanging.has("execute")) return;
  const effect = node.executions.shift();
  if (effect === undefined || !node.up) return;
  const { key, proposal } = effect;
  const result = asked ?? (proposal.block.startsWith("bad") ? "fail" : usualResult(node.execution));
  if (proposal.height !== node.tip.height + 1) return;
  if (result.startsWith("fail")) {
    env.step(node, { type: "executed", key, outcome: { ok: false, code: result.slice(5) || "BAD_BLOCK" } });
    return;
  }
  if (result.startsWith("hash:")) node.lied = true;
  const hash = hashOf(proposal.block, result.startsWith("hash:") ? result.slice(5) : "");
  const executed = { hash, proposal, sealed: proposal.block };
  env.step(node, { type: "executed", key, outcome: { ok: true, executed } });
}

/** Stores the decided blocks. */
export function applyAll<M, R, V extends MachineView>(env: Env<M, R, V>, node: ScriptNode<M, R, V>): void {
  while (node.commits.length > 0 && node.up && !node.hanging.has("commit")) apply(env, node);
}

function apply<M, R, V extends MachineView>(env: Env<M, R, V>, node: ScriptNode<M, R, V>): void {
  const effect = node.commits.shift();
  if (effect === undefined || effect.height !== node.tip.height + 1) return;
  const block = env.decisions.block(effect.height);
  invariant(block !== undefined, "a decision without a block", { height: effect.height });
  env.advance(node, block);
}

/** Sync asks everybody for the height by itself, as it does from time to time. */
export function lookAround<M, R, V extends MachineView>(env: Env<M, R, V>, node: ScriptNode<M, R, V>): void {
  for (const { id, tip, up } of env.nodes.values())
    if (up && tip.height > node.tip.height) node.behind.set(id, tip.height);
}

/** Sync: takes over a peer's next blocks, as far as the peer was said to be. */
export function sync<M, R, V extends MachineView>(env: Env<M, R, V>, node: ScriptNode<M, R, V>, peer: NodeId): void {
  const wanted = node.behind.get(peer);
  node.behind.delete(peer);
  const other = env.nodes.get(peer);
  if (wanted === undefined || other === undefined || !node.up || !env.network.canTalk(node.id, peer)) return;
  for (let height = node.tip.height + 1; height <= wanted; height++) {
    const block = other.chain[height];
    if (block === undefined) return;
    env.advance(node, block);
  }
}

/** The sealer answers. */
export function propose<M, R, V extends MachineView>(env: Env<M, R, V>, node: ScriptNode<M, R, V>, label: Label): void {
  const request = node.sealing;
  invariant(request !== null, "this node was not asked to seal", { node: node.id });
  node.sealing = null;
  const { height, parent, sealer, round } = request;
  env.step(node, { type: "proposal", round, proposal: { id: label, parent, height, sealer, block: label } });
}

function usualResult(execution: BrokenExecution | null): string {
  if (execution === null) return "ok";
  return execution === "refuse" ? "fail:BAD_BLOCK" : `hash:${DIVERGING}`;
}
