import { type ErrorFields, FbError } from "@fb/types";

/** Why the care of a store was refused. Nothing was changed, unless the comment of a code says so. */
export type MaintenanceErrorCode =
  /** The store holds no block. The operator names another group, or starts the node once. */
  | "STORE_EMPTY"
  /** The store that is to be filled holds blocks already. The operator names an empty one. */
  | "STORE_NOT_EMPTY"
  /** A height that the store does not have, or a range that is none. */
  | "RANGE_INVALID"
  /** The store no longer has what the job needs, because blocks were pruned. The operator takes a whole one. */
  | "BLOCKS_PRUNED"
  /** The file is no such file, or of another version of the format. */
  | "FILE_FORMAT"
  /** The file is cut or damaged; the message says where. */
  | "FILE_DAMAGED"
  /** The file is encrypted, and no key is given. The operator runs the job where the node has its master keys. */
  | "FILE_ENCRYPTED"
  /** The file is of another group, or of another genesis. */
  | "FILE_FOREIGN"
  /** A block of the file does not follow the head, or its certificate or content is not valid. Blocks before it are stored. */
  | "BLOCK_REFUSED"
  /** What was written is not what was read. The target cannot be trusted. */
  | "COPY_DIFFERS";

export function maintenanceError(
  code: MaintenanceErrorCode,
  message: string,
  fields?: ErrorFields,
  cause?: unknown,
): FbError<MaintenanceErrorCode> {
  return new FbError(code, message, fields, cause);
}
