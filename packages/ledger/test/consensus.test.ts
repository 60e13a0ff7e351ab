import type { ConsensusType } from "@fb/types";
import { describe, expect, it } from "vitest";
import { account, admin, ethTx, groupTx, hex, keyed, makeGenesis } from "./accounts.ts";
import { type Cluster, startCluster } from "./fixture.ts";

/** Height, hash and state root of every member; all the same once they are level. */
async function levelOf({ members }: Cluster) {
  const top = Math.max(...(await Promise.all(members.map((member) => member.height()))));
  await Promise.all(members.map((member) => member.reaches(top)));
  return Promise.all(
    members.map(async (member) => {
      const block = (await member.read.block(top, false))!;
      return {
        height: top,
        hash: hex(block.hash),
        state: hex(block.header.stateRoot),
        tables: hex(block.header.tablesRoot),
      };
    }),
  );
}

const CASES: readonly [ConsensusType, "storage" | "mpt", boolean][] = [
  ["pbft", "storage", true],
  ["pbft", "mpt", false],
  ["raft", "storage", true],
  ["raft", "mpt", false],
];

describe.each(CASES)("%s on %s state", (consensus, stateType, rocksdb) => {
  it("four sealers commit the same blocks, whoever the clients ask", async () => {
    const cluster = await startCluster(makeGenesis(keyed.slice(0, 4), { consensus, stateType }), { rocksdb });
    const { members } = cluster;
    const runs = members.map((member, i) =>
      member.run(...Array.from({ length: 5 }, (_, n) => groupTx(account(i), { nonce: BigInt(n) }))),
    );
    const ethereum = members[1]!.run(...[0, 1, 2].map((nonce) => ethTx(admin, nonce, { value: 5n })));
    const receipts = (await Promise.all([...runs, ethereum])).flat();
    expect(receipts.every(({ receipt }) => receipt.status === 0)).toBe(true);

    const levels = await levelOf(cluster);
    expect(new Set(levels.map((level) => JSON.stringify(level))).size).toBe(1);
    for (const member of members) {
      expect((await member.query.totals()).transactions).toBe(23);
      expect(await member.query.balance(account(99).address, "latest")).toEqual({ ok: true, value: 15n });
      expect(member.facts.some(({ type }) => type === "halted")).toBe(false);
      // Each height is told once and in order.
      const told = member.facts.flatMap((fact) => (fact.type === "head" ? [fact.head.header.number] : []));
      expect(told).toEqual(Array.from({ length: told.length }, (_, i) => i + 1));
    }
  });

  it("goes on with one sealer down, which then catches up", async () => {
    const cluster = await startCluster(makeGenesis(keyed.slice(0, 4), { consensus, stateType }));
    const [first, , , last] = cluster.members;
    await first!.run(groupTx(admin));
    await last!.stop();
    await first!.run(groupTx(admin, { nonce: 2n }));
    await first!.run(groupTx(admin, { nonce: 3n }));
    await last!.start();
    expect(new Set((await levelOf(cluster)).map(({ hash }) => hash)).size).toBe(1);
    await last!.run(groupTx(admin, { nonce: 4n }));
    expect(new Set((await levelOf(cluster)).map(({ hash }) => hash)).size).toBe(1);
  });
});
