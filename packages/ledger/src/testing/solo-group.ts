import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GroupEvent, GroupHandle, GroupInfo, GroupQuery } from "@fb/api";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { noMetrics, silentLogger } from "@fb/runtime";
import { createFakeClock, type FakeClock } from "@fb/runtime/testing";
import { createMemoryBackend, createMemoryDisk, type MemoryDisk } from "@fb/storage-amdb/memory";
import { type GenesisAccount, type GroupId, type NodeId, type StateType, toHex } from "@fb/types";
import { createGroup } from "../create-group.ts";
import type { Group } from "../group.ts";
import type { GroupFact } from "../ports.ts";
import { loneChannel } from "./lone-channel.ts";
import { readWhole } from "./read-whole.ts";
import { testGenesis, testOptions } from "./test-options.ts";

export const suite = await createCryptoSuite();
const evm = await createEvm({ suite });

/** From a head to the next block. The group's time stands still, so that only {@link SoloGroup.mine} lets it pass. */
const BLOCK_INTERVAL_MS = 1000;
/** No view ends while a test lets a transaction wait. */
const TIMEOUT_MS = 3_600_000;

export interface SoloGroupOptions {
  readonly groupId: number;
  /** Default 1. */
  readonly chainId?: number;
  /** Accounts of the genesis, in ascending order of address; there are no admins. */
  readonly alloc?: readonly GenesisAccount[];
  /** Default storage; account proofs need mpt. */
  readonly stateType?: StateType;
  /**
   * False = blocks are made by `mine()` only. The engine packs the first block of its life without waiting, so an empty
   * block 1 is there from the start then. Default true: whatever is submitted goes into a block at once.
   */
  readonly autoMine?: boolean;
  /** Time of the genesis, in ms. */
  readonly startsAt?: number;
  /** Blocks before the head whose state stays readable; default 256. */
  readonly historyBlocks?: number;
  /** Blocks before the head whose transactions and receipts are kept; default 0 = all. */
  readonly keepBlocks?: number;
}

interface SoloGroupParts {
  readonly group: Group;
  readonly nodeId: NodeId;
  readonly events: Events;
  readonly clock: FakeClock;
  readonly disk: MemoryDisk;
  readonly dispose: () => void;
}

/** A group of one sealer: everything of a real one but disk and network, and with its own time. */
export class SoloGroup implements GroupHandle {
  readonly info: GroupInfo;
  /** Single answers can be replaced by {@link override}. */
  readonly query: GroupQuery;
  readonly nodeId: NodeId;
  readonly #parts: SoloGroupParts;
  #closing: Promise<void> | null = null;

  constructor(parts: SoloGroupParts) {
    this.info = parts.group.info;
    this.query = { ...parts.group.query };
    this.nodeId = parts.nodeId;
    this.#parts = parts;
  }

  get read() {
    return readWhole(this.query);
  }

  /** Makes a block of everything that waits, empty or not. Resolves when its head was told. */
  mine(): Promise<void> {
    return this.#passTime("head");
  }

  /** Fills the disk, so that the next block halts the group. Resolves when that was told. */
  halt(): Promise<void> {
    this.#parts.disk.failCommits("STORAGE_FULL");
    return this.#passTime("halted");
  }

  /** Gives answers of the test's own; `real` still asks the group. For overload and failure, which a test cannot wait for. */
  override(answers: (real: GroupQuery) => Partial<GroupQuery>): void {
    Object.assign(this.query, answers({ ...this.query }));
  }

  onEvent(listener: (event: GroupEvent) => void): () => void {
    return this.#parts.events.on(listener);
  }

  close(): Promise<void> {
    const { group, dispose } = this.#parts;
    this.#closing ??= group.close().finally(dispose);
    return this.#closing;
  }

  async #passTime(until: GroupEvent["type"]): Promise<void> {
    const { events, clock } = this.#parts;
    const told = events.next(until);
    clock.advance(BLOCK_INTERVAL_MS);
    await told;
  }
}

/** Facts of a group as its host tells them. */
class Events {
  readonly #groupId: GroupId;
  readonly #listeners = new Set<(event: GroupEvent) => void>();

  constructor(groupId: GroupId) {
    this.#groupId = groupId;
  }

  on(listener: (event: GroupEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when everybody who listened before has heard it. */
  next(type: GroupEvent["type"]): Promise<void> {
    return new Promise((resolve) => {
      const off = this.on((event) => {
        if (event.type !== type) return;
        off();
        resolve();
      });
    });
  }

  tell(fact: GroupFact): void {
    const event: GroupEvent =
      fact.type === "halted" ? { type: "halted", groupId: this.#groupId } : { ...fact, groupId: this.#groupId };
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** Starts a group whose key is made of its id, so that the same calls make the same chain. The caller closes it. */
export async function startSoloGroup(options: SoloGroupOptions): Promise<SoloGroup> {
  const { chainId = 1, alloc = [], stateType = "storage", autoMine = true, startsAt = 1_700_000_000_000 } = options;
  const groupId = options.groupId as GroupId;
  const privateKey = suite.hash(Uint8Array.of(groupId));
  const nodeId = toHex(suite.publicKey(privateKey)) as NodeId;
  const genesis = testGenesis({
    groupId,
    chainId,
    alloc,
    stateType,
    timestamp: startsAt,
    consensus: { type: "pbft", maxTransactions: 1000, timeoutMs: TIMEOUT_MS, minElectMs: 200, maxElectMs: 400 },
    sealers: [nodeId],
  });
  const folder = mkdtempSync(join(tmpdir(), "fb-group-"));
  const events = new Events(groupId);
  const clock = createFakeClock(startsAt);
  const disk = createMemoryDisk();
  const group = await createGroup(
    {
      ...testOptions(genesis, join(folder, "journal")),
      minBlockIntervalMs: autoMine ? 0 : BLOCK_INTERVAL_MS,
      emptyBlockIntervalMs: BLOCK_INTERVAL_MS,
      historyBlocks: options.historyBlocks ?? 256,
      keepBlocks: options.keepBlocks ?? 0,
    },
    {
      suite,
      evm,
      backend: createMemoryBackend({ disk }),
      channel: loneChannel(nodeId),
      privateKey,
      clock,
      log: silentLogger,
      metrics: noMetrics,
      onFact: (fact) => events.tell(fact),
    },
  );
  const firstBlock = events.next("head");
  await group.start();
  if (!autoMine) await firstBlock;
  return new SoloGroup({ group, nodeId, events, clock, disk, dispose: () => rmSync(folder, { recursive: true }) });
}
