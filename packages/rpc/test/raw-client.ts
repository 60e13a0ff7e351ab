import { connect, type Socket } from "node:net";

/** A client that does as it likes with its socket. */
export interface RawClient {
  readonly socket: Socket;
  write(text: string): void;
  /** Head of a request that announces a body of so many bytes. */
  head(path: string, bytes: number, headers?: string): string;
  post(path: string, body: string): void;
  /** Everything that was received. */
  text(): string;
  received(): number;
  isClosed(): boolean;
  /** Status of the first answer. */
  status(): Promise<number>;
}

export async function connectRaw(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = "";
  let closed = false;
  let wake = () => {};
  socket.on("data", (chunk) => {
    text += String(chunk);
    wake();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
    wake();
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  const head = (path: string, bytes: number, headers = "") =>
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n${headers}\r\n`;
  return {
    socket,
    head,
    write: (data) => void socket.write(data),
    post: (path, body) => void socket.write(`${head(path, body.length)}${body}`),
    text: () => text,
    received: () => text.length,
    isClosed: () => closed,
    async status() {
      while (!closed && !text.includes("\r\n\r\n")) await new Promise<void>((resolve) => (wake = resolve));
      return Number(/^HTTP\/1.1 ([0-9]{3})/.exec(text)?.[1]);
    },
  };
}

/** Looks again with every turn of the event loop; the test's own time limit ends it. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise<void>((resolve) => setImmediate(resolve));
}
