/** Room for connections that came in and have proved nothing yet. */
export interface HandshakeSlots {
  /**
   * Takes a slot for a connection from `source`. When there is none, the oldest of whoever uses most gives way: its
   * `drop` is called. Returns what gives the slot back (idempotent).
   */
  enter(source: string, isKnown: boolean, drop: () => void): () => void;
  readonly used: number;
}

export interface HandshakeSlotsOptions {
  /** Slots for all sources that are not known, and for one of them. */
  readonly slots: number;
  readonly perSource: number;
  /** Slots of their own for known sources. */
  readonly reserved: number;
}

interface Slot {
  readonly source: string;
  drop(): void;
}

/**
 * The oldest gives way, never the newest: an honest handshake takes some round trips, so only who does not go on with it
 * becomes old. Known sources have slots that no stranger can take.
 */
export function createHandshakeSlots(options: HandshakeSlotsOptions): HandshakeSlots {
  /** In the order of their coming. */
  const strangers = new Set<Slot>();
  const known = new Set<Slot>();

  const oldestOf = (pool: ReadonlySet<Slot>, source: string): Slot => [...pool].find((slot) => slot.source === source)!;
  const countBySource = () => {
    const counts = new Map<string, number>();
    for (const { source } of strangers) counts.set(source, (counts.get(source) ?? 0) + 1);
    return counts;
  };
  const victimFor = (source: string): Slot | null => {
    const counts = countBySource();
    if ((counts.get(source) ?? 0) >= options.perSource) return oldestOf(strangers, source);
    if (strangers.size < options.slots) return null;
    const [busiest] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most));
    return oldestOf(strangers, busiest);
  };

  return {
    enter(source, isKnown, drop) {
      const pool = isKnown ? known : strangers;
      const victim = isKnown ? (known.size < options.reserved ? null : [...known][0]!) : victimFor(source);
      if (victim !== null) {
        pool.delete(victim);
        victim.drop();
      }
      const slot: Slot = { source, drop };
      pool.add(slot);
      return () => void pool.delete(slot);
    },
    get used() {
      return strangers.size + known.size;
    },
  };
}
