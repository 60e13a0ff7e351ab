import { type CommitCertificate, InvariantError, type NodeId } from "@fb/types";
import type { CoreEffect, MachineView } from "../core/machine.ts";
import { peerActionOf, type RejectCode } from "../core/reject-code.ts";
import { isFakeSignature, type Label, type ScriptEngine } from "./script-engine.ts";
import type { ScriptBlock, ScriptNode } from "./script-node.ts";

/** Every block that any correct node has decided: one per height, for ever. */
export class Decisions {
  readonly #blocks = new Map<number, ScriptBlock>();

  block(height: number): ScriptBlock | undefined {
    return this.#blocks.get(height);
  }

  get height(): number {
    return this.#blocks.size;
  }

  get newest(): ScriptBlock | undefined {
    return this.#blocks.get(this.#blocks.size);
  }

  decide<M, R, V extends MachineView>(
    node: ScriptNode<M, R, V>,
    effect: Extract<CoreEffect<M, R, Label>, { type: "commit" }>,
    block: ScriptBlock,
  ): void {
    const { height, hash } = effect;
    const known = this.#blocks.get(height);
    if (known !== undefined) {
      if (known.hash !== hash) {
        throw new InvariantError("two decisions at one height", { height, node: node.id, hash, other: known.hash });
      }
      return;
    }
    this.#blocks.set(height, block);
  }
}

/** SPEC 1.5: nothing that a correct node sends may cost it its peers. Whoever is no node of ours is not correct. */
export function checkPenalty<M, R, V extends MachineView>(
  node: ScriptNode<M, R, V> | undefined,
  code: RejectCode,
): void {
  if (node === undefined || node.byzantine || node.lied || peerActionOf(code) === "ignore") return;
  throw new InvariantError("a correct node was penalised", { node: node.id, code });
}

/** A quorum of distinct sealers, each with a valid signature over exactly this decision. */
export function checkCertificate<M, R, V extends MachineView>(
  engine: ScriptEngine<M, R, V>,
  node: ScriptNode<M, R, V>,
  height: number,
  hash: string,
  certificate: CommitCertificate,
): void {
  const { sealers } = node.tip;
  const text = engine.commitText(height, certificate.round, hash);
  const signers = new Set<NodeId>();
  for (const { sealer, signature } of certificate.signatures) {
    const signer = sealers[sealer];
    if (signer !== undefined && isFakeSignature(signer, text, signature)) signers.add(signer);
  }
  if (signers.size < engine.quorum(sealers.length) || signers.size !== certificate.signatures.length) {
    throw new InvariantError("a certificate that proves nothing", { node: node.id, height, hash });
  }
}

/** One vote per slot in a node's whole life, and the engine's own rule on the order of records. */
export function checkRecord<M, R, V extends MachineView>(
  engine: ScriptEngine<M, R, V>,
  node: ScriptNode<M, R, V>,
  record: R,
): void {
  for (const { slot, choice } of engine.votes(record)) {
    const before = node.votes.get(slot);
    if (before !== undefined && before !== choice) {
      throw new InvariantError("two votes in one slot", { node: node.id, slot, before, choice });
    }
    node.votes.set(slot, choice);
  }
  const broken = engine.journalRule(node.history, record);
  if (broken !== null) throw new InvariantError(broken, { node: node.id, record: engine.printRecord(record) });
  node.history.push(record);
  for (const promise of engine.covers(record)) node.promises.add(promise);
}

/** What leaves a node may promise only what its disk holds. */
export function checkSend<M, R, V extends MachineView>(
  engine: ScriptEngine<M, R, V>,
  node: ScriptNode<M, R, V>,
  msg: M,
): void {
  const promise = engine.promise(msg);
  if (promise !== null && !node.promises.has(promise)) {
    throw new InvariantError("a promise left before it was durable", { node: node.id, promise });
  }
}

/** For engines with exclusive leadership: one node per term. */
export function checkClaims<M, R, V extends MachineView>(
  engine: ScriptEngine<M, R, V>,
  claims: Map<string, NodeId>,
  node: ScriptNode<M, R, V>,
): void {
  if (node.machine === null) return;
  const claim = engine.exclusiveClaim(node.machine.view());
  if (claim === null) return;
  const holder = claims.get(claim);
  if (holder !== undefined && holder !== node.id) {
    throw new InvariantError("two nodes with one claim", { claim, holder, node: node.id });
  }
  claims.set(claim, node.id);
}
