import type { Clock } from "@fb/runtime";
import type { MultiaddrConnection } from "@libp2p/interface";

/** Where refused connections wait for their end: who comes again as soon as it is sent away comes less often. */
export interface Tarpit {
  /** Resolves when the connection may be closed; at once when all places are taken. Nothing of it is read. */
  hold(raw: MultiaddrConnection): Promise<void>;
  /** Lets go of everything. */
  close(): void;
}

export interface TarpitOptions {
  readonly places: number;
  readonly ms: number;
}

export function createTarpit({ places, ms }: TarpitOptions, clock: Clock): Tarpit {
  const held = new Set<() => void>();
  return {
    async hold(raw) {
      if (held.size >= places) return;
      raw.pause();
      await new Promise<void>((resolve) => {
        const end = () => {
          held.delete(end);
          cancel();
          resolve();
        };
        const cancel = clock.after(ms, end);
        held.add(end);
        raw.addEventListener("close", end, { once: true });
      });
    },
    close() {
      for (const end of held) end();
    },
  };
}
