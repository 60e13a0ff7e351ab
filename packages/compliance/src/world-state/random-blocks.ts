import { type AccountChange, type Hex, type StateChanges, type StateView, ZERO_HASH } from "@fb/types";
import { expect } from "vitest";
import { generator } from "../generator.ts";
import { slotOf, value } from "./samples.ts";
import { HISTORY_BLOCKS, WorldChain, type WorldFactory } from "./world-chain.ts";
import { readAccount, readSlot } from "./world-model.ts";

/** Fewer than are kept readable. */
const BLOCKS = HISTORY_BLOCKS - 5;

/** Random blocks with deletions, re-creations, restarts, dead candidates and late readers, checked against the model. */
export async function compareRandomBlocks(factory: WorldFactory, tight: boolean, seed: number): Promise<void> {
  const chain = new WorldChain(await factory(tight));
  await chain.open();
  const random = generator(seed);
  const addresses = Array.from({ length: 12 }, (_, i) => (i + 1).toString(16).padStart(40, "0"));
  let late: { height: number; view: StateView }[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    const changes = randomChanges(chain, addresses, random);
    if (random(4) === 0) await chain.candidate(randomChanges(chain, addresses, random));
    if (random(3) === 0 && chain.head >= 0) late.push({ height: chain.head, view: chain.world.view(chain.head) });
    await chain.commit(changes);
    if (random(8) === 0) {
      await chain.open();
      late = late.map(({ height }) => ({ height, view: chain.world.view(height) }));
    }
    await check(chain, chain.world.view(chain.head), chain.head, addresses, random);
    for (const { height, view } of [...late.slice(0, 1), ...late.slice(-1)]) {
      await check(chain, view, height, addresses, random);
    }
  }
  await chain.fixture.dispose();
}

function randomChanges(chain: WorldChain, addresses: readonly Hex[], random: (n: number) => number): StateChanges {
  const changes = new Map<Hex, AccountChange>();
  for (let i = random(5); i >= 0; i--) {
    const address = addresses[random(addresses.length)]!;
    const exists = chain.model.account(address) !== null;
    if (random(6) === 0) {
      changes.set(address, { account: null, clearStorage: random(2) === 0, slots: new Map() });
      continue;
    }
    const slots = new Map<Hex, Uint8Array>();
    for (let n = random(8); n > 0; n--)
      slots.set(slotOf(random(20)), random(3) === 0 ? ZERO_HASH : value(random(1000)));
    const account = exists && random(2) === 0 ? chain.model.account(address)! : chain.account(1 + random(50));
    changes.set(address, { account, clearStorage: !exists || random(8) === 0, slots });
  }
  return changes;
}

async function check(
  chain: WorldChain,
  view: StateView,
  height: number,
  addresses: readonly Hex[],
  random: (n: number) => number,
): Promise<void> {
  const model = chain.models[height + 1]!;
  for (const address of addresses) {
    expect(await readAccount(view, address)).toEqual(model.account(address));
    for (let n = 0; n < 20; n += 1 + random(4)) {
      expect(await readSlot(view, address, slotOf(n)), `${address} ${n} at ${height}`).toEqual(
        model.slot(address, slotOf(n)),
      );
    }
  }
}
