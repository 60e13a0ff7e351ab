import { EMPTY, type Hex, toHex, ZERO_HASH } from "@fb/types";
import { expect, it } from "vitest";
import { A, B, C, slotOf, value } from "./samples.ts";
import type { WorldChain } from "./world-chain.ts";
import { change, readAccount, readCode, readSlot } from "./world-model.ts";

/** What was written is there, before and after a restart, and the root tells it from everything else. */
export function describeContents(chainOf: () => WorldChain): void {
  it("has nothing before genesis", async () => {
    const { world } = chainOf();
    const view = world.view(-1);
    expect(await readAccount(view, A)).toBeNull();
    expect(await readSlot(view, A, slotOf(1))).toEqual(ZERO_HASH);
  });

  it("gives back accounts, slots and code", async () => {
    const chain = chainOf();
    const code = Uint8Array.of(0x60, 0x00);
    const changes = new Map([
      [A, { ...change(chain.account(1, code), [[slotOf(0), value(7)]]), code }],
      [B, change(chain.account(2))],
    ]);
    await chain.commit(changes);
    const view = chain.world.view(0);
    expect(await readAccount(view, A)).toEqual(chain.account(1, code));
    expect(await readAccount(view, B)).toEqual(chain.account(2));
    expect(await readAccount(view, C)).toBeNull();
    expect(await readSlot(view, A, slotOf(0))).toEqual(value(7));
    expect(await readSlot(view, A, slotOf(1))).toEqual(ZERO_HASH);
    expect(await readSlot(view, B, slotOf(0))).toEqual(ZERO_HASH);
    expect(await readCode(view, toHex(chain.fixture.suite.hash(code)))).toEqual(code);
    expect(view.peekCode(toHex(chain.fixture.suite.hash(EMPTY)))).toEqual(EMPTY);
  });

  it("answers the head's values from memory after a commit", async () => {
    const chain = chainOf();
    await chain.commit(new Map([[A, change(chain.account(1), [[slotOf(3), value(4)]])]]));
    const view = chain.world.view(0);
    expect(view.peekAccount(A)).toEqual(chain.account(1));
    expect(view.peekSlot(A, slotOf(3))).toEqual(value(4));
  });

  it("does not answer from nothing: what is not in memory is undefined until it is loaded", async () => {
    const chain = chainOf();
    await chain.commit(new Map([[A, change(chain.account(1), [[slotOf(3), value(4)]])]]));
    await chain.open();
    const view = chain.world.view(0);
    expect(view.peekAccount(A)).toBeUndefined();
    expect(view.peekSlot(A, slotOf(3))).toBeUndefined();
    await view.load([
      { type: "account", address: A },
      { type: "slot", address: A, slot: slotOf(3) },
      { type: "slot", address: A, slot: slotOf(9) },
      { type: "account", address: C },
      { type: "slot", address: C, slot: slotOf(3) },
    ]);
    expect(view.peekAccount(A)).toEqual(chain.account(1));
    expect(view.peekSlot(A, slotOf(3))).toEqual(value(4));
    expect(view.peekSlot(A, slotOf(9))).toEqual(ZERO_HASH);
    expect(view.peekAccount(C)).toBeNull();
    expect(view.peekSlot(C, slotOf(3))).toEqual(ZERO_HASH);
  });

  it("is the same after a restart and goes on the same way", async () => {
    const [chain, other] = [chainOf(), chainOf()];
    await chain.commit(new Map([[A, change(chain.account(1), [[slotOf(3), value(4)]])]]));
    const next = new Map([[A, change(chain.account(2), [[slotOf(3), value(5)]])]]);
    const before = await other.candidate(next);
    await chain.open();
    expect((await chain.candidate(next)).root).toEqual(before.root);
    await chain.commit(next);
    await chain.open();
    await chain.commit(new Map());
    expect(await readSlot(chain.world.view(1), A, slotOf(3))).toEqual(value(5));
    expect(await readSlot(chain.world.view(2), A, slotOf(3))).toEqual(value(5));
  });

  it("has one root for the same changes in any order", async () => {
    const chain = chainOf();
    const slots: [Hex, Uint8Array][] = [1, 2, 3, 4, 5].map((n) => [slotOf(n * 77), value(n)]);
    const one = new Map([A, B, C].map((address, i) => [address, change(chain.account(i + 1), slots)]));
    const two = new Map([C, A, B].map((address) => [address, change(one.get(address)!.account, slots.toReversed())]));
    const [first, second] = [await chain.candidate(one), await chain.candidate(two)];
    expect(second.root).toEqual(first.root);
    expect(first.root).not.toEqual(chain.world.emptyRoot);
  });

  it("leaves no trace of changes that change nothing (state-storage SPEC 2.1, state-mpt SPEC 1.3)", async () => {
    const chain = chainOf();
    await chain.commit(new Map([[A, change(chain.account(1), [[slotOf(3), value(4)]])]]));
    const nothing = new Map([
      [
        A,
        change(chain.account(1), [
          [slotOf(3), value(4)],
          [slotOf(8), ZERO_HASH],
        ]),
      ],
      [B, change(null)],
    ]);
    const [quiet, empty] = [await chain.candidate(nothing), await chain.candidate(new Map())];
    expect(quiet.root).toEqual(empty.root);
    expect(quiet.batch).toEqual(empty.batch);
  });

  it("has a different root for every different content", async () => {
    const chain = chainOf();
    const roots = new Set<string>();
    for (const changes of [
      new Map(),
      new Map([[A, change(chain.account(1))]]),
      new Map([[B, change(chain.account(1))]]),
      new Map([[A, change(chain.account(2))]]),
      new Map([[A, change(chain.account(1, Uint8Array.of(1)))]]),
      new Map([[A, change(chain.account(1), [[slotOf(1), value(1)]])]]),
      new Map([[A, change(chain.account(1), [[slotOf(1), value(2)]])]]),
      new Map([[A, change(chain.account(1), [[slotOf(2), value(1)]])]]),
    ]) {
      roots.add(toHex((await chain.candidate(changes)).root));
    }
    expect(roots.size).toBe(8);
  });
}
