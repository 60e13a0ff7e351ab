import { Agent, request } from "node:http";

export interface PostOptions {
  /** Loopback address to send from. */
  readonly from?: string;
  readonly agent?: Agent;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Posts JSON text. Rejects when there is no whole answer. */
export function post(url: string, body: string, options: PostOptions = {}): Promise<Answer> {
  const { from, agent, headers = {}, signal, timeoutMs = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body), ...headers },
        ...(from === undefined ? {} : { localAddress: from }),
        ...(agent === undefined ? {} : { agent }),
        ...(signal === undefined ? {} : { signal }),
        timeout: timeoutMs,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
      },
    );
    call.on("timeout", () => call.destroy(new RangeError(`no answer in ${timeoutMs} ms`)));
    call.on("error", reject);
    call.end(body);
  });
}

/** JSON text of one request, or of a batch of them. */
export function rpcBody(calls: readonly (readonly [method: string, params: readonly unknown[]])[]): string {
  const requests = calls.map(([method, params], id) => ({ jsonrpc: "2.0", id, method, params }));
  return JSON.stringify(requests.length === 1 ? requests[0] : requests);
}

/** Keeps up to `sockets` connections to each listener. */
export function keepAlive(sockets: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: sockets });
}
