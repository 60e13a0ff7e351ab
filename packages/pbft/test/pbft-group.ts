import type { EngineOptions, JournalFiles } from "@fb/consensus";
import { TestGroup, type TestGroupOptions } from "@fb/consensus/testing";
import { createCryptoSuite } from "@fb/crypto";
import { createFakeClock } from "@fb/runtime/testing";
import { expect, onTestFinished } from "vitest";
import { createPbftEngine } from "../src/index.ts";

export const suite = await createCryptoSuite();

/** PBFT engines over real drivers and journals; closed after the test. `disk` may put something before a node's disk. */
export function makeGroup(
  sealers: number,
  options: Partial<EngineOptions> = {},
  crypto = suite,
  disk: (node: number, files: JournalFiles) => JournalFiles = (_, files) => files,
): TestGroup {
  const create: TestGroupOptions["create"] = (journalDir, deps, files) => {
    const node = group.nodes.findIndex(({ id }) => id === deps.signer.self);
    return createPbftEngine(
      { journalDir, minBlockIntervalMs: 100, settleBlocks: 0, ...options },
      deps,
      disk(node, files),
    );
  };
  const group = new TestGroup({ sealers, type: "pbft", suite: crypto, clock: createFakeClock(), create });
  onTestFinished(() => group.close());
  return group;
}

/** The chains of these nodes agree as far as they go. */
export function sameChains(group: TestGroup, indexes: readonly number[]): void {
  const [first, ...others] = indexes.map((i) => group.nodes[i]!.chain.blocks);
  for (const blocks of others) {
    const shared = Math.min(blocks.length, first!.length);
    for (let h = 0; h < shared; h++) expect(blocks[h]!.info.hash).toEqual(first![h]!.info.hash);
  }
}

/** Whether these nodes have this height. */
export const reached = (group: TestGroup, height: number, indexes: readonly number[]) => () =>
  indexes.every((i) => group.nodes[i]!.chain.height >= height);
