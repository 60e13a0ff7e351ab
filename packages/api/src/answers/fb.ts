import type { ConsensusType, EngineStatus, StateType } from "@fb/types";
import type { ReadinessReason } from "../node.ts";
import type { EthLog, EthReceiptHead } from "./eth.ts";
import type { Data, Quantity } from "./json.ts";

/** A place in the chain where a search for logs goes on. */
export interface FbLogPosition {
  readonly block: Quantity;
  /** Index in the block. */
  readonly logIndex: Quantity;
}

/** Logs that fit into one answer, in block order. */
export interface FbLogPage {
  readonly logs: readonly EthLog[];
  /** Null at the end. */
  readonly next: FbLogPosition | null;
}

/** A receipt whose logs are to be had by `fb_getLogs`. */
export interface FbReceipt extends EthReceiptHead {
  /** Index in the block. */
  readonly firstLogIndex: Quantity;
  readonly logCount: Quantity;
}

/** A group of this node. What is null is not known, because the group does not answer. */
export interface FbGroup {
  readonly id: number;
  readonly consensus: ConsensusType;
  readonly state: StateType;
  /** `none`: the group's chain does not list this node. */
  readonly role: EngineStatus["role"] | null;
  /** View or term. */
  readonly round: number | null;
  readonly height: number | null;
  readonly hash: Data | null;
  readonly haltedBy: string | null;
  readonly ready: boolean;
  /** Why this node cannot serve the group now; empty when it can. */
  readonly notReady: readonly ReadinessReason[];
}

/** A backup that a group of this node writes while it runs, or the last one that it wrote. What is null is known at the end. */
export interface FbBackup {
  /** Path on the disk of the node. */
  readonly file: string;
  readonly state: "running" | "done" | "failed";
  /** Rows written so far. */
  readonly rows: number;
  /** Height of all rows in the file. */
  readonly height: number | null;
  /** Hash of the block at that height. */
  readonly head: Data | null;
  /** Length of the file in bytes. */
  readonly bytes: number | null;
  /** Fingerprint of what is in the file. */
  readonly digest: Data | null;
  /** Why there is no file. */
  readonly error: { readonly code: string; readonly message: string } | null;
}
