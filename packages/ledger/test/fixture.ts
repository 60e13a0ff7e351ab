import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import { createMemoryNetwork, type MemoryNetwork } from "@fb/p2p-whitelist/testing";
import { type Clock, callPort, type Logger, noMetrics, servePort, silentLogger, systemClock } from "@fb/runtime";
import { createMemoryBackend, createMemoryDisk, type MemoryDisk } from "@fb/storage-amdb/memory";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import type { GenesisConfig, GroupChannel, Hash, Height, NodeId, StorageBackend } from "@fb/types";
import { onTestFinished } from "vitest";
import { type CallRunner, type CallSource, createCallRunner } from "../src/calls/index.ts";
import { createGroup, type Group, type GroupFact } from "../src/index.ts";
import { readWhole, suite, testOptions } from "../src/testing/index.ts";
import { CHAIN_ID, GROUP, type Keyed, keyed } from "./accounts.ts";

const evm = await createReferenceEvm(suite);
/** The engine of production, for calls at the other end of a port. */
const fastEvm = await createEvm({ suite });

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fb-ledger-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Calls run in the thread of the group, or at the other end of a port, as they do in a thread of their own. */
export type CallsAt = "group" | "port";

export interface MemberOptions {
  readonly callsAt?: CallsAt;
  readonly historyBlocks?: number;
  /** 0 = all. */
  readonly keepBlocks?: number;
  readonly rocksdb?: boolean;
  readonly clock?: Clock;
  readonly log?: Logger;
}

/** One member of one group: what of it outlives a restart, and the running group. */
export class Member {
  readonly self: Keyed;
  readonly disk: MemoryDisk = createMemoryDisk();
  readonly facts: GroupFact[] = [];
  readonly listed: (readonly NodeId[])[] = [];
  /** Highest height whose batch was handed to storage. */
  committing: Height = -1;
  /** The only members it connects to; all while null. */
  links: readonly NodeId[] | null = null;
  readonly #genesis: GenesisConfig;
  readonly #network: MemoryNetwork;
  readonly #folder: string;
  readonly #rocksdb: boolean;
  readonly #historyBlocks: number;
  readonly #keepBlocks: number;
  readonly #clock: Clock;
  readonly #callsAt: CallsAt;
  readonly #log: Logger;
  readonly #waiting = new Set<() => void>();
  #group: Group | null = null;

  constructor(self: Keyed, genesis: GenesisConfig, network: MemoryNetwork, of: MemberOptions = {}) {
    this.self = self;
    this.#genesis = genesis;
    this.#network = network;
    this.#folder = tempFolder();
    this.#rocksdb = of.rocksdb ?? false;
    this.#historyBlocks = of.historyBlocks ?? 10;
    this.#keepBlocks = of.keepBlocks ?? 0;
    this.#clock = of.clock ?? systemClock;
    this.#callsAt = of.callsAt ?? "group";
    this.#log = of.log ?? silentLogger;
  }

  get group(): Group {
    return this.#group!;
  }

  get journalDir(): string {
    return join(this.#folder, "journal");
  }

  get query() {
    return this.group.query;
  }

  get read() {
    return readWhole(this.query);
  }

  async start(): Promise<this> {
    const { groupId, sealers, observers } = this.#genesis;
    const linked = (ids: readonly NodeId[]) => ids.filter((id) => this.links?.includes(id) ?? true);
    const channel = this.#network.node(this.self.id).group(groupId, linked([...sealers, ...observers]));
    const backend: StorageBackend = this.#rocksdb
      ? await openRocksdb({ path: join(this.#folder, "state") })
      : createMemoryBackend({ disk: this.disk });
    this.#group = await createGroup(
      {
        ...testOptions(this.#genesis, this.journalDir),
        historyBlocks: this.#historyBlocks,
        keepBlocks: this.#keepBlocks,
      },
      {
        suite,
        evm,
        backend: watchCommits(backend, (height) => {
          this.committing = height;
          this.#look();
        }),
        channel: watchMembers(channel, linked, (members) => this.listed.push(members)),
        privateKey: this.self.key,
        ...(this.#callsAt === "group" ? {} : { createCalls: (source) => callsOverPorts(source, this.#clock) }),
        clock: this.#clock,
        log: this.#log,
        metrics: noMetrics,
        onFact: (fact) => {
          this.facts.push(fact);
          this.#look();
        },
      },
    );
    await this.#group.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.#group?.close();
  }

  #look(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Waits until the condition holds; looked at with every fact and commit. */
  when(condition: (facts: readonly GroupFact[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition(this.facts)) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  height(): Promise<Height> {
    return this.read.height();
  }

  async reaches(height: Height): Promise<void> {
    if ((await this.height()) >= height) return;
    await this.when((facts) => facts.some((fact) => fact.type === "head" && fact.head.header.number >= height));
  }

  /** Submits and waits until a block has them all; the receipts are in the order given. */
  async run(...txs: readonly { raw: Uint8Array; hash: Hash }[]) {
    const outcomes = await this.query.submit(txs.map(({ raw }) => raw));
    for (const outcome of outcomes) if (!outcome.ok) throw new TypeError(`refused: ${outcome.code}`);
    return Promise.all(txs.map(({ hash }) => this.receipt(hash)));
  }

  /** The receipt of a transaction, as soon as it is in a block. */
  async receipt(hash: Hash) {
    for (;;) {
      const heard = this.facts.length;
      const found = await this.read.receipt(hash);
      if (found !== null) return found;
      await this.when((facts) => facts.length > heard);
    }
  }
}

function callsOverPorts(source: CallSource, clock: Clock): CallRunner {
  const [calls, reads] = [new MessageChannel(), new MessageChannel()];
  const reader = servePort<CallSource>(reads.port1, source);
  const { api: remote } = callPort<CallSource>(reads.port2, { maxInFlight: 100 });
  const deps = { suite, evm: fastEvm, source: remote, clock };
  servePort<CallRunner>(calls.port2, createCallRunner({ chainId: CHAIN_ID, groupId: GROUP }, deps));
  const caller = callPort<CallRunner>(calls.port1, { maxInFlight: 100 });
  return {
    call: (...args) => caller.api.call(...args),
    estimateGas: (...args) => caller.api.estimateGas(...args),
    async close() {
      await caller.api.close();
      caller.close();
      reader.close();
    },
  };
}

function watchCommits(backend: StorageBackend, told: (height: Height) => void): StorageBackend {
  return {
    height: () => backend.height(),
    rows: (table, key) => backend.rows(table, key),
    rowsMany: (table, keys) => backend.rowsMany(table, keys),
    scan: (table, range) => backend.scan(table, range),
    commit(height, batch) {
      told(height);
      return backend.commit(height, batch);
    },
    snapshot: () => backend.snapshot(),
    fill: (height, rows) => backend.fill(height, rows),
    close: () => backend.close(),
  };
}

function watchMembers(
  channel: GroupChannel,
  linked: (members: readonly NodeId[]) => readonly NodeId[],
  told: (members: readonly NodeId[]) => void,
): GroupChannel {
  return {
    ...channel,
    setMembers(members) {
      told(members);
      channel.setMembers(linked(members));
    },
  };
}

export interface Cluster {
  readonly network: MemoryNetwork;
  readonly genesis: GenesisConfig;
  readonly members: readonly Member[];
}

/** Starts one member for each sealer and observer of the genesis; they are closed when the test ends. */
export async function startCluster(
  genesis: GenesisConfig,
  of: MemberOptions & { readonly network?: MemoryNetwork } = {},
): Promise<Cluster> {
  const network = of.network ?? createMemoryNetwork();
  const ids = [...genesis.sealers, ...genesis.observers];
  const members = ids.map((id) => addMember(genesis, network, keyed.find((node) => node.id === id)!, of));
  await Promise.all(members.map((member) => member.start()));
  return { network, genesis, members };
}

export function addMember(genesis: GenesisConfig, network: MemoryNetwork, self: Keyed, of?: MemberOptions): Member {
  const member = new Member(self, genesis, network, of);
  onTestFinished(() => member.stop().catch(() => undefined));
  return member;
}
