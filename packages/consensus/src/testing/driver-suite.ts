import { createCryptoSuite } from "@fb/crypto";
import { createFakeClock } from "@fb/runtime/testing";
import type { ConsensusEngine, ConsensusType, CryptoSuite } from "@fb/types";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JournalFiles } from "../journal/files.ts";
import type { EngineOptions } from "../options.ts";
import type { EngineDeps } from "../ports.ts";
import type { TestGroupOptions } from "./options.ts";
import { TestGroup } from "./test-group.ts";

type Create = (options: EngineOptions, deps: EngineDeps, files: JournalFiles) => ConsensusEngine;

const DAY_MS = 86_400_000;
const ALL = [0, 1, 2, 3];
const SETTLE = { settleBlocks: 5, settleIntervalMs: 500 };

/** What the driver and the sealer promise whatever the engine: every engine package runs it. */
export function describeDriver(type: ConsensusType, createEngine: Create): void {
  let suite: CryptoSuite;
  let group: TestGroup;

  beforeAll(async () => {
    suite = await createCryptoSuite();
  });

  afterEach(async () => {
    await group.close();
  });

  const startGroup = async (options: Partial<EngineOptions>, more: Partial<TestGroupOptions> = {}) => {
    const create: TestGroupOptions["create"] = (journalDir, deps, files) =>
      createEngine({ journalDir, minBlockIntervalMs: 100, ...options }, deps, files);
    group = new TestGroup({ sealers: 4, type, suite, clock: createFakeClock(), create, ...more });
    await group.startAll();
  };
  const everybodyAt = (height: number, indexes = ALL) =>
    group.until(60_000, () => indexes.every((i) => group.nodes[i]!.chain.height >= height));
  /** Transactions per block, genesis left out, once nothing changes any more. */
  const blockSizes = async (index = 0) => {
    await group.until(120_000, () => false);
    return group.nodes[index]!.chain.blocks.slice(1).map(({ transactions }) => transactions.length);
  };
  const leader = () => {
    const id = group.nodes.map((node) => node.engine?.status().leader).find((node) => node);
    return group.nodes.findIndex((node) => node.id === id);
  };

  describe(`${type}: time of blocks (consensus SPEC 2.5)`, () => {
    it("goes on from a genesis a day ahead of the clocks, one millisecond a block", async () => {
      await startGroup({ settleBlocks: 0 }, { genesisAheadMs: DAY_MS });
      for (let height = 1; height <= 3; height++) {
        group.submit(1);
        expect(await everybodyAt(height)).toBe(true);
      }
      const [genesis, ...times] = group.nodes[0]!.chain.blocks.map(({ info }) => info.header.timestamp);
      expect(times).toEqual([genesis! + 1, genesis! + 2, genesis! + 3]);
      expect(group.hub.faults).toEqual([]);
    });
  });

  describe(`${type}: penalties (consensus SPEC 1.5, 2.8)`, () => {
    it("are never earned by a slow clock, crashes, restarts and cut links", async () => {
      await startGroup({ settleBlocks: 0 }, { skewMs: [-3_600_000, 0, 60_000, 0] });
      const { nodes, hub } = group;
      for (let round = 0; round < 24; round++) {
        group.submit(1);
        const down = round % 4;
        const [a, b] = [nodes[(round + 1) % 4]!.id, nodes[(round + 2) % 4]!.id];
        if (round % 3 === 0) await group.kill(down);
        if (round % 3 === 1) hub.setLink(a, b, false);
        await group.until(2000, () => false);
        if (round % 3 === 0) await group.start(down);
        hub.setLink(a, b, true);
        await group.until(5000, () => false);
      }
      expect(Math.max(...group.heights())).toBeGreaterThan(10);
      expect(hub.faults).toEqual([]);
    });
  });

  describe(`${type}: settling blocks (consensus SPEC 4.5)`, () => {
    it("follow the last transaction, as many as asked for, and nothing after them or without one", async () => {
      await startGroup(SETTLE);
      expect(await blockSizes()).toEqual([]);
      group.submit(1);
      expect(await blockSizes()).toEqual([1, 0, 0, 0, 0, 0]);
      group.submit(1);
      expect(await blockSizes()).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
      expect(group.hub.faults).toEqual([]);
    });

    it("give five confirmations within three seconds by default", async () => {
      await startGroup({});
      // Elections are over.
      await group.until(10_000, () => false);
      group.submit(1);
      expect(await group.until(3000, () => group.heights().every((height) => height >= 5))).toBe(true);
    });

    it("start again with a transaction that comes between them", async () => {
      await startGroup(SETTLE);
      group.submit(1);
      expect(await everybodyAt(3)).toBe(true);
      group.submit(1);
      expect(await blockSizes()).toEqual([1, 0, 0, 1, 0, 0, 0, 0, 0]);
    });

    it("go on where they were after a restart of all", async () => {
      await startGroup(SETTLE);
      group.submit(1);
      expect(await everybodyAt(3)).toBe(true);
      for (const i of ALL) await group.kill(i);
      const [stored] = group.heights();
      for (const i of ALL) await group.start(i);
      expect(stored).toBeLessThan(6);
      expect(await blockSizes()).toEqual([1, 0, 0, 0, 0, 0]);
      for (const i of ALL) await group.kill(i);
      for (const i of ALL) await group.start(i);
      expect(await blockSizes()).toEqual([1, 0, 0, 0, 0, 0]);
    });

    it("go on when their leader dies", async () => {
      await startGroup(SETTLE);
      group.submit(1);
      expect(await everybodyAt(2)).toBe(true);
      const dead = leader();
      await group.kill(dead);
      const alive = ALL.filter((i) => i !== dead);
      expect(await blockSizes(alive[0])).toEqual([1, 0, 0, 0, 0, 0]);
      expect(await blockSizes(alive[1])).toEqual([1, 0, 0, 0, 0, 0]);
    });
  });
}
