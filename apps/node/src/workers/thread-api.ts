import type { MessagePort } from "node:worker_threads";
import type { BackupAnswer, BackupRequest, GroupInfo, NodeQuery, NotReadyReason } from "@fb/api";
import type { GroupOptions } from "@fb/ledger";
import type { MemoryLevel, MetricsSnapshot } from "@fb/runtime";
import type { GroupKey } from "@fb/runtime/encryption";
import type { NodeId } from "@fb/types";
import type { StoreSetup } from "../store-setup.ts";
import type { ThreadLog } from "../thread-log.ts";

/*
 * What the host and its threads ask each other, and tell. Each pair has one port, calls go one way and events the other;
 * the ports on which groups answer queries are handed over by calls.
 */

/** Given to a group's thread at its start. */
export interface GroupThreadData {
  readonly options: GroupOptions;
  readonly store: StoreSetup;
  /** Folder of the backups that it writes while it runs. */
  readonly backupFolder: string;
  readonly privateKey: Uint8Array;
  /** What its files are encrypted under, newest first; null = in clear. */
  readonly keys: readonly GroupKey[] | null;
  readonly self: NodeId;
  readonly log: ThreadLog;
  /** Longest payload of the channel, in bytes. */
  readonly maxPayloadBytes: number;
  /** File descriptors the store may hold. */
  readonly maxOpenFiles: number;
  /** The group's channel, carried from the main thread. */
  readonly channel: MessagePort;
  /** Where the host asks: {@link GroupThreadApi}. */
  readonly control: MessagePort;
}

/** What the host asks a group's thread for. */
export interface GroupThreadApi {
  metricsSnapshot(): Promise<MetricsSnapshot>;
  /** Why the group cannot be served now; empty when it can. */
  notReady(): Promise<readonly NotReadyReason[]>;
  /** Memory is short, or is no longer. */
  shed(level: MemoryLevel): Promise<void>;
  /** Answers `GroupQuery` of @fb/api on `port` until its other end closes. Only of a group that is ready. */
  openQuery(port: MessagePort): Promise<void>;
  backup(request: BackupRequest): Promise<BackupAnswer>;
  /** Stops the group; resolves when everything is on disk. */
  close(): Promise<void>;
}

/** Facts a group's thread tells the host. */
export type GroupThreadEvent =
  | { readonly type: "ready"; readonly info: GroupInfo }
  /** The group could not be opened. */
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  /** The group runs, but takes no further part until the operator has looked at it. */
  | { readonly type: "halted"; readonly code: string; readonly message: string };

/** One JSON-RPC listener. */
export interface RpcThreadOptions {
  readonly host: string;
  readonly port: number;
  /** Whether only the operator reaches it; else it is for clients. */
  readonly operator: boolean;
  /** 0 = the lowest. */
  readonly defaultGroup: number;
  readonly maxBodyBytes: number;
  /** Origins of web pages that may call; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** Names by which clients may address the server. */
  readonly hosts: readonly string[];
  readonly submitWaitMs: number;
  /** Open connections. */
  readonly maxConnections: number;
  /** The thread ends when it needs more. */
  readonly maxHeapMb: number;
  readonly log: ThreadLog;
}

/** Given to an RPC thread at its start. */
export interface RpcThreadData extends RpcThreadOptions {
  /** Where the host answers: {@link NodeThreadApi}. */
  readonly nodePort: MessagePort;
  /** Where the host asks: {@link RpcThreadApi}. */
  readonly control: MessagePort;
}

/** What an RPC thread asks the host for. */
export interface NodeThreadApi extends NodeQuery {
  /** Of all threads. */
  metricsSnapshots(): Promise<readonly MetricsSnapshot[]>;
}

/** What the host asks an RPC thread for. */
export interface RpcThreadApi {
  metricsSnapshot(): Promise<MetricsSnapshot>;
  /** Memory is short, or is no longer. */
  shed(level: MemoryLevel): Promise<void>;
  /** From its answer on, clients are answered about this group, which is asked on `query`. */
  serve(info: GroupInfo, query: MessagePort): Promise<void>;
  /** Stops answering; resolves when every connection has ended. */
  close(): Promise<void>;
}

/** Facts an RPC thread tells the host. */
export type RpcThreadEvent =
  | { readonly type: "listening" }
  /** It cannot listen, and ends. */
  | { readonly type: "failed"; readonly code: string; readonly message: string };
