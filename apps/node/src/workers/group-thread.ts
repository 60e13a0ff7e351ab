import type { BackupAnswer, BackupRequest, NotReadyReason } from "@fb/api";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createGroup, type Group, type GroupFact, storageWaits } from "@fb/ledger";
import type { CallRunner, CallSource } from "@fb/ledger/calls";
import { createRemoteChannel } from "@fb/p2p-whitelist";
import {
  type Clock,
  collectGarbage,
  type Logger,
  type MemoryLevel,
  type MetricsRegister,
  type MetricsSnapshot,
  type PortServer,
  servePort,
} from "@fb/runtime";
import type { KeyRing } from "@fb/runtime/encryption";
import type { StorageTrouble } from "@fb/storage-amdb";
import type { StorageBackend } from "@fb/types";
import { errorCode, errorMessage } from "../errors.ts";
import { afterAnswer } from "./after-answer.ts";
import { Backups } from "./backups.ts";
import { QueryPorts } from "./query-ports.ts";
import type { GroupThreadApi, GroupThreadData, GroupThreadEvent } from "./thread-api.ts";

/** Of a store that waits for something. */
export interface StoreWaiting {
  /** Told what it waits for; null = it goes on. */
  readonly onTrouble: (trouble: StorageTrouble | null) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

export interface GroupThreadDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: { readonly register: MetricsRegister; snapshot(): Promise<MetricsSnapshot> };
  /** The journal is encrypted under these; null = in clear. */
  readonly keys: KeyRing | null;
  openBackend(waiting: StoreWaiting): Promise<StorageBackend>;
  /** Where the group's calls run, and read through `source`. */
  createCalls(source: CallSource): CallRunner;
}

/** One group as its host sees it, from a thread of its own: it answers and tells on the port `data.control`. */
export function createGroupThread(data: GroupThreadData, deps: GroupThreadDeps): void {
  new GroupThread(data, deps);
}

class GroupThread {
  readonly #data: GroupThreadData;
  readonly #deps: GroupThreadDeps;
  readonly #control: PortServer<GroupThreadEvent>;
  /** Ends when the group runs or has failed; what is half open cannot be closed. */
  readonly #starting: Promise<void>;
  #group: Group | null = null;
  #trouble: StorageTrouble | null = null;
  readonly #closing = new AbortController();
  #queries: QueryPorts | null = null;
  #backups: Backups | null = null;
  #memoryLevel: MemoryLevel = 0;

  constructor(data: GroupThreadData, deps: GroupThreadDeps) {
    this.#data = data;
    this.#deps = deps;
    this.#control = servePort<GroupThreadApi, GroupThreadEvent>(data.control, {
      metricsSnapshot: () => deps.metrics.snapshot(),
      notReady: async () => this.#notReady(),
      shed: async (level) => this.#shed(level),
      openQuery: async (port) => (this.#queries === null ? port.close() : this.#queries.open(port)),
      backup: async (request) => this.#backup(request),
      close: () => this.#close(),
    });
    this.#starting = this.#start().catch((error: unknown) => this.#giveUp(error));
  }

  async #start(): Promise<void> {
    const { options, channel, self, maxPayloadBytes, privateKey } = this.#data;
    const { clock, log, metrics, keys, openBackend, createCalls } = this.#deps;
    const suite = await createCryptoSuite();
    const backend = await openBackend({
      onTrouble: (trouble) => {
        this.#trouble = trouble;
      },
      signal: this.#closing.signal,
    });
    const group = await createGroup(options, {
      suite,
      evm: await createEvm({ suite }),
      backend,
      storageTrouble: () => this.#trouble,
      channel: createRemoteChannel(channel, { self, maxPayloadBytes }, { log, metrics: metrics.register }),
      privateKey,
      ...(keys === null ? {} : { keys }),
      createCalls,
      clock,
      log,
      metrics: metrics.register,
      onFact: (fact) => this.#onFact(fact),
    });
    this.#group = group;
    this.#queries = new QueryPorts(group.query);
    const { backupFolder } = this.#data;
    this.#backups = new Backups(backupFolder, options.genesis, { backend, keys, lane: group.reads, clock, log });
    group.shed(this.#memoryLevel);
    await group.start();
    this.#control.emit({ type: "ready", info: group.info });
  }

  async #giveUp(error: unknown): Promise<void> {
    const { log } = this.#deps;
    log.error("group-start-failed", { code: errorCode(error), error });
    this.#control.emit({ type: "failed", code: errorCode(error), message: errorMessage(error) });
    await this.#group?.close().catch((failure: unknown) => log.error("group-close-failed", { error: failure }));
    // Peers see this group go, whatever of it was open.
    this.#data.channel.close();
  }

  #notReady(): readonly NotReadyReason[] {
    if (this.#group !== null) return this.#group.notReady();
    return this.#trouble === null ? [] : [storageWaits(this.#trouble)];
  }

  #backup(request: BackupRequest): Promise<BackupAnswer> | BackupAnswer {
    if (this.#backups !== null) return this.#backups.answer(request);
    return { ok: false, code: "GROUP_NOT_OPEN", message: "the group has not opened its store" };
  }

  #shed(level: MemoryLevel): void {
    this.#memoryLevel = level;
    this.#group?.shed(level);
    if (level >= 2) collectGarbage();
  }

  async #close(): Promise<void> {
    // Whoever still asks is not waited for.
    this.#queries?.close();
    this.#closing.abort();
    try {
      await this.#starting;
      await this.#backups?.close();
      await this.#group?.close();
    } finally {
      afterAnswer(() => {
        // Also what was opened while it still started.
        this.#queries?.close();
        this.#control.close();
      });
    }
  }

  #onFact(fact: GroupFact): void {
    const { groupId } = this.#data.options.genesis;
    if (fact.type === "head") this.#queries?.emit({ type: "head", groupId, head: fact.head });
    else if (fact.type === "pending") this.#queries?.emit({ type: "pending", groupId, hashes: fact.hashes });
    else {
      this.#deps.log.error("group-halted", { code: fact.code, message: fact.message });
      this.#control.emit(fact);
      this.#queries?.emit({ type: "halted", groupId });
    }
  }
}
