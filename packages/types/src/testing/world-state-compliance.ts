import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bigTo32, EMPTY, fromHex, toHex, ZERO_HASH } from "../bytes.ts";
import type { StateChanges, StateCommitment, StateView } from "../contracts/state.ts";
import type { Hex } from "../ids.ts";
import { HISTORY_BLOCKS, WorldChain, type WorldFactory } from "./world-state-chain.ts";
import { change, readAccount, readCode, readSlot } from "./world-state-model.ts";
import { compareRandomBlocks } from "./world-state-random.ts";

const A = "aa".repeat(20);
const B = "bb".repeat(20);
const C = "cc".repeat(20);
const slotOf = (n: number): Hex => toHex(bigTo32(BigInt(n)));
const value = (n: number): Uint8Array => bigTo32(BigInt(n));

/** What every {@link WorldState} must do (contracts/state.ts). */
export function describeWorldState(name: string, factory: WorldFactory): void {
  describe(`${name} as a world state`, () => {
    let chain: WorldChain;

    beforeEach(async () => {
      chain = new WorldChain(await factory(false));
      await chain.open();
    });
    afterEach(() => chain.fixture.dispose());

    readsAndWrites(() => chain);
    deletions(() => chain);
    heights(() => chain);
    candidates(() => chain);
    it("says what it cannot prove", async () => {
      await chain.commit(new Map([[A, change(chain.account(1))]]));
      if (chain.world.type === "mpt") return;
      await expect(chain.world.proof(0, fromHex(A)!, [])).rejects.toMatchObject({ code: "PROOF_UNSUPPORTED" });
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

function readsAndWrites(chainOf: () => WorldChain): void {
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
      { kind: "account", address: A },
      { kind: "slot", address: A, slot: slotOf(3) },
      { kind: "slot", address: A, slot: slotOf(9) },
      { kind: "account", address: C },
      { kind: "slot", address: C, slot: slotOf(3) },
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

  it("leaves no trace of changes that change nothing", async () => {
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

function deletions(chainOf: () => WorldChain): void {
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

  it("removes an account with all its slots", async () => {
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

function heights(chainOf: () => WorldChain): void {
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
      { kind: "account", address: A },
      { kind: "slot", address: A, slot: slotOf(1) },
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
      const gone = chain.world.view(lowest - 1).load([{ kind: "account", address: A }]);
      await expect(gone).rejects.toMatchObject({ code: "STATE_NOT_KEPT" });
    }
  });

  it("has no view beyond the head", () => {
    const chain = chainOf();
    expect(() => chain.world.view(0)).toThrow(expect.objectContaining({ code: "STATE_NOT_KEPT" }));
  });
}

function candidates(chainOf: () => WorldChain): void {
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
