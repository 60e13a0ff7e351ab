import { createMemoryNetwork } from "@fb/p2p-whitelist/testing";
import type { ConsensusType } from "@fb/types";
import { describe, expect, it } from "vitest";
import { account, groupTx, keyed, makeGenesis } from "./accounts.ts";
import { addMember } from "./fixture.ts";

/** One of the four sealers leads; the others can only pass on. */
describe.each<ConsensusType>(["pbft", "raft"])("an observer of an idle %s group", (consensus) => {
  it.each([0, 1, 2, 3])("that is linked to sealer %i alone has its transactions committed", async (index) => {
    const network = createMemoryNetwork();
    const observer = keyed[4]!;
    const genesis = makeGenesis(keyed.slice(0, 4), { consensus, observers: [observer.id] });
    const sealers = keyed.slice(0, 4).map((node) => addMember(genesis, network, node));
    const member = addMember(genesis, network, observer);
    member.links = [keyed[index]!.id];
    await Promise.all([...sealers, member].map((node) => node.start()));
    const receipts = await member.run(...[1n, 2n, 3n].map((nonce) => groupTx(account(1), { nonce })));
    expect(receipts.map(({ receipt }) => receipt.status)).toEqual([0, 0, 0]);
  });
});
