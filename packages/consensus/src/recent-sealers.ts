import { equalBytes, type HeadInfo, type SealerIndex } from "@fb/types";
import type { ChainPort, NewHead } from "./ports.ts";

/** Keeps `Head.recent`: who proposed the last blocks decided under the member list in force. */
export class RecentSealers {
  #head: HeadInfo;
  #recent: SealerIndex[];

  private constructor(head: HeadInfo, recent: SealerIndex[]) {
    this.#head = head;
    this.#recent = recent;
  }

  /** Reads the window back from `head`. */
  static async load(chain: ChainPort, { head, members }: NewHead): Promise<RecentSealers> {
    const recent: SealerIndex[] = [];
    let header = head.header;
    while (header.number > 0 && recent.length < members.sealers.length) {
      const before = await chain.header(header.number - 1);
      // A missing header ends the window only where history is not kept at all; every node reads at least this far.
      if (before === null || !equalBytes(before.membersHash, head.header.membersHash)) break;
      recent.unshift(header.sealer);
      header = before;
    }
    return new RecentSealers(head, recent);
  }

  get head(): HeadInfo {
    return this.#head;
  }

  /** The window ending at the next head. */
  advance({ head, members }: NewHead): readonly SealerIndex[] {
    const changed = !equalBytes(head.header.membersHash, this.#head.header.membersHash);
    this.#recent = changed ? [] : [...this.#recent, head.header.sealer].slice(-members.sealers.length);
    this.#head = head;
    return this.#recent;
  }

  list(): readonly SealerIndex[] {
    return this.#recent;
  }
}
