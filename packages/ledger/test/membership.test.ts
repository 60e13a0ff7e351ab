import { createMemoryNetwork } from "@fb/p2p-whitelist/testing";
import { bytesToBig, type ConsensusType, type NodeId } from "@fb/types";
import { Interface } from "ethers";
import { describe, expect, it } from "vitest";
import { account, admin, groupTx, hex, keyed, makeGenesis } from "./accounts.ts";
import { addMember, startCluster } from "./fixture.ts";

const ADDRESS = Uint8Array.from([...new Uint8Array(18), 0x10, 0x03]);
const abi = new Interface([
  "function addSealer(string) returns (int256)",
  "function addObserver(string) returns (int256)",
  "function remove(string) returns (int256)",
]);

let nonce = 1000n;
const change = (method: string, node: NodeId, from = admin) =>
  groupTx(from, {
    nonce: nonce++,
    to: ADDRESS,
    data: Uint8Array.from(Buffer.from(abi.encodeFunctionData(method, [node]).slice(2), "hex")),
  });

describe.each<ConsensusType>(["pbft", "raft"])("members of a %s group", (consensus) => {
  it("an observer follows by sync; made a sealer it takes part from the next height", async () => {
    const sealers = keyed.slice(0, 3);
    const genesis = makeGenesis(sealers, { consensus, observers: [keyed[3]!.id] });
    const network = createMemoryNetwork();
    const ids = [...genesis.sealers];
    const members = ids.map((id) => addMember(genesis, network, keyed.find((node) => node.id === id)!));
    await Promise.all(members.map((member) => member.start()));
    for (let n = 0n; n < 4n; n++) await members[0]!.run(groupTx(account(5), { nonce: n }));

    // The observer comes when the chain has blocks already.
    const observer = addMember(genesis, network, keyed[3]!);
    await observer.start();
    await observer.reaches(await members[0]!.height());
    expect(hex((await observer.query.head()).hash)).toBe(hex((await members[0]!.query.head()).hash));
    expect((await observer.query.status()).engine.role).toBe("observer");
    await observer.run(groupTx(account(5), { nonce: 10n }));

    const [receipt] = await members[0]!.run(change("addSealer", keyed[3]!.id));
    expect([receipt!.receipt.status, bytesToBig(receipt!.receipt.output)]).toEqual([0, 1n]);
    const height = receipt!.transaction.place.blockNumber;
    await Promise.all([...members, observer].map((member) => member.reaches(height)));
    for (const member of [...members, observer]) {
      expect((await member.read.block(height, false))!.sealers).toHaveLength(3);
      expect((await member.query.status()).members).toEqual({
        sealers: keyed.slice(0, 4).map(({ id }) => id),
        observers: [],
      });
    }

    // Four sealers now, and two of the old ones are not enough without the new one (n = 4 needs 3 in both engines).
    await members[2]!.stop();
    const [next] = await members[0]!.run(groupTx(account(5), { nonce: 11n }));
    const certified = (await members[0]!.read.block(next!.transaction.place.blockNumber, false))!;
    const newIndex = certified.sealers.indexOf(keyed[3]!.id);
    expect(certified.certificate!.signatures.map(({ sealer }) => sealer)).toContain(newIndex);
  });

  it.each(["sealer", "observer"] as const)(
    "a removed %s gets the block that says so and no later one",
    async (role) => {
      const genesis = makeGenesis(keyed.slice(0, 4), { consensus, observers: [keyed[4]!.id] });
      const { members } = await startCluster(genesis);
      const [first] = members;
      const removed = members[role === "sealer" ? 3 : 4]!;
      const [receipt] = await first!.run(change("remove", removed.self.id));
      expect(bytesToBig(receipt!.receipt.output)).toBe(1n);
      const { blockNumber } = receipt!.transaction.place;
      const left = members.filter((member) => member !== removed);
      await Promise.all(members.map((member) => member.reaches(blockNumber)));

      const { notReady, engine, sync } = await removed.query.status();
      expect([notReady[0]!.code, engine.role, sync.syncing]).toEqual(["NOT_A_MEMBER", "none", true]);
      const [refused] = await removed.query.submit([groupTx(account(5), { nonce: 3n }).raw]);
      expect(refused).toMatchObject({ ok: false, code: "NOT_A_MEMBER" });

      await first!.run(groupTx(account(5), { nonce: 1n }));
      const [last] = await first!.run(groupTx(account(5), { nonce: 2n }));
      const certified = (await first!.read.block(last!.transaction.place.blockNumber, false))!;
      await Promise.all(left.map((member) => member.reaches(certified.header.number)));
      const list = left.map(({ self }) => self.id);
      for (const member of left) expect(member.listed.at(-1)).toEqual(list);
      expect(certified.sealers).toEqual(list.filter((id) => genesis.sealers.includes(id)));
      expect(await removed.height()).toBe(blockNumber);
      expect((await removed.query.status()).connected).toEqual([]);
    },
  );

  it("nobody else changes the list, and the last sealer stays", async () => {
    const { members } = await startCluster(makeGenesis(keyed.slice(0, 1), { consensus }));
    const [only] = members;
    const [stranger, last, unknown] = await only!.run(
      change("addSealer", keyed[1]!.id, account(5)),
      change("remove", keyed[0]!.id),
      change("remove", keyed[1]!.id),
    );
    const codes = [stranger, last, unknown].map((record) => BigInt.asIntN(256, bytesToBig(record!.receipt.output)));
    expect(codes).toEqual([-50000n, -51101n, 0n]);
    expect((await only!.query.status()).members).toEqual({ sealers: [keyed[0]!.id], observers: [] });
    expect(only!.listed).toHaveLength(1);
  });
});
