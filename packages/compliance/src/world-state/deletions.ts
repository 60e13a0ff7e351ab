import { ZERO_HASH } from "@fb/types";
import { expect, it } from "vitest";
import { A, B, C, slotOf, value } from "./samples.ts";
import type { WorldChain } from "./world-chain.ts";
import { change, readAccount, readSlot } from "./world-model.ts";

/** What was removed is gone for the views after it and still there for those before it. */
export function describeDeletions(chainOf: () => WorldChain): void {
  const fill = (chain: WorldChain) =>
    chain.commit(
      new Map([
        [
          A,
          change(
            chain.account(1),
            [1, 2, 3].map((n) => [slotOf(n), value(n)] as const),
          ),
        ],
        [B, change(chain.account(9), [[slotOf(1), value(1)]])],
      ]),
    );

  it("removes an account with all its slots (state-storage SPEC 2.2)", async () => {
    const chain = chainOf();
    await fill(chain);
    await chain.open();
    await chain.commit(new Map([[A, change(null)]]));
    await chain.commit(new Map([[A, change(chain.account(5), [[slotOf(7), value(7)]])]]));
    for (const restart of [false, true]) {
      if (restart) await chain.open();
      const view = chain.world.view(2);
      expect(await readAccount(view, A)).toEqual(chain.account(5));
      for (const n of [1, 2, 3]) expect(await readSlot(view, A, slotOf(n))).toEqual(ZERO_HASH);
      expect(await readSlot(view, A, slotOf(7))).toEqual(value(7));
      expect(await readSlot(view, B, slotOf(1))).toEqual(value(1));
    }
  });

  it("clears earlier slots before it applies new ones", async () => {
    const chain = chainOf();
    await fill(chain);
    const changes = new Map([[A, { ...change(chain.account(1), [[slotOf(2), value(22)]]), clearStorage: true }]]);
    await chain.commit(changes);
    for (const restart of [false, true]) {
      if (restart) await chain.open();
      const view = chain.world.view(1);
      expect(await readSlot(view, A, slotOf(1))).toEqual(ZERO_HASH);
      expect(await readSlot(view, A, slotOf(2))).toEqual(value(22));
    }
  });

  it("forgets an account created and destroyed in one block", async () => {
    const chain = chainOf();
    await fill(chain);
    const gone = new Map([[C, { account: null, clearStorage: true, slots: new Map([[slotOf(1), value(1)]]) }]]);
    expect((await chain.candidate(gone)).root).toEqual((await chain.candidate(new Map())).root);
    await chain.commit(gone);
    expect(await readAccount(chain.world.view(1), C)).toBeNull();
    expect(await readSlot(chain.world.view(1), C, slotOf(1))).toEqual(ZERO_HASH);
  });

  it("keeps the cleared slots readable in the view before", async () => {
    const chain = chainOf();
    await fill(chain);
    const before = chain.world.view(0);
    await chain.commit(new Map([[A, change(null)]]));
    await chain.commit(new Map([[A, change(chain.account(3))]]));
    for (const n of [1, 2, 3, 4]) expect(await readSlot(before, A, slotOf(n))).toEqual(n < 4 ? value(n) : ZERO_HASH);
    expect(await readAccount(before, A)).toEqual(chain.account(1));
    expect(await readAccount(chain.world.view(1), A)).toBeNull();
    expect(await readSlot(chain.world.view(1), A, slotOf(1))).toEqual(ZERO_HASH);
  });
}
