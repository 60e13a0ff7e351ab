import type { EngineStatus, NodeId } from "@fb/types";

/** The view or term that each other sealer was in when last heard; for the status of the engine only. */
export class HeardRounds {
  readonly #rounds = new Map<NodeId, number>();

  hear(sealer: NodeId, round: number): void {
    this.#rounds.set(sealer, round);
  }

  /** Forgets who is no sealer any more. */
  keep(sealers: readonly NodeId[]): void {
    for (const node of this.#rounds.keys()) if (!sealers.includes(node)) this.#rounds.delete(node);
  }

  of(sealers: readonly NodeId[]): EngineStatus["heard"] {
    return sealers.flatMap((nodeId) => {
      const round = this.#rounds.get(nodeId);
      return round === undefined ? [] : [{ nodeId, round }];
    });
  }
}
