import { createMemoryNetwork } from "@fb/p2p-whitelist/testing";
import type { StateType } from "@fb/types";
import { expect, it, vi } from "vitest";
import { admin, groupTx, hex, keyed, makeGenesis } from "./accounts.ts";
import { addMember } from "./fixture.ts";

const KEPT = 4;

it.each<StateType>(["storage", "mpt"])(
  "a newcomer asks the one member that keeps all blocks, and says whom it lacks before (%s state)",
  async (stateType) => {
    const network = createMemoryNetwork();
    const genesis = makeGenesis(keyed.slice(0, 4), { stateType, observers: [keyed[4]!.id] });
    const sealers = keyed
      .slice(0, 4)
      .map((self, i) => addMember(genesis, network, self, { rocksdb: true, keepBlocks: i === 0 ? 0 : KEPT }));
    await Promise.all(sealers.map((member) => member.start()));
    const [archive, pruned] = [sealers[0]!, sealers[1]!];
    const first = await archive.run(groupTx(admin, { nonce: 0n, value: 1n }));
    for (let n = 1n; n < 14n; n++) await archive.run(groupTx(admin, { nonce: n, value: 1n }));
    const head = await archive.height();
    await Promise.all(sealers.map((member) => member.reaches(head)));
    const { hash, place } = first[0]!.transaction;
    expect(await archive.query.receipt(hash, 10_000)).toMatchObject({ ok: true });
    const refusal = await pruned.query.receipt(hash, 10_000);
    expect(refusal).toMatchObject({ ok: false, code: "BLOCK_PRUNED", lowest: (await pruned.height()) - KEPT });
    expect(await pruned.query.block(place.blockNumber, false, 10_000)).toMatchObject({ ok: true });

    const newcomer = addMember(genesis, network, keyed[4]!);
    newcomer.links = sealers.slice(1).map(({ self }) => self.id);
    await newcomer.start();
    await vi.waitFor(() => {
      const reasons = newcomer.group.notReady();
      expect(reasons.map(({ code }) => code)).toEqual(["SYNCING"]);
      expect(reasons[0]!.message).toContain("no connected member keeps block 1, only blocks from ");
    });
    expect(await newcomer.height()).toBe(0);
    await newcomer.stop();
    newcomer.links = null;
    await newcomer.start();
    await newcomer.reaches(head);
    const blocks = await Promise.all([archive, newcomer].map(({ read }) => read.block(head, true)));
    expect(hex(blocks[1]!.hash)).toBe(hex(blocks[0]!.hash));
    expect(network.reports).toEqual([]);

    await pruned.stop();
    await pruned.start();
    expect(await pruned.query.receipt(hash, 10_000)).toMatchObject({ ok: false, code: "BLOCK_PRUNED" });
    expect(await pruned.query.fates([hash])).toEqual(["durable"]);
  },
);
