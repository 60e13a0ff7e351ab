import type { MessagePort } from "node:worker_threads";
/**
 * The part of a `MessagePort` that calls between threads need; node and browser ports both have it. A port is a private channel
 * between two threads of one process: nobody else can put an answer on it, so calls may be numbered one by one.
 */
export interface Port {
  /** @param transfer ports that belong to the other side from now on */
  postMessage(message: unknown, transfer?: readonly MessagePort[]): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  close(): void;
}
