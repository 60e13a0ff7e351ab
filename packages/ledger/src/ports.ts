import type { HeadRecord } from "@fb/api";
import type { Clock, Logger, MetricsRegister } from "@fb/runtime";
import type { KeyRing } from "@fb/runtime/encryption";
import type { StorageTrouble } from "@fb/storage-amdb";
import type { CryptoSuite, Evm, GroupChannel, StorageBackend } from "@fb/types";
import type { CallRunner, CallSource } from "./calls/ports.ts";

/** Facts a group tells its host. */
export type GroupFact =
  | { readonly type: "head"; readonly head: HeadRecord }
  /** Hashes of 32 bytes one after the other; only while pending transactions are watched. */
  | { readonly type: "pending"; readonly hashes: Uint8Array }
  /** This group stopped working and must be looked at by the operator; reads go on. */
  | { readonly type: "halted"; readonly code: string; readonly message: string };

/** What a group is made of, from storage to execution. */
export interface CoreDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  /** Opened for this group; nothing else is reachable through it. A running group closes it. */
  readonly backend: StorageBackend;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}

/** Capabilities for exactly one group. */
export interface GroupDeps extends CoreDeps {
  /** What the backend waits for now; null = nothing. Absent = it never waits. */
  readonly storageTrouble?: () => StorageTrouble | null;
  /** Bound to this group. The group closes it. */
  readonly channel: GroupChannel;
  /** The node's private key, 32 bytes; used only for digests that name this group's genesis. */
  readonly privateKey: Uint8Array;
  /** Its journal is encrypted under these; absent = in clear. Its backend was opened with them. */
  readonly keys?: KeyRing;
  /** Where calls run, reading from `source`; absent = in this thread. The group closes it. */
  readonly createCalls?: (source: CallSource) => CallRunner;
  readonly onFact: (fact: GroupFact) => void;
}
