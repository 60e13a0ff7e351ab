import type { LogLimits } from "@fb/api";
import { FbError } from "@fb/types";

/** Bounds of the server. Every one is per process unless it says otherwise. */
export interface RpcLimits {
  /** Bytes of one request body or WebSocket message. */
  readonly maxBodyBytes: number;
  /** Bytes of all HTTP request bodies being received or answered, as they have arrived. */
  readonly maxInFlightBytes: number;
  /** A body that brings less than 1024 bytes in so long is refused. */
  readonly bodyProgressMs: number;
  /** Bytes of the results of one answer, single or batch. */
  readonly maxResponseBytes: number;
  /** Bytes of all answers, from when they are asked of a group until they are written; half of it for one address. */
  readonly maxAnswerBytes: number;
  /** Bytes a WebSocket may leave unread: above it notifications close it. Its requests are read no further at an eighth of it. */
  readonly maxUnsentBytes: number;
  /** A client that reads nothing of its answers for so long is cut. */
  readonly slowReaderMs: number;
  /** Requests in one batch. */
  readonly maxBatch: number;
  /** Reads under way per group, in units: 1 for a value, 8 and one for every 16 KiB for what may be large. */
  readonly maxReadsPerGroup: number;
  /** Calls and estimates under way per group. */
  readonly maxCallsPerGroup: number;
  /** Transactions being admitted per group. */
  readonly maxSubmitsPerGroup: number;
  /** Requests that wait for one of these or for room for their answers; and how long at most. */
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
  /** Transactions a group accepted in about the last second above which it is busy: submissions are answered at once. */
  readonly busySubmits: number;
  /** Open connections, WebSockets among them; half of them for one address. */
  readonly maxConnections: number;
  /** Open WebSockets. */
  readonly maxSockets: number;
  /** Messages of one WebSocket being answered; beyond that the socket is not read. */
  readonly maxInFlightPerSocket: number;
  readonly maxSubscriptionsPerSocket: number;
  /** Bytes of all filters and subscriptions, 8 KiB and 160 for each address or topic; a quarter of it for one address. */
  readonly maxKeptBytes: number;
  /** Filters of a group; a quarter of them for one address. */
  readonly maxFiltersPerGroup: number;
  /** Hashes one poll of a block filter returns, and a pending filter keeps for its owner; of the latter the oldest are dropped. */
  readonly maxFilterHashes: number;
  /** A filter that nobody polls for so long is removed. */
  readonly filterExpiryMs: number;
  /** Blocks one log search may look at, and logs it may return; the rest is for the next search. */
  readonly maxLogBlocks: number;
  readonly maxLogs: number;
  /** Gas and time of one eth_call or eth_estimateGas. */
  readonly maxCallGas: bigint;
  readonly callTimeoutMs: number;
  /** A WebSocket that does not answer a ping within this time is closed. */
  readonly socketPingMs: number;
  /** `close()` ends after so long, whatever goes on. */
  readonly closeMs: number;
}

export const DEFAULT_RPC_LIMITS: RpcLimits = {
  maxBodyBytes: 5 * 1024 * 1024,
  maxInFlightBytes: 256 * 1024 * 1024,
  bodyProgressMs: 10_000,
  maxResponseBytes: 32 * 1024 * 1024,
  maxAnswerBytes: 64 * 1024 * 1024,
  maxUnsentBytes: 8 * 1024 * 1024,
  slowReaderMs: 15_000,
  maxBatch: 1000,
  maxReadsPerGroup: 512,
  maxCallsPerGroup: 256,
  maxSubmitsPerGroup: 2000,
  maxWaiting: 20_000,
  maxWaitMs: 5_000,
  busySubmits: 64,
  maxConnections: 2048,
  maxSockets: 1024,
  maxInFlightPerSocket: 128,
  maxSubscriptionsPerSocket: 128,
  maxKeptBytes: 64 * 1024 * 1024,
  maxFiltersPerGroup: 1024,
  maxFilterHashes: 10_000,
  filterExpiryMs: 300_000,
  maxLogBlocks: 10_000,
  maxLogs: 20_000,
  maxCallGas: 300_000_000n,
  callTimeoutMs: 5_000,
  socketPingMs: 30_000,
  closeMs: 2_000,
};

export const DEFAULT_SUBMIT_WAIT_MS = 1000;

export interface RpcServerOptions {
  /** Address to listen on. */
  readonly host: string;
  /** 0 = a free port, told by `start()`. */
  readonly port: number;
  /** Group served at `/`; without it the lowest group id served. */
  readonly defaultGroup?: number;
  /** Answers what tells of the node as a whole too (SPEC 7.2), for a listener that only its operator reaches. Default false. */
  readonly operator?: boolean;
  /** What web3_clientVersion answers, `name/version/platform/runtime`. */
  readonly clientVersion: string;
  /** Origins of web pages that may call, `*` for all; default none. */
  readonly corsOrigins?: readonly string[];
  /**
   * Host names by which clients may address the server besides localhost, loopback addresses and `host`: `name` or
   * `name:port`, `*` for all. Empty on an address that is not a loopback one: not checked. Default none.
   */
  readonly hosts?: readonly string[];
  /** How long the answer to an accepted transaction may wait for its receipt, in milliseconds; 0 = not at all. Default 1000. */
  readonly submitWaitMs?: number;
  readonly limits?: Partial<RpcLimits>;
}

export function logLimits(limits: RpcLimits): LogLimits {
  // As text data doubles, and the rest of a log takes less than twice what is counted for it.
  const maxBytes = Math.floor(limits.maxResponseBytes / 2);
  return { maxBlocks: limits.maxLogBlocks, maxLogs: limits.maxLogs, maxBytes };
}

/** Defaults filled in. Throws RPC_OPTIONS naming the option that is out of range. */
export function resolveLimits(given: Partial<RpcLimits> = {}): RpcLimits {
  const limits = { ...DEFAULT_RPC_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === "bigint" ? value > 0n : Number.isSafeInteger(value) && value > 0) continue;
    throw new FbError("RPC_OPTIONS", `limit ${name} must be a positive integer, not ${value}`, { name });
  }
  return limits;
}
