import { connect } from "node:net";
import { onTestFinished } from "vitest";

const SOCKETS = 20;
/** Long answers for a short question, as fast as the node reads. */
const BODY = JSON.stringify(
  Array.from({ length: 100 }, (_, id) => ({
    jsonrpc: "2.0",
    id,
    method: "eth_getBlockByNumber",
    params: ["latest", true],
  })),
);
const REQUEST = `POST /group/1 HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;

/** Asks on many connections at once, again with every answer, until it is ended. */
export function floodWithReads(port: number): { readonly answered: Promise<void>; end(): void } {
  let answer: () => void;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const sockets = Array.from({ length: SOCKETS }, () => {
    const socket = connect(port, "127.0.0.1", () => socket.write(REQUEST));
    socket.on("data", () => {
      answer();
      socket.write(REQUEST);
    });
    return socket.on("error", () => {});
  });
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(end);
  return { answered, end };
}
