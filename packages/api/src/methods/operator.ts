import type { FbGroup } from "../answers/fb.ts";
import type { FiscoNode } from "../answers/fisco.ts";
import type { GroupParam } from "./params.ts";

/** What tells of the node as a whole; clients are refused with OPERATOR_ONLY. */
export interface OperatorMethods {
  /** Nodes this node is connected to, in any group. */
  getPeers(groupId: GroupParam): readonly FiscoNode[];
  /** Groups this node serves. */
  getGroupList(): readonly number[];
  /** Name, agency, address and id of this node. */
  getNodeInfo(): FiscoNode;
  /** One look at all groups of this node. */
  fb_groups(): readonly FbGroup[];
}
