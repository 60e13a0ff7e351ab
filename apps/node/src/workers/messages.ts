import type { MessagePort } from "node:worker_threads";
import type { GroupInfo, NodeQuery, NotReadyReason } from "@fb/api";
import type { GroupOptions } from "@fb/ledger";
import type { MemoryLevel, MetricsSnapshot } from "@fb/runtime";
import type { NodeId } from "@fb/types";
import type { ThreadLog } from "../thread-log.ts";

/** Given to a group's thread at its start. */
export interface GroupWorkerData {
  readonly options: GroupOptions;
  readonly dataFolder: string;
  readonly privateKey: Uint8Array;
  readonly self: NodeId;
  readonly log: ThreadLog;
  /** Longest payload of the channel, in bytes. */
  readonly maxPayloadBytes: number;
  /** File descriptors the store may hold. */
  readonly maxOpenFiles: number;
  /** The group's channel, carried from the main thread. */
  readonly channel: MessagePort;
  /** Where the host asks: {@link GroupControl}. */
  readonly control: MessagePort;
}

/** From the host to a running group's thread: answer `GroupQuery` of @fb/api on this port until its other end closes. */
export interface GroupWorkerCommand {
  readonly type: "query";
  readonly port: MessagePort;
}

/** What the host asks a group's thread for. */
export interface GroupControl {
  metricsSnapshot(): Promise<MetricsSnapshot>;
  /** Why the group cannot be served now; empty when it can. */
  notReady(): Promise<readonly NotReadyReason[]>;
  /** Memory is short, or is no longer. */
  shed(level: MemoryLevel): Promise<void>;
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
export interface RpcWorkerOptions {
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

export interface RpcWorkerData extends RpcWorkerOptions {
  /** Where the host answers: {@link NodeThreadApi}. */
  readonly nodePort: MessagePort;
  /** Where the host asks: {@link RpcControl}. */
  readonly control: MessagePort;
}

/** What an RPC thread asks the host for. */
export interface NodeThreadApi extends NodeQuery {
  /** Of all threads. */
  metricsSnapshots(): Promise<readonly MetricsSnapshot[]>;
}

/** What the host asks an RPC thread for. */
export interface RpcControl {
  metricsSnapshot(): Promise<MetricsSnapshot>;
  /** Memory is short, or is no longer. */
  shed(level: MemoryLevel): Promise<void>;
}

/** From the host to an RPC thread. */
export type RpcWorkerCommand =
  | { readonly type: "group"; readonly info: GroupInfo; readonly query: MessagePort }
  | { readonly type: "close" };

/** From an RPC thread to the host. */
export type RpcWorkerMessage =
  | { readonly type: "listening" }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  /** Clients are answered about this group from now on. */
  | { readonly type: "serving"; readonly groupId: number };
