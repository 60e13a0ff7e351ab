import { createMemoryDisk } from "@fb/storage-amdb/memory";
import { genesisDigest, isCode, membersHash, toHex, trustGenesis } from "@fb/types";
import { describe, expect, it } from "vitest";
import { account, encoder, genesisOf, nodeIds, openNode, suite } from "./fixture.ts";

describe("genesis", () => {
  it("SPEC 5.1: makes block 0 a normal header that anyone can trust from the configuration", async () => {
    const genesis = genesisOf();
    const { chain, world } = await openNode();
    const { header, hash } = chain.head();
    expect(header).toMatchObject({ number: 0, timestamp: genesis.timestamp, gasUsed: 0, sealer: 0 });
    expect(header.extraData).toEqual(genesisDigest(suite, genesis));
    expect(header.membersHash).toEqual(membersHash(suite, genesis));
    expect(trustGenesis(suite, genesis, header).ok).toBe(true);
    expect(chain.genesisHash).toEqual(hash);
    expect(chain.members()).toEqual({ sealers: genesis.sealers, observers: genesis.observers });
    expect((await chain.header(0))?.certificate).toBeNull();
    const view = world.view(0);
    await view.load([{ type: "account", address: toHex(account) }]);
    expect(view.peekAccount(toHex(account))).toMatchObject({ balance: 10n ** 18n, nonce: 3n });
  });

  // Nodes of one group must agree on this for ever: a change here is a change of every chain's genesis hash.
  it("SPEC 5.4: has the frozen hash", async () => {
    const { chain } = await openNode();
    expect(toHex(chain.genesisHash)).toBe("168e5f11b024b86ecb614eb2a49f9dc0fd9f9136ceba1eb913261e29b3bb9a91");
  });

  it("SPEC 5.2: writes members, configuration and admins as rows", async () => {
    const { backend, chain } = await openNode();
    const text = async (table: string, key: string) =>
      (await backend.rows(table, encoder.encode(key))).map(({ fields }) =>
        fields.slice(0, -1).map((field) => new TextDecoder().decode(field)),
      );
    expect((await text("_sys_consensus_", "node")).map(([type, id]) => `${type} ${id}`)).toEqual([
      ...nodeIds(5)
        .slice(0, 4)
        .map((id) => `sealer ${id}`),
      `observer ${nodeIds(5)[4]}`,
    ]);
    expect(await text("_sys_config_", "tx_gas_limit")).toEqual([["30000000", "0"]]);
    expect(await text("_sys_table_access_", "_sys_table_access_")).toEqual([[`0x${toHex(account)}`, "0"]]);
    expect(chain.config()).toEqual({
      txCountLimit: 1_000,
      txGasLimit: 30_000_000,
      blockGasLimit: 300_000_000,
      consensusTimeoutMs: 3_000,
      replayWindow: 10,
      rulesVersion: 1,
      evmFork: "cancun",
      chargeGas: false,
    });
  });

  it("keeps a time-out that is no whole number of seconds as configured", async () => {
    const { consensus } = genesisOf();
    const { chain } = await openNode(undefined, genesisOf({ consensus: { ...consensus, timeoutMs: 1_500 } }));
    expect(chain.config().consensusTimeoutMs).toBe(1_500);
    expect(chain.systemConfig("consensus_timeout")).toBeNull();
  });

  it("opens again over what it wrote", async () => {
    const disk = createMemoryDisk();
    const first = await openNode(disk);
    const second = await openNode(disk);
    expect(second.chain.head()).toEqual(first.chain.head());
    expect(first.log.has("genesis-committed")).toBe(true);
    expect(second.log.has("genesis-committed")).toBe(false);
  });

  it("SPEC 5.3: halts over another genesis and names what differs", async () => {
    const disk = createMemoryDisk();
    await openNode(disk);
    const other = genesisOf({ timestamp: 5, sealers: nodeIds(3), observers: [] });
    const opening = openNode(disk, other).catch((error: unknown) => error);
    const error = await opening;
    expect(isCode(error, "GENESIS_MISMATCH")).toBe(true);
    expect((error as Error).message).toContain("timestamp, sealers, observers");
  });

  it("gives different groups different hashes", async () => {
    const other = await openNode(undefined, genesisOf({ groupId: 4 as never }));
    expect(other.chain.genesisHash).not.toEqual((await openNode()).chain.genesisHash);
  });
});
