import { fromHex } from "@fb/types";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeCandidates } from "./candidates.ts";
import { describeContents } from "./contents.ts";
import { describeDeletions } from "./deletions.ts";
import { describeHeights } from "./heights.ts";
import { compareRandomBlocks } from "./random-blocks.ts";
import { A } from "./samples.ts";
import { WorldChain, type WorldFactory } from "./world-chain.ts";
import { change } from "./world-model.ts";

/** What every `WorldState` of `@fb/types` must do. */
export function describeWorldState(name: string, factory: WorldFactory): void {
  describe(`${name} as a world state`, () => {
    let chain: WorldChain;

    beforeEach(async () => {
      chain = new WorldChain(await factory(false));
      await chain.open();
    });
    afterEach(() => chain.fixture.dispose());

    describeContents(() => chain);
    describeDeletions(() => chain);
    describeHeights(() => chain);
    describeCandidates(() => chain);
    it("proves an account, or says that it cannot", async () => {
      await chain.commit(new Map([[A, change(chain.account(1))]]));
      const proof = chain.world.proof(0, fromHex(A)!, []);
      if (chain.world.type === "mpt") expect(await proof).toMatchObject({ account: chain.account(1) });
      else await expect(proof).rejects.toMatchObject({ code: "PROOF_UNSUPPORTED" });
    });
  });
  describe(`${name} against a model`, () => {
    it.each([1, 2, 3, 4])("random blocks, everything in memory, seed %i", (seed) =>
      compareRandomBlocks(factory, false, seed),
    );
    it.each([5, 6, 7, 8])("random blocks, hardly any memory, seed %i", (seed) =>
      compareRandomBlocks(factory, true, seed),
    );
  });
}
