import { join } from "node:path";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { BackupAnswer, BackupRequest, GroupInfo, GroupReadiness, GroupState } from "@fb/api";
import type { GroupOptions } from "@fb/ledger";
import { exposeChannel, type Network } from "@fb/p2p-whitelist";
import {
  callPort,
  type Logger,
  type MemoryLevel,
  type MetricsRegister,
  type MetricsSnapshot,
  type PortClient,
} from "@fb/runtime";
import { groupKeys, type MasterKey } from "@fb/runtime/encryption";
import type { GroupId } from "@fb/types";
import { ANSWER_TIMEOUT_MS, answered } from "./answered.ts";
import type { GroupSetup } from "./node-setup.ts";
import type { ThreadLog } from "./thread-log.ts";
import { endsWithin } from "./time-limit.ts";
import type { GroupThreadApi, GroupThreadData, GroupThreadEvent } from "./workers/thread-api.ts";

export interface GroupHostDeps {
  readonly network: Network;
  readonly privateKey: Uint8Array;
  /** What it is encrypted under, newest first; null = in clear. Its thread gets only what follows from them for it. */
  readonly masters: readonly MasterKey[] | null;
  readonly threadLog: ThreadLog;
  /** File descriptors its store may hold. */
  readonly maxOpenFiles: number;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
  /** The group answers queries from now on, on every port that is opened. */
  readonly onReady: (info: GroupInfo, openQuery: () => MessagePort) => void;
}

/** Waits this long for a group to stop. */
const STOP_TIMEOUT_MS = 6_000;
const UNRESPONSIVE: GroupReadiness["notReady"] = [
  { code: "UNRESPONSIVE", message: `the group's thread did not answer within ${ANSWER_TIMEOUT_MS} ms` },
];

/**
 * One group's thread, seen from the host. A group that cannot start, halts or crashes is marked and reported; the node
 * and its other groups go on.
 */
export class GroupHost {
  readonly groupId: GroupId;
  #state: GroupState = "starting";
  #reason: string | null = null;
  readonly #deps: GroupHostDeps;
  readonly #worker: Worker;
  readonly #control: PortClient<GroupThreadApi>;
  readonly #exited: Promise<void>;

  constructor(setup: GroupSetup, deps: GroupHostDeps) {
    const { genesis } = setup;
    this.groupId = genesis.groupId;
    this.#deps = deps;
    const [channel, control] = [new MessageChannel(), new MessageChannel()];
    const groupChannel = deps.network.group(this.groupId, [...genesis.sealers, ...genesis.observers]);
    exposeChannel(groupChannel, channel.port1, { groupId: this.groupId, metrics: deps.metrics });
    const data: GroupThreadData = {
      options: groupOptions(setup),
      store: setup.store,
      backupFolder: setup.backupFolder,
      privateKey: deps.privateKey,
      keys: deps.masters && groupKeys(deps.masters, genesis),
      self: deps.network.nodeId,
      log: deps.threadLog,
      maxPayloadBytes: groupChannel.maxPayloadBytes,
      maxOpenFiles: deps.maxOpenFiles,
      channel: channel.port2,
      control: control.port2,
    };
    this.#worker = new Worker(new URL(import.meta.resolve("@fb/node/group-worker")), {
      name: `group${this.groupId}`,
      workerData: data,
      transferList: [channel.port2, control.port2],
    });
    this.#control = callPort<GroupThreadApi, GroupThreadEvent>(control.port1, {
      maxInFlight: 100,
      onEvent: (event) => this.#onEvent(event),
    });
    this.#worker.on("error", (error) => this.#halt("GROUP_CRASHED", error.message));
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        if (this.#state === "running" || this.#state === "starting")
          this.#halt("GROUP_EXITED", "the group's thread ended");
        resolve();
      });
    });
  }

  /**
   * Asks the group's thread: one that runs but cannot serve its group, or does not answer, is not ready. Nor is one that
   * starts, which has no more to say than what its store waits for.
   */
  async readiness(): Promise<GroupReadiness> {
    const state = { group: this.groupId, state: this.#state, reason: this.#reason };
    if (state.state !== "running" && state.state !== "starting") return { ...state, ready: false, notReady: [] };
    const answer = await answered(this.#control.api.notReady());
    if (state.state === "starting") return { ...state, ready: false, notReady: answer ?? [] };
    const notReady = answer ?? UNRESPONSIVE;
    return { ...state, ready: notReady.length === 0, notReady };
  }

  /** Memory is short, or is no longer. */
  shed(level: MemoryLevel): void {
    this.#control.api.shed(level).catch(() => {});
  }

  /** Null when the thread does not answer. */
  metricsSnapshot(): Promise<MetricsSnapshot | null> {
    return answered(this.#control.api.metricsSnapshot());
  }

  /** Rejects when the thread is no more. */
  backup(request: BackupRequest): Promise<BackupAnswer> {
    return this.#control.api.backup(request);
  }

  /**
   * Stops the group with everything flushed. False when its thread has not ended in time. It is not ended by force: its
   * store, torn away while it is read, would abort the process, and with it the groups that are still stopping. Idempotent.
   */
  async close(): Promise<boolean> {
    this.#state = "stopped";
    // One that cannot stop all of itself ends all the same.
    this.#control.api.close().catch(() => {});
    const ended = await endsWithin(STOP_TIMEOUT_MS, this.#exited);
    if (!ended) this.#deps.log.error("group-stop-timeout", { group: this.groupId, ms: STOP_TIMEOUT_MS });
    this.#control.close();
    return ended;
  }

  #onEvent(event: GroupThreadEvent): void {
    if (event.type === "ready") {
      // A group that halted while it started answers reads all the same.
      if (this.#state === "starting") this.#state = "running";
      this.#deps.onReady(event.info, () => this.#openQuery());
    } else this.#halt(event.code, event.message);
  }

  #openQuery(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    // Whoever asks a thread that is no more is told so, and not kept waiting.
    this.#control.api.openQuery(port1).catch(() => port1.close());
    return port2;
  }

  #halt(code: string, message: string): void {
    // The first report is the cause, later ones are its consequences.
    if (this.#state !== "halted") this.#reason = `${code}: ${message}`;
    this.#state = "halted";
    this.#deps.log.error("group-halted", { group: this.groupId, code, message });
  }
}

function groupOptions({ genesis, options, dataFolder }: GroupSetup): GroupOptions {
  const { consensus, storage, tx_pool, sync } = options;
  return {
    genesis,
    journalDir: join(dataFolder, "journal"),
    minBlockIntervalMs: consensus.minBlockTimeMs,
    settleBlocks: consensus.settleBlocks,
    settleIntervalMs: consensus.settleIntervalMs,
    emptyBlockIntervalMs: consensus.emptyBlockIntervalMs,
    voteWithoutJournal: consensus.voteWithoutJournal,
    cacheBytes: storage.cacheBytes,
    historyBlocks: storage.historyBlocks,
    keepBlocks: storage.keepBlocks,
    pool: {
      maxTransactions: tx_pool.limit,
      maxBytes: tx_pool.memoryBytes,
      maxPerSender: tx_pool.perSender,
      expiryMs: tx_pool.expirySeconds * 1000,
    },
    sync: { statusBeatMs: sync.beatMs, maxBytes: sync.maxBytes },
  };
}
