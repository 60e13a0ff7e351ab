import { bytesToBig, type ConsensusType } from "@fb/types";
import { Interface } from "ethers";
import { describe, expect, it } from "vitest";
import { account, admin, groupTx, keyed, makeGenesis } from "./accounts.ts";
import { startCluster } from "./fixture.ts";

const SYSTEM_CONFIG = Uint8Array.from([...new Uint8Array(18), 0x10, 0x00]);
const abi = new Interface(["function setValueByKey(string,string) returns (int256)"]);

const setValue = (key: string, value: number, nonce: bigint) =>
  groupTx(admin, {
    nonce,
    to: SYSTEM_CONFIG,
    data: Uint8Array.from(Buffer.from(abi.encodeFunctionData("setValueByKey", [key, String(value)]).slice(2), "hex")),
  });

/** Governance under a full pool: the waiting transactions were admitted under rules that hold no longer. */
describe.each<ConsensusType>(["pbft", "raft"])(
  "rules of a %s group that change while transactions wait",
  (consensus) => {
    it("a shorter replay window, fewer transactions a block, less gas, another time-out: the chain goes on", async () => {
      const genesis = makeGenesis(keyed.slice(0, 4), { consensus, replayWindow: 500 });
      const { members } = await startCluster({ ...genesis, consensus: { ...genesis.consensus, maxTransactions: 5 } });
      const [first] = members;
      const changes = [
        setValue("replay_window", 100, 1000n),
        setValue("tx_gas_limit", 1_000_000, 1001n),
        setValue("tx_count_limit", 3, 1002n),
        setValue("consensus_timeout", 2, 1003n),
      ];
      const far = Array.from({ length: 40 }, (_, i) => groupTx(account(1), { nonce: BigInt(i), blockLimit: 400n }));
      const near = Array.from({ length: 40 }, (_, i) => groupTx(account(2), { nonce: BigInt(i), blockLimit: 90n }));
      const waiting = far.flatMap((tx, i) => [tx, near[i]!]);
      await first!.query.submit([...changes, ...waiting].map(({ raw }) => raw));

      for (const { hash } of changes) {
        const { receipt } = await first!.receipt(hash);
        expect([receipt.status, bytesToBig(receipt.output)]).toEqual([0, 1n]);
      }
      for (const { hash } of near) expect((await first!.receipt(hash)).receipt.status).toBe(0);
      const top = await first!.height();
      await Promise.all(members.map((member) => member.reaches(top)));
      for (const member of members) {
        expect((await member.query.status()).pool).toMatchObject({ pending: 0, queued: 0 });
        expect(member.facts.some(({ type }) => type === "halted")).toBe(false);
      }
    });
  },
);
