import { createReferenceEvm } from "@fb/evm/reference";
import { createMemoryNetwork, type MemoryMessage } from "@fb/p2p-whitelist/testing";
import { noMetrics, silentLogger, systemClock } from "@fb/runtime";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import { ethChainId, type GroupId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createGroup } from "../src/index.ts";
import { suite, testOptions } from "../src/testing/index.ts";
import { account, admin, CHAIN_ID, ethTx, groupTx, hex, keyed, makeGenesis } from "./accounts.ts";
import { addMember, startCluster, tempFolder } from "./fixture.ts";

const SECOND = 2 as GroupId;

describe("two groups of the same nodes", () => {
  it("refuse each other's transactions", async () => {
    const network = createMemoryNetwork();
    const one = await startCluster(makeGenesis(keyed.slice(0, 1)), { network });
    const two = await startCluster(makeGenesis(keyed.slice(0, 1), { groupId: SECOND }), { network });
    const tx = groupTx(admin);
    const transfer = ethTx(admin, 0);
    await one.members[0]!.run(tx, transfer);
    const refused = await two.members[0]!.query.submit([tx.raw, transfer.raw]);
    expect(refused.map((outcome) => !outcome.ok && outcome.code)).toEqual(["GROUP_ID_MISMATCH", "CHAIN_ID_MISMATCH"]);
    const own = { chainId: BigInt(ethChainId(CHAIN_ID, SECOND)) };
    await two.members[0]!.run(groupTx(admin, { groupId: 2n }), ethTx(admin, 0, own));
  });

  it("are deaf to each other's frames", async () => {
    const network = createMemoryNetwork();
    const sealers = keyed.slice(0, 4);
    const one = await startCluster(makeGenesis(sealers), { network });
    const two = await startCluster(makeGenesis(sealers, { groupId: SECOND }), { network });
    const recorded: MemoryMessage[] = [];
    network.setFilter((message) => {
      if (message.groupId === one.genesis.groupId) recorded.push(message);
      return true;
    });
    await one.members[0]!.run(groupTx(admin));
    await one.members[0]!.run(groupTx(admin, { nonce: 2n }));
    network.setFilter(null);
    expect(new Set(recorded.map(({ module }) => module))).toEqual(new Set(["consensus", "sync", "txs"]));

    // One sealer of the second group turns bad: it replays to the others all it saw in the first one.
    const [bad, ...honest] = two.members;
    await bad!.stop();
    const channel = network.node(bad!.self.id).group(SECOND, two.genesis.sealers);
    for (const { to, module, payload } of recorded) if (to !== bad!.self.id) channel.send(to, module, payload);
    const [first] = honest;
    await first!.run(groupTx(admin, { groupId: 2n }));
    await Promise.all(honest.map((member) => member.reaches(1)));
    for (const member of honest) {
      expect(await member.height()).toBe(1);
      expect((await member.query.totals()).transactions).toBe(1);
      expect((await member.query.status()).pool.pending).toBe(0);
      expect(member.facts.some(({ type }) => type === "halted")).toBe(false);
    }
  });

  it("fail alone: a full disk halts one group of a node and nothing else", async () => {
    const network = createMemoryNetwork();
    const sealers = keyed.slice(0, 4);
    const one = await startCluster(makeGenesis(sealers), { network });
    const two = await startCluster(makeGenesis(sealers, { groupId: SECOND, consensus: "raft" }), { network });
    const [victim] = one.members;
    victim!.disk.failCommits("STORAGE_FULL");
    await one.members[1]!.run(groupTx(admin));
    await victim!.when((facts) => facts.some(({ type }) => type === "halted"));
    // Whether consensus or sync brought the block, the operator is told the cause.
    expect(victim!.facts.find(({ type }) => type === "halted")).toMatchObject({
      code: expect.stringMatching(/^(COMMIT|IMPORT)_FAILED$/),
      message: expect.stringMatching(/STORAGE_FULL|full/),
    });
    expect((await victim!.query.status()).engine.role).toBe("halted");
    // Reads go on, and so do the other members and the other group.
    expect(await victim!.query.balance(admin.address, "latest")).toEqual({ ok: true, value: 10n ** 18n });
    await one.members[1]!.run(groupTx(admin, { nonce: 2n }));
    await two.members[0]!.run(groupTx(admin, { groupId: 2n }));
    expect(two.members.flatMap(({ facts }) => facts).some(({ type }) => type === "halted")).toBe(false);

    victim!.disk.repair();
    await victim!.stop();
    await victim!.start();
    await victim!.reaches(2);
  });
});

describe.each(["pbft", "raft"] as const)("a group of %s that has halted", (consensus) => {
  it("says so of what waits in it, and takes nothing any more", async () => {
    const { members } = await startCluster(makeGenesis(keyed.slice(0, 1), { consensus }), {
      network: createMemoryNetwork(),
    });
    const member = members[0]!;
    const { query, disk } = member;
    disk.failCommits("STORAGE_FULL");
    const waiting = groupTx(admin);
    expect(await query.submit([waiting.raw])).toMatchObject([{ ok: true }]);
    await member.when((facts) => facts.some(({ type }) => type === "halted"));
    expect(await query.fates([waiting.hash, groupTx(admin, { nonce: 3n }).hash])).toEqual(["halted", "dropped"]);
    expect(await query.submit([groupTx(admin, { nonce: 2n }).raw])).toMatchObject([{ ok: false, code: "HALTED" }]);
  });
});

describe("createGroup", () => {
  const assembled = async (over: {
    readonly maxPayloadBytes?: number;
    readonly timestamp?: number;
    readonly journal?: string;
  }) => {
    const genesis = makeGenesis(keyed.slice(0, 1));
    const member = addMember(genesis, createMemoryNetwork(), keyed[0]!);
    await member.start();
    await member.stop();
    const closed: string[] = [];
    const channel = createMemoryNetwork({ maxPayloadBytes: over.maxPayloadBytes ?? 16 << 20 })
      .node(keyed[0]!.id)
      .group(genesis.groupId, genesis.sealers);
    const backend = createMemoryBackend({ disk: member.disk });
    const made = createGroup(
      testOptions({ ...genesis, timestamp: over.timestamp ?? genesis.timestamp }, over.journal ?? tempFolder()),
      {
        suite,
        evm: await createReferenceEvm(suite),
        // Views of the originals: a spread would lose the backend's methods.
        backend: new Proxy(backend, {
          get(target, key) {
            if (key === "close") closed.push("backend");
            const value = Reflect.get(target, key);
            return typeof value === "function" ? value.bind(target) : value;
          },
        }),
        channel: {
          ...channel,
          async close() {
            closed.push("channel");
            await channel.close();
          },
        },
        privateKey: keyed[0]!.key,
        clock: systemClock,
        log: silentLogger,
        metrics: noMetrics,
        onFact: () => {},
      },
    );
    return { made, closed };
  };

  it("closes what it was given when it fails", async () => {
    const { made, closed } = await assembled({ timestamp: 1 });
    await expect(made).rejects.toMatchObject({ code: "GENESIS_MISMATCH" });
    expect(closed.sort()).toEqual(["backend", "channel"]);
  });

  it("does not start with the journal of another chain, and closes all the same", async () => {
    const other = addMember(makeGenesis(keyed.slice(0, 1), { timestamp: 5 }), createMemoryNetwork(), keyed[0]!);
    await other.start();
    await other.run(groupTx(admin));
    await other.stop();
    const { made, closed } = await assembled({ journal: other.journalDir });
    const group = await made;
    await expect(group.start()).rejects.toMatchObject({ code: "JOURNAL_FOREIGN" });
    await group.close();
    expect(closed.sort()).toEqual(["backend", "channel"]);
  });

  it("types SPEC 13.8: refuses a channel that cannot carry the longest block", async () => {
    const needed = 8 * 1024 * 1024 + 512 * 1024;
    const { made } = await assembled({ maxPayloadBytes: needed - 1 });
    await expect(made).rejects.toMatchObject({ code: "CHANNEL_TOO_NARROW" });
    await (await (await assembled({ maxPayloadBytes: needed })).made).close();
  });
});

describe("restart", () => {
  it.each(["pbft", "raft"] as const)("%s keeps the head, goes on and executes nothing twice", async (consensus) => {
    const { members } = await startCluster(makeGenesis(keyed.slice(0, 1), { consensus }), { rocksdb: true });
    const [only] = members;
    const before = groupTx(admin, { value: 3n });
    const transfer = ethTx(admin, 0, { value: 4n });
    await only!.run(before, transfer);
    const head = await only!.query.head();
    await only!.stop();
    await only!.start();
    expect(hex((await only!.query.head()).hash)).toBe(hex(head.hash));
    const again = await only!.query.submit([before.raw, transfer.raw]);
    expect(again.map((outcome) => !outcome.ok && outcome.code)).toEqual(["NONCE_USED", "NONCE_TOO_LOW"]);
    await only!.run(ethTx(admin, 1, { value: 5n }));
    expect(await only!.query.balance(account(99).address, "latest")).toEqual({ ok: true, value: 12n });
    expect((await only!.query.totals()).transactions).toBe(3);
  });

  it("starts and closes once, however often it is told to", async () => {
    const { members } = await startCluster(makeGenesis(keyed.slice(0, 1)));
    const { group } = members[0]!;
    await Promise.all([group.start(), group.start()]);
    await members[0]!.run(groupTx(admin));
    await Promise.all([group.close(), group.close()]);
    await group.close();
    expect(members[0]!.facts.filter(({ type }) => type === "head")).toHaveLength(1);
  });
});
