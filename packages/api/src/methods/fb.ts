import type { FbLogPage, FbLogPosition, FbReceipt } from "../answers/fb.ts";
import type { LogFilterParam } from "./params.ts";

/** What the standard methods refuse because it is too large for one answer, in pieces; about the group of the endpoint. */
export interface FbMethods {
  /** Logs from a position on, as many as fit, and where to go on. */
  fb_getLogs(filter: LogFilterParam, position?: FbLogPosition, maxLogs?: string): FbLogPage;
  /** A receipt without its logs; null until the transaction is committed. */
  fb_getReceipt(transactionHash: string): FbReceipt | null;
}
