import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { devAccounts } from "@fb/build-chain";
import { rpcCall, until } from "@fb/local-chain";
import {
  createHostileMember,
  decodeBombs,
  groupFolder,
  type HostileMember,
  identityOf,
  pbftVote,
  raftMessage,
  syncMessage,
} from "@fb/redteam";
import {
  commitDigest,
  encodeCertificate,
  fromHex,
  type GroupChannel,
  type Hash,
  type ModuleName,
  type NodeId,
  rlpUint,
  signingDigest,
} from "@fb/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";
import { type SteadyLoad, startLoad } from "./support/steady-load.ts";

/** Group 1 is PBFT and group 2 Raft, each with the hostile member as observer; in group 3 (PBFT) it is one of five sealers. */
const [PBFT, RAFT, SEALED] = [1, 2, 3] as const;
const HONEST = [0, 1, 2, 3];
const HOSTILE = 4;
const MIB = 2 ** 20;
const FALSE_HEIGHT = 1_000_000_000;
/** More than a node grows while it catches up under attack; a decode bomb alone took 4 GiB. */
const MAX_GROWTH = 400 * MIB;

let chain: TestChain;
let hostile: HostileMember;
const channels = new Map<number, GroupChannel>();
const genesis = new Map<number, Hash>();
const ids: NodeId[] = [];

beforeAll(async () => {
  chain = await createTestChain({
    topology: "127.0.0.1:4 agency1 1,2,3\n127.0.0.1:1 agency2 1:observer,2:observer,3",
    groups: ["1:pbft:storage", "2:raft:storage", "3:pbft:storage"],
    later: [HOSTILE],
  });
  for (const node of HONEST) {
    ids.push((await rpcCall(chain.nodes[node]!.operatorUrl, "getNodeInfo")).NodeID);
  }
  hostile = await createHostileMember(identityOf(chain.nodes[HOSTILE]!.folder));
  for (const group of [PBFT, RAFT, SEALED]) {
    genesis.set(group, fromHex((await chain.blockHash(0, group, 0))!)!);
    const members = await rpcCall(chain.url(0, group), "getGroupPeers", [group]);
    channels.set(group, await hostile.join(group, members, HONEST.length));
  }
});
afterAll(async () => {
  await hostile?.close();
  await chain?.close();
});

function rss(node: number): number {
  const pid = chain.nodes[node]!.pid();
  if (pid === null || !existsSync(`/proc/${pid}/status`)) return 0;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const load = (group: number): SteadyLoad =>
  startLoad(() => chain.url(0, group), devAccounts()[group]!.privateKey, BigInt(65_536 + group));

/** Calls `act` again and again until it is ended. What it sends is counted when it could be queued. */
function repeat(
  everyMs: number,
  act: (send: (node: number, module: ModuleName, payload: Uint8Array) => void) => void,
  group: number,
) {
  let sent = 0;
  const send = (node: number, module: ModuleName, payload: Uint8Array) => {
    if (channels.get(group)!.send(ids[node]!, module, payload) === "queued") sent++;
  };
  const timer = setInterval(() => act(send), everyMs);
  return { sent: () => sent, end: () => clearInterval(timer) };
}

interface Attack {
  readonly name: string;
  readonly group: number;
  readonly victim: number;
  readonly everyMs: number;
  act(send: (node: number, module: ModuleName, payload: Uint8Array) => void): void;
  /** What happens to the victim meanwhile. */
  meanwhile(): Promise<void>;
}

/** Runs an attack between two calm times and prints what the victim and the group made of it. */
async function underAttack({ name, group, victim, everyMs, act, meanwhile }: Attack) {
  const steady = load(group);
  const before = await steady.rate(() => pause(2_500));
  const calm = rss(victim);
  const attack = repeat(everyMs, act, group);
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, rss(victim))), 100);
  const startedAt = performance.now();
  let during = 0;
  try {
    await meanwhile();
    during = await steady.rate(() => pause(3_000));
  } finally {
    attack.end();
    clearInterval(watch);
  }
  const height = await chain.height(victim, group);
  const after = await steady.rate(() => pause(2_500));
  await steady.stop();
  const growth = most - calm;
  console.log(
    `${name}: ${attack.sent()} messages in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s; victim at ${height} of ` +
      `${await chain.height(0, group)}, resident ${Math.round(calm / MIB)} MiB before, ${Math.round(most / MIB)} at most, ` +
      `${Math.round(rss(victim) / MIB)} after; ${[before, during, after].map((rate) => rate.toFixed(0)).join(" / ")} tx/s before / during / after`,
  );
  expect(attack.sent()).toBeGreaterThan(0);
  expect(growth).toBeLessThan(MAX_GROWTH);
  expect(during).toBeGreaterThan(before / 10);
  expect(after).toBeGreaterThan(before / 4);
}

/**
 * The victim loses what it had of a group, starts again, and reaches the head that the others had at the start. These
 * stand still until it runs and the hostile member is connected with it, so that no block comes before the attack.
 */
async function restartFromNothing(victim: number, group: number): Promise<void> {
  const goal = await chain.height(0, group);
  expect(goal).toBeGreaterThan(2);
  const node = chain.nodes[victim]!;
  const others = HONEST.filter((other) => other !== victim).map((other) => chain.nodes[other]!.pid()!);
  const isLinked = () => channels.get(group)!.peers().includes(ids[victim]!);
  await node.kill();
  expect(await until(async () => !isLinked(), 5_000, 20)).toBe(true);
  rmSync(groupFolder(node, group), { recursive: true });
  for (const pid of others) process.kill(pid, "SIGSTOP");
  try {
    node.start();
    // Linked once is enough: the victim may have cut the liar off by the time its group answers.
    let wasLinked = false;
    const isAttacked = async () => {
      wasLinked ||= isLinked();
      return (
        wasLinked &&
        (await chain.height(victim, group).then(
          () => true,
          () => false,
        ))
      );
    };
    expect(await until(isAttacked, 20_000, 20)).toBe(true);
  } finally {
    for (const pid of others) process.kill(pid, "SIGCONT");
  }
  const isLevel = await until(async () => (await chain.height(victim, group).catch(() => 0)) >= goal, 20_000, 50);
  expect(isLevel).toBe(true);
}

/** Codes of the faults that a node's block download has seen. */
async function faultsSeen(node: number, group: number): Promise<string[]> {
  const metrics = await (await fetch(`${chain.nodes[node]!.operatorUrl}/metrics`)).text();
  const faults = metrics.matchAll(/^fb_sync_peer_faults_total{code="(\w+)",group="(\d+)"} [1-9]/gm);
  return [...faults].filter((fault) => fault[2] === String(group)).map((fault) => fault[1]!);
}

describe("a hostile observer", () => {
  it("cannot keep a node from its blocks by answers that nobody asked for", async () => {
    const victim = 3;
    await underAttack({
      name: "unasked answers",
      group: PBFT,
      victim,
      everyMs: 4,
      act(send) {
        // So dense that one of each number falls between a request and its answer.
        for (let id = 1; id <= 60; id++) send(victim, "sync", syncMessage.blockResponse(id, new Uint8Array(0)));
        send(victim, "sync", syncMessage.blockResponse(randomInt(2 ** 48 - 1), new Uint8Array(0)));
      },
      async meanwhile() {
        await restartFromNothing(victim, PBFT);
        // Those who served are not blamed for what the liar did.
        expect(await faultsSeen(victim, PBFT)).toEqual(["RESPONSE_UNASKED"]);
      },
    });
  });

  it("cannot exhaust a node by messages of empty elements", async () => {
    const victim = 2;
    const bombs = decodeBombs(16 * MIB);
    let next = 0;
    await underAttack({
      name: "empty elements",
      group: PBFT,
      victim,
      everyMs: 100,
      act(send) {
        const [module, payload] = bombs[next++ % bombs.length]!;
        send(victim, module, payload);
      },
      meanwhile: () => restartFromNothing(victim, PBFT),
    });
  });

  it("cannot keep a Raft group from electing a leader by heads that do not exist", async () => {
    const head = FALSE_HEIGHT;
    const certificate = encodeCertificate({ round: 1, signatures: [] });
    const lies = [1, 2, 3, 4, 5].map((kind) => {
      const hash = new Uint8Array(randomBytes(32));
      const digest = signingDigest(hostile.suite, genesis.get(RAFT)!, "raftAppend", [rlpUint(1), rlpUint(head), hash]);
      return raftMessage({ kind, term: 1, head, hash, certificate, signature: hostile.sign(digest) });
    });
    const status = syncMessage.status({ genesisHash: genesis.get(RAFT)!, height: head, headHash: new Uint8Array(32) });
    const leader = await chain.leader(RAFT);
    const witness = leader === 0 ? 1 : 0;
    const liar = repeat(
      500,
      (send) => {
        for (const node of HONEST) {
          for (const lie of lies) send(node, "consensus", lie);
          send(node, "sync", status);
        }
      },
      RAFT,
    );
    await pause(1_000);
    const before = await chain.height(witness, RAFT);
    await chain.nodes[leader]!.kill();
    const steady = startLoad(() => chain.url(witness, RAFT), devAccounts()[5]!.privateKey, BigInt(65_536 + RAFT));
    try {
      const startedAt = performance.now();
      const goesOn = await until(async () => (await chain.height(witness, RAFT)) > before + 3, 20_000, 50);
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      console.log(`false heads: ${liar.sent()} messages; ${seconds} s without the killed leader until 4 more blocks`);
      expect(goesOn).toBe(true);
      const sync = await rpcCall(chain.url(witness, RAFT), "getSyncStatus", [RAFT]);
      expect(sync.knownHighestNumber).toBeLessThan(FALSE_HEIGHT);
    } finally {
      liar.end();
      await steady.stop();
      chain.nodes[leader]!.start();
      await until(() => chain.nodes[leader]!.isReady(), 20_000);
    }
  });
});

describe("a hostile sealer", () => {
  const vote = (kind: 2 | 3, height: number, view: number): Uint8Array => {
    const hash = new Uint8Array(randomBytes(32));
    const genesisHash = genesis.get(SEALED)!;
    const digest =
      kind === 3
        ? commitDigest(hostile.suite, genesisHash, { height, round: view, hash })
        : signingDigest(hostile.suite, genesisHash, "pbftSign", [rlpUint(height), rlpUint(view), hash]);
    return pbftVote({ kind, height, view, hash, signature: hostile.sign(digest) });
  };

  it("cannot make an idle group change views by a vote for nothing", async () => {
    const { height } = await chain.level(SEALED, HONEST);
    for (const kind of [2, 3] as const) {
      const forged = vote(kind, height + 1, 0);
      for (const node of HONEST) channels.get(SEALED)!.send(ids[node]!, "consensus", forged);
    }
    await pause(12_000);
    const views = await Promise.all(HONEST.map((node) => rpcCall(chain.url(node, SEALED), "getPbftView", [SEALED])));
    console.log(`one forged vote: views ${views.join(", ")} after 12 s of silence`);
    expect(views).toEqual(HONEST.map(() => "0x0"));
  });

  it("cannot keep a group busy by valid votes for heights that are long decided", async () => {
    const stale = Array.from({ length: 200 }, (_, i) => vote(i % 2 === 0 ? 2 : 3, 1, i));
    await underAttack({
      name: "stale votes",
      group: SEALED,
      victim: 1,
      everyMs: 10,
      act(send) {
        for (const node of HONEST) for (const payload of stale) send(node, "consensus", payload);
      },
      meanwhile: () => pause(2_000),
    });
  });
});
