import { type Height, toHex } from "@fb/types";

/** What is wrong with stored rows. */
export type RowFaultCode =
  /** Rows of a table that no program of this group writes. */
  | "TABLE_UNKNOWN"
  /** A row that other rows need is not there. */
  | "ROW_MISSING"
  /** A row that nothing explains. */
  | "ROW_UNEXPECTED"
  /** Not the shape or the encoding that rows of the table have. */
  | "ROW_UNREADABLE"
  /** The row does not say what other rows prove. */
  | "ROW_DIFFERS"
  /** A root that a header commits to is not the one of what is stored. */
  | "ROOT_DIFFERS"
  /** A header breaks a rule that needs no execution. */
  | "HEADER_RULE"
  /** The certificate of a block is not that of the members in force. */
  | "CERTIFICATE_INVALID"
  /** Rows are too many or too few. */
  | "COUNT_DIFFERS";

/** A fault that a check of a store found, and where. */
export interface RowFault {
  readonly code: RowFaultCode;
  readonly table: string;
  /** Absent when it is not about one key. */
  readonly key?: Uint8Array;
  /** Absent when it is not about one row. */
  readonly row?: number;
  /** The block that it is about. */
  readonly height?: Height;
  /** In words, or the beginning of bytes in hex. */
  readonly expected: string;
  readonly found: string;
}

export type ReportFault = (fault: RowFault) => void;

const SHOWN_BYTES = 32;

/** Bytes for {@link RowFault}: at most 32 in hex, and how many they are when that is not all. */
export function shownBytes(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "nothing";
  if (bytes.length <= SHOWN_BYTES) return toHex(bytes);
  return `${toHex(bytes.subarray(0, SHOWN_BYTES))}... (${bytes.length} bytes)`;
}
