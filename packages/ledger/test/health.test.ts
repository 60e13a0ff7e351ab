import { createFakeClock } from "@fb/runtime/testing";
import type { ConsensusType } from "@fb/types";
import { describe, expect, it } from "vitest";
import { account, admin, groupTx, keyed, makeGenesis } from "./accounts.ts";
import { type Member, startCluster } from "./fixture.ts";

const codes = async ({ query }: Member) => (await query.status()).notReady.map(({ code }) => code);

describe.each<ConsensusType>(["pbft", "raft"])("a node of a %s group", (consensus) => {
  it("is ready while a quorum is in reach, says so when it is lost, and is ready again when it is back", async () => {
    const { members, network } = await startCluster(makeGenesis(keyed.slice(0, 4), { consensus }));
    await members[0]!.run(groupTx(admin, { nonce: 1n }));
    for (const member of members) expect(await codes(member)).toEqual([]);
    network.partition(keyed.slice(0, 2).map(({ id }) => id));
    for (const member of members) {
      expect(await codes(member)).toEqual(["QUORUM_UNREACHABLE"]);
      const { sync, engine, connected } = await member.query.status();
      expect([sync.syncing, connected.length, engine.role === "none"]).toEqual([true, 1, false]);
    }
    // A transaction is taken all the same: the quorum may come back.
    const waiting = groupTx(admin, { nonce: 2n });
    expect(await members[0]!.query.submit([waiting.raw])).toMatchObject([{ ok: true }]);
    network.heal();
    expect((await members[0]!.receipt(waiting.hash)).receipt.status).toBe(0);
    for (const member of members) expect(await codes(member)).toEqual([]);
    const heard = (await members[0]!.query.status()).engine.heard.map(({ nodeId }) => nodeId);
    expect(heard.length).toBeGreaterThan(0);
    expect(heard).not.toContain(members[0]!.self.id);
  });

  it("makes no progress when consensus does not come through although all are connected", async () => {
    const clock = createFakeClock();
    const { members, network } = await startCluster(makeGenesis(keyed.slice(0, 4), { consensus }), { clock });
    network.setFilter(({ module }) => module !== "consensus");
    await members[1]!.query.submit([groupTx(account(5)).raw]);
    await clock.advanceAsync(1_000);
    for (const member of members) expect(await codes(member)).toEqual([]);
    await clock.advanceAsync(5_000);
    for (const member of members) expect(await codes(member)).toEqual(["NO_PROGRESS"]);
  });
});
