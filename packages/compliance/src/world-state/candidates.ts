import { type StateChanges, type StateCommitment, ZERO_HASH } from "@fb/types";
import { expect, it } from "vitest";
import { A, slotOf, value } from "./samples.ts";
import type { WorldChain } from "./world-chain.ts";
import { change, readAccount, readSlot } from "./world-model.ts";

/** Blocks that are not committed: several of one height, and several on top of each other. */
export function describeCandidates(chainOf: () => WorldChain): void {
  it("computes several candidates of one height without touching the state", async () => {
    const chain = chainOf();
    await chain.commit(new Map([[A, change(chain.account(1))]]));
    const one = new Map([[A, change(chain.account(2))]]);
    const two = new Map([[A, change(chain.account(3), [[slotOf(1), value(1)]])]]);
    const [first, second] = await Promise.all([chain.candidate(one), chain.candidate(two)]);
    expect(second.root).not.toEqual(first.root);
    expect(chain.world.view(0).peekAccount(A)).toEqual(chain.account(1));
    await chain.accept(second, two);
    expect(await readAccount(chain.world.view(1), A)).toEqual(chain.account(3));
    await expect(chain.world.commitment(2, first.root, new Map())).rejects.toMatchObject({ code: "PARENT_UNKNOWN" });
  });

  it("computes a block over a candidate that is not committed yet", async () => {
    const chain = chainOf();
    const slots = [1, 2, 3].map((n) => [slotOf(n), value(n)] as const);
    await chain.commit(new Map([[A, change(chain.account(1), slots)]]));
    const blocks: StateChanges[] = [
      new Map([[A, change(chain.account(2), [[slotOf(4), value(4)]])]]),
      new Map([[A, change(null)]]),
      new Map([[A, change(chain.account(3), [[slotOf(2), value(9)]])]]),
    ];
    const ahead: StateCommitment[] = [];
    for (const [i, changes] of blocks.entries()) {
      ahead.push(await chain.world.commitment(i + 1, ahead.at(-1)?.root ?? chain.root, changes));
    }
    for (const [i, changes] of blocks.entries()) {
      expect((await chain.candidate(changes)).root).toEqual(ahead[i]!.root);
      await chain.accept(ahead[i]!, changes);
    }
    await chain.open();
    const view = chain.world.view(3);
    for (const n of [1, 2, 3, 4]) {
      expect(await readSlot(view, A, slotOf(n))).toEqual(n === 2 ? value(9) : ZERO_HASH);
    }
  });

  it("refuses a parent it does not know", async () => {
    const chain = chainOf();
    await expect(chain.world.commitment(0, value(1), new Map())).rejects.toMatchObject({ code: "PARENT_UNKNOWN" });
  });
}
