import { type Mariadb, mariadbAvailable, startMariadb } from "@fb/mariadb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createBench, type FaultBench } from "./bench.ts";

describe.skipIf(!mariadbAvailable())("a commit on MariaDB that is interrupted", () => {
  let server: Mariadb;
  let bench: FaultBench;
  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server?.dispose());
  beforeEach(async () => {
    bench = await createBench(server);
    await bench.open();
    await bench.commit();
  });
  afterEach(() => bench.close());

  /** Calls `fault` in a commit after one packet more each time, until a commit needs no more packets. */
  async function atEachPacket(fault: () => void, heal: () => Promise<void>): Promise<number> {
    for (let packets = 0; ; packets++) {
      let isOver = false;
      await bench.commitWhile(async (committed) => {
        await new Promise<void>((resolve) => {
          const giveUp = bench.proxy.afterPackets(packets, () => {
            fault();
            resolve();
          });
          const over = () => {
            isOver = !giveUp();
            resolve();
          };
          committed.then(over, over);
        });
        if (!isOver) await heal();
      });
      await bench.check();
      if (isOver) return packets;
    }
  }

  it("is done once when the connection is cut before any packet of it", async () => {
    const packets = await atEachPacket(
      () => bench.proxy.cut(),
      async () => undefined,
    );
    expect(packets).toBeGreaterThan(5);
  });

  it("is done once when the server is killed before any packet of it, and goes on by itself when it is back", async () => {
    let killed: Promise<void>;
    const packets = await atEachPacket(
      () => {
        killed = server.kill();
      },
      async () => {
        await killed;
        await server.start();
      },
    );
    expect(packets).toBeGreaterThan(5);
  });

  it("is done once when COMMIT, or the answer to it, is lost (storage-amdb SPEC 6.5)", async () => {
    for (const cut of ["before", "sent", "after", "after"] as const) {
      const lost = bench.proxy.cutNextCommit(cut);
      await Promise.all([lost, bench.commit()]);
      await bench.check();
    }
  });
});
