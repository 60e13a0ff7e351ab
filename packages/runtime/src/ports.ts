/**
 * The part of a `MessagePort` that calls between threads need; node and browser ports both have it. A port is a private channel
 * between two threads of one process: nobody else can put an answer on it, so calls may be numbered one by one.
 */
export interface Port {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  close(): void;
}
