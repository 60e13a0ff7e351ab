import type { ConsensusType } from "@fb/types";
import { describe, expect, it } from "vitest";
import { account, admin, groupTx, hex, keyed, makeGenesis } from "./accounts.ts";
import { type Member, startCluster } from "./fixture.ts";

/** The disk forgets what it was told last; the journal, fsynced by itself, does not. */
async function powerCut(members: readonly Member[]): Promise<void> {
  for (const { disk } of members) disk.crash();
  await Promise.all(members.map((member) => member.stop().catch(() => undefined)));
  for (const { disk } of members) disk.resumeSync();
}

const hashesAt = async (members: readonly Member[], height: number) => {
  await Promise.all(members.map((member) => member.reaches(height)));
  const blocks = await Promise.all(members.map((member) => member.read.block(height, false)));
  return new Set(blocks.map((block) => hex(block!.hash)));
};

describe.each<ConsensusType>(["pbft", "raft"])("a power cut while a %s group stores a decided block", (consensus) => {
  it("of all members loses nothing that was decided", async () => {
    const { members } = await startCluster(makeGenesis(keyed.slice(0, 4), { consensus }));
    const [first] = members;
    await first!.run(groupTx(admin, { nonce: 1n, value: 1n }));
    await Promise.all(members.map((member) => member.reaches(1)));
    for (const { disk } of members) disk.pauseSync();
    const decided = groupTx(admin, { nonce: 2n, value: 10n });
    await first!.query.submit([decided.raw]);
    await Promise.all(members.map((member) => member.when(() => member.committing === 2)));
    await powerCut(members);

    await Promise.all(members.map((member) => member.start()));
    // The pools are empty: only the journals can bring the block back.
    const { receipt, transaction } = await first!.receipt(decided.hash);
    expect([receipt.status, transaction.place.blockNumber]).toEqual([0, 2]);
    expect((await hashesAt(members, 2)).size).toBe(1);
    const again = await first!.query.submit([decided.raw]);
    expect(again.map((outcome) => !outcome.ok && outcome.code)).toEqual(["NONCE_USED"]);
    await first!.run(groupTx(admin, { nonce: 3n, value: 100n }));
    expect((await hashesAt(members, 3)).size).toBe(1);
    for (const member of members)
      expect(await member.query.balance(account(99).address, "latest")).toEqual({ ok: true, value: 111n });
  });

  it("of one member costs it nothing but time", async () => {
    const { members } = await startCluster(makeGenesis(keyed.slice(0, 4), { consensus }));
    const [first, , , victim] = members;
    await first!.run(groupTx(admin, { nonce: 1n, value: 1n }));
    await victim!.reaches(1);
    victim!.disk.pauseSync();
    await first!.run(groupTx(admin, { nonce: 2n, value: 10n }));
    await victim!.when(() => victim!.committing >= 2);
    await powerCut([victim!]);
    await victim!.start();
    await first!.run(groupTx(admin, { nonce: 3n, value: 100n }));
    expect((await hashesAt(members, 3)).size).toBe(1);
    expect(await victim!.query.balance(account(99).address, "latest")).toEqual({ ok: true, value: 111n });
  });
});
