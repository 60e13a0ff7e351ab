import type { FbBackup, FbGroup } from "../answers/fb.ts";
import type { FiscoNode } from "../answers/fisco.ts";
import type { GroupParam } from "./params.ts";

/** What tells of the node as a whole, or works on its disk; clients are refused with OPERATOR_ONLY. */
export interface OperatorMethods {
  /** Nodes this node is connected to, in any group. */
  getPeers(groupId: GroupParam): readonly FiscoNode[];
  /** Groups this node serves. */
  getGroupList(): readonly number[];
  /** Name, agency, address and id of this node. */
  getNodeInfo(): FiscoNode;
  /** One look at all groups of this node. */
  fb_groups(): readonly FbGroup[];
  /** Begins to write all rows of the head into a new file in the node's folder of backups; the group goes on meanwhile. */
  fb_backup(groupId: GroupParam, fileName: string): FbBackup;
  /** The backup under way, or the last one; null when there was none since the group was started. */
  fb_backupStatus(groupId: GroupParam): FbBackup | null;
  /** Breaks off the backup under way, whose file is not there then; the answer is that of `fb_backupStatus`. */
  fb_stopBackup(groupId: GroupParam): FbBackup | null;
}
