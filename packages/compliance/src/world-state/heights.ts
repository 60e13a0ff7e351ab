import { type StateView, ZERO_HASH } from "@fb/types";
import { expect, it } from "vitest";
import { A, B, C, slotOf, value } from "./samples.ts";
import { HISTORY_BLOCKS, type WorldChain } from "./world-chain.ts";
import { change, readAccount, readSlot } from "./world-model.ts";

/** Views of earlier blocks stay exact as far back as is kept, and end there. */
export function describeHeights(chainOf: () => WorldChain): void {
  it("keeps a view exact while later blocks commit", async () => {
    const chain = chainOf();
    const views: StateView[] = [];
    for (let height = 0; height < 6; height++) {
      await chain.commit(
        new Map([
          [
            A,
            change(chain.account(height), [
              [slotOf(1), value(height)],
              [slotOf(height), value(1)],
            ]),
          ],
        ]),
      );
      views.push(chain.world.view(height));
    }
    expect(chain.world.lowest()).toBe(0);
    for (const [height, view] of views.entries()) {
      expect(await readAccount(view, A)).toEqual(chain.account(height));
      expect(await readSlot(view, A, slotOf(1))).toEqual(chain.models[height + 1]!.slot(A, slotOf(1)));
      expect(await readSlot(view, A, slotOf(5))).toEqual(chain.models[height + 1]!.slot(A, slotOf(5)));
    }
  });

  it("stays exact when a commit overtakes a load", async () => {
    const chain = chainOf();
    await chain.commit(new Map([[A, change(chain.account(1), [[slotOf(1), value(1)]])]]));
    await chain.open();
    const next = new Map([[A, change(chain.account(2), [[slotOf(1), value(2)]])]]);
    const commitment = await chain.candidate(next);
    await chain.open();
    const again = await chain.candidate(next);
    expect(again.root).toEqual(commitment.root);
    const view = chain.world.view(0);
    const load = view.load([
      { type: "account", address: A },
      { type: "slot", address: A, slot: slotOf(1) },
    ]);
    await Promise.all([load, chain.accept(again, next)]);
    expect(await readAccount(view, A)).toEqual(chain.account(1));
    expect(await readSlot(view, A, slotOf(1))).toEqual(value(1));
    expect(await readSlot(chain.world.view(1), A, slotOf(1))).toEqual(value(2));
  });

  it("keeps so many heights before the head readable, no more and no fewer, and a restart changes nothing", async () => {
    const chain = chainOf();
    for (let height = 0; height < HISTORY_BLOCKS + 5; height++) {
      const slots = [
        [slotOf(1), value(height)],
        [slotOf(height % 7), height % 3 === 0 ? ZERO_HASH : value(height)],
      ] as const;
      const changes = new Map([[A, change(height % 11 === 10 ? null : chain.account(height), slots)]]);
      await chain.commit(height % 2 === 0 ? changes : changes.set(B, change(chain.account(height))));
    }
    const lowest = chain.head - HISTORY_BLOCKS;
    for (const restarts of [0, 1, 2]) {
      if (restarts > 0) await chain.open();
      for (const height of [lowest, lowest + 1, chain.head - 4, chain.head - 1, chain.head]) {
        const view = chain.world.view(height);
        for (const address of [A, B, C]) {
          expect(await readAccount(view, address)).toEqual(chain.models[height + 1]!.account(address));
          for (let n = 0; n < 8; n++) {
            const expected = chain.models[height + 1]!.slot(address, slotOf(n));
            expect(await readSlot(view, address, slotOf(n)), `slot ${n} at ${height}`).toEqual(expected);
          }
        }
      }
      expect(chain.world.lowest()).toBe(lowest);
      const gone = chain.world.view(lowest - 1).load([{ type: "account", address: A }]);
      await expect(gone).rejects.toMatchObject({ code: "STATE_NOT_KEPT" });
    }
  });

  it("has no view beyond the head", () => {
    const chain = chainOf();
    expect(() => chain.world.view(0)).toThrow(expect.objectContaining({ code: "STATE_NOT_KEPT" }));
  });
}
