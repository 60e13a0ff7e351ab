/** What a machine hands to its driver and waits for. */
export type Work = "persist" | "execute" | "commit";

/**
 * Counts how long the driver has been at its work (SPEC 6.7): a disk or an execution that hangs gives no other sign. It
 * outlives a height, as the journal does.
 */
export class Stalls {
  #now = 0;
  /** Tick at which each piece of work began, the oldest first. */
  readonly #begun: { readonly [W in Work]: Map<number | string, number> } = {
    persist: new Map(),
    execute: new Map(),
    commit: new Map(),
  };

  begin(work: Work, key: number | string): void {
    this.#begun[work].set(key, this.#now);
  }

  end(work: Work, key: number | string): void {
    this.#begun[work].delete(key);
  }

  /** The head moved: nobody will answer for the height before. */
  newHeight(): void {
    this.#begun.execute.clear();
    this.#begun.commit.clear();
  }

  tick(): void {
    this.#now += 1;
  }

  /** The work that has taken `ticks` or more; the journal before others, because without it nothing can be promised. */
  longerThan(ticks: number): Work | null {
    for (const work of ["persist", "commit", "execute"] as const) {
      const { value } = this.#begun[work].values().next();
      if (value !== undefined && this.#now - value >= ticks) return work;
    }
    return null;
  }
}
