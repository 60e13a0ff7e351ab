import type { GroupId } from "@fb/types";
import type { HeadRecord } from "./records.ts";

/** Facts pushed to the server. Heads of one group come in order, each height once. */
export type GroupEvent =
  | { readonly type: "head"; readonly groupId: GroupId; readonly head: HeadRecord }
  /** Transactions that entered the pool; hashes of 32 bytes one after the other. */
  | { readonly type: "pending"; readonly groupId: GroupId; readonly hashes: Uint8Array }
  /** The group takes no further part on this node; reads go on. */
  | { readonly type: "halted"; readonly groupId: GroupId }
  /** The group is no longer served. */
  | { readonly type: "stopped"; readonly groupId: GroupId };
