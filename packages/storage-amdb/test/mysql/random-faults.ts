import { generator } from "@fb/compliance/generator";
import { startMariadb } from "@fb/mariadb";
import { createBench, type FaultBench } from "./bench.ts";

type Random = (bound: number) => number;

/** More packets than most commits have, so that some are not interrupted at all. */
const PACKETS = 14;
const CUTS = ["before", "sent", "after"] as const;
const DIRECTIONS = ["to-server", "to-client"] as const;

/** What goes wrong around a commit, and how it ends. */
const FAULTS: Readonly<Record<string, (bench: FaultBench, random: Random) => Promise<void>>> = {
  "connections cut": (bench, random) => interrupted(bench, random, () => bench.proxy.cut()),
  "COMMIT cut off": async (bench, random) => {
    const cut = bench.proxy.cutNextCommit(CUTS[random(CUTS.length)]!);
    await Promise.all([cut, bench.commit()]);
  },
  "server killed": async (bench, random) => {
    let killed: Promise<void> | undefined;
    await interrupted(
      bench,
      random,
      () => {
        killed = bench.server.kill();
      },
      async () => {
        await killed;
        await bench.server.start();
      },
    );
  },
  "server hangs": (bench, random) =>
    interrupted(
      bench,
      random,
      () => bench.server.pause(),
      async () => {
        await bench.trouble("STORAGE_UNREACHABLE");
        bench.server.resume();
      },
    ),
  "nothing passes in one direction": (bench, random) =>
    interrupted(
      bench,
      random,
      () => bench.proxy.stall(DIRECTIONS[random(DIRECTIONS.length)]!),
      async () => {
        await bench.trouble("STORAGE_UNREACHABLE");
        bench.proxy.resume();
      },
    ),
  "connections refused": (bench, random) =>
    interrupted(
      bench,
      random,
      () => {
        bench.proxy.refuse(true);
        bench.proxy.cut();
      },
      async () => {
        await bench.trouble("STORAGE_UNREACHABLE");
        bench.proxy.refuse(false);
      },
    ),
  "server read-only": async (bench) => {
    await bench.server.sql("SET GLOBAL read_only = 1");
    await bench.commitWhile(async () => {
      await bench.trouble("STORAGE_NOT_WRITABLE");
      await bench.server.sql("SET GLOBAL read_only = 0");
    });
  },
  "server restarted": async (bench) => {
    await bench.server.stop();
    await bench.commitWhile(async () => {
      await bench.trouble("STORAGE_UNREACHABLE");
      await bench.server.start();
    });
  },
  "connections cut in a read": async (bench, random) => {
    const giveUp = bench.proxy.afterPackets(random(PACKETS), () => bench.proxy.cut());
    await bench.check();
    giveUp();
  },
  "backend closed and opened": async (bench) => {
    await bench.backend.close();
    await bench.open();
  },
  "backend closed while its server is away": async (bench, random) => {
    const block = bench.stream.next();
    let killed: Promise<void> | undefined;
    const giveUp = bench.proxy.afterPackets(random(PACKETS), () => {
      killed = bench.server.kill();
    });
    const committed = bench.backend.commit(block.height, block.batch).catch(() => undefined);
    await Promise.race([committed, bench.trouble("STORAGE_UNREACHABLE")]);
    giveUp();
    await bench.backend.close();
    await committed;
    await killed;
    await bench.server.start();
    await bench.open();
    if (bench.backend.height() === block.height) bench.stream.apply(block);
  },
};

/** Commits, lets `fault` happen before a random packet of it, and heals it if it happened. */
async function interrupted(
  bench: FaultBench,
  random: Random,
  fault: () => void,
  heal: () => Promise<void> = async () => undefined,
): Promise<void> {
  await bench.commitWhile(async (committed) => {
    let happens = (): void => undefined;
    const happened = new Promise<void>((resolve) => (happens = resolve));
    const giveUp = bench.proxy.afterPackets(random(PACKETS), () => {
      fault();
      happens();
    });
    await Promise.race([happened, committed.catch(() => undefined)]);
    if (giveUp()) await heal();
  });
}

export interface FaultRun {
  readonly seed: number;
  /** How many faults, one after the other. */
  readonly faults: number;
  readonly onFault?: (done: number, name: string) => void;
}

/**
 * Commits random blocks to a MariaDB of its own while one thing after the other goes wrong, and checks height and all
 * rows after each. Throws AssertionError when anything was lost or is there that should not be.
 */
export async function runFaults({ seed, faults, onFault }: FaultRun): Promise<void> {
  const random = generator(seed);
  const names = Object.keys(FAULTS);
  const server = await startMariadb();
  try {
    const bench = await createBench(server, seed);
    await bench.open();
    for (let done = 1; done <= faults; done++) {
      const name = names[random(names.length)]!;
      await FAULTS[name]!(bench, random);
      await bench.check();
      await bench.commit();
      onFault?.(done, name);
    }
    await bench.close();
  } finally {
    await server.dispose();
  }
}
