import { setImmediate as turn } from "node:timers/promises";
import { createMemoryNetwork } from "@fb/p2p-whitelist/testing";
import { createPbftCodec } from "@fb/pbft";
import { choices, createCapturingLogger, mutatedMessage } from "@fb/runtime/testing";
import type { ConsensusType, GroupChannel, Hash, ModuleName } from "@fb/types";
import { describe, expect, it, onTestFinished } from "vitest";
import { suite } from "../src/testing/index.ts";
import { account, ethTx, GROUP, keyed, makeGenesis } from "./accounts.ts";
import { addMember } from "./fixture.ts";

/** More in a run of its own: FB_FUZZ_MESSAGES=100000. */
const MESSAGES = Number(process.env["FB_FUZZ_MESSAGES"] ?? 1_000);
const SEED = Number(process.env["FB_FUZZ_SEED"] ?? 1);
const KEPT = 200;
const MODULES: readonly ModuleName[] = ["consensus", "sync", "txs"];
const MIB = 2 ** 20;

describe("a group whose fourth sealer sends what it heard in changed form", () => {
  it.each<ConsensusType>(["pbft", "raft"])(
    "%s goes on, and nothing throws",
    { timeout: 600_000 },
    async (consensus) => {
      const [log, thrown] = [createCapturingLogger(), [] as unknown[]];
      const note = (error: unknown) => void thrown.push(error);
      process.on("unhandledRejection", note);
      onTestFinished(() => void process.off("unhandledRejection", note));
      const genesis = makeGenesis(keyed.slice(0, 4), { consensus });
      const network = createMemoryNetwork();
      const all = keyed.slice(0, 4).map((self) => addMember(genesis, network, self, { log }));
      await Promise.all(all.map((member) => member.start()));
      const members = all.slice(0, 3);
      const sender = account(7);
      const commit = (nonce: number) => members[0]!.run(ethTx(sender, nonce, { value: 0n }));
      await commit(0);
      // A Raft group begins with all of its sealers.
      await all[3]!.stop();
      const hostile = network.node(keyed[3]!.id).group(
        GROUP,
        keyed.slice(0, 4).map(({ id }) => id),
      );
      const heard = listen(hostile);
      const genesisHash = (await members[0]!.read.block(0, false))!.hash;
      const signedAnew = consensus === "pbft" ? signer(genesisHash, keyed[3]!.key) : (bytes: Uint8Array) => bytes;
      // Something to hear of every module before it is changed.
      for (let nonce = 1; nonce < 5; nonce++) await commit(nonce);

      const choice = choices(SEED);
      const before = process.memoryUsage.rss();
      let [most, nonce] = [0, 5];
      for (let sent = 0; sent < MESSAGES; sent++) {
        const module = choice.of(MODULES);
        const seeds = heard.get(choice.once(20) ? choice.of(MODULES) : module)!;
        if (seeds.length === 0) continue;
        const changed = mutatedMessage(choice.of(seeds), seeds, choice);
        hostile.send(choice.of(members).self.id, module, module === "consensus" ? signedAnew(changed) : changed);
        if (sent % 20 === 0) await turn();
        if (sent % 200 !== 0) continue;
        most = Math.max(most, process.memoryUsage.rss());
        // Those who had enough of it listen again: this is about what bytes do, not about bans.
        network.heal();
        await commit(nonce++);
      }
      for (let more = 0; more < 3; more++) await commit(nonce++);
      console.log(
        `${consensus}: seed ${SEED}, ${MESSAGES} messages, ${network.reports.length} faults reported, height ${await members[0]!.height()}, +${Math.round((most - before) / MIB)} MB`,
      );
      expect(network.handlerErrors).toEqual([]);
      expect(thrown).toEqual([]);
      expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
      expect(network.reports.length).toBeGreaterThan(MESSAGES / 50);
      expect(most - before).toBeLessThan(600 * MIB);
    },
  );
});

/**
 * Signs what a message says with the key of its sender, so that more than the check of its signature sees it. Only PBFT
 * bears sealers that sign what they like.
 */
function signer(genesisHash: Hash, key: Uint8Array): (bytes: Uint8Array) => Uint8Array {
  const codec = createPbftCodec(suite, genesisHash, { maxBytes: 8 << 20, maxTransactions: 1_000 });
  return (bytes) => {
    const msg = codec.openMessage(bytes)?.read()?.msg;
    if (msg === undefined) return bytes;
    return codec.encodeMessage({ msg, signatures: codec.digests(msg).map((digest) => suite.sign(digest, key)) });
  };
}

/** What each module says to a member, the last of it. */
function listen(channel: GroupChannel): ReadonlyMap<ModuleName, Uint8Array[]> {
  const heard = new Map<ModuleName, Uint8Array[]>(MODULES.map((module) => [module, []]));
  for (const [module, kept] of heard) {
    channel.onMessage(module, (_peer, payload) => {
      if (kept.length < KEPT) kept.push(payload.slice());
      else kept[payload.length % KEPT] = payload.slice();
    });
  }
  return heard;
}
