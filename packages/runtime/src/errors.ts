export type PortErrorCode =
  /** The other thread ended; the caller answers "unavailable". */
  | "PORT_CLOSED"
  /** Too many calls in flight; the caller tells its client to retry. */
  | "PORT_BUSY"
  /** The caller's own signal was aborted; it no longer waits. */
  | "PORT_CANCELLED"
  /** The other side threw something without a code, or has no such method: a bug there. */
  | "PORT_CALL_FAILED";

export type JobQueueErrorCode =
  /** The caller must slow down or tell its client; nothing was queued. */
  | "QUEUE_FULL"
  /** The owner is shutting down. */
  | "QUEUE_CLOSED";
