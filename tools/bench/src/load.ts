import { rpcCall } from "@fb/local-chain";

/** A signed transaction on its way. Times in milliseconds of `performance.now()`. */
export interface Shot {
  readonly raw: string;
  readonly hash: string;
  sentAt: number;
  seenAt: number;
}

const BATCH = 100;
const IN_FLIGHT_PER_NODE = 4;

/** Sends everything as fast as the nodes take it, each sender's transactions through one node. */
export async function sendAll(urls: readonly string[], lanes: readonly (readonly Shot[])[]): Promise<void> {
  await Promise.all(
    lanes.map(async (shots, lane) => {
      let at = 0;
      const worker = async () => {
        while (at < shots.length) {
          const part = shots.slice(at, at + BATCH);
          at += BATCH;
          await post(urls[lane % urls.length]!, part);
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT_PER_NODE }, worker));
    }),
  );
}

/** Sends at a fixed rate in transactions per second, whatever the chain does. */
export async function sendAtRate(
  urls: readonly string[],
  lanes: readonly (readonly Shot[])[],
  rate: number,
): Promise<void> {
  const total = lanes.reduce((sum, shots) => sum + shots.length, 0);
  const started = performance.now();
  const next = lanes.map(() => 0);
  const pending: Promise<void>[] = [];
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * rate));
    for (const [lane, shots] of lanes.entries()) {
      const upTo = Math.min(shots.length, Math.ceil((due * shots.length) / total));
      if (upTo > next[lane]!) pending.push(post(urls[lane % urls.length]!, shots.slice(next[lane]!, upTo)));
      sent += Math.max(0, upTo - next[lane]!);
      next[lane] = Math.max(next[lane]!, upTo);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(pending);
}

async function post(url: string, shots: readonly Shot[]): Promise<void> {
  const now = performance.now();
  for (const shot of shots) shot.sentAt = now;
  const body = shots.map(({ raw }, id) => ({ jsonrpc: "2.0", id, method: "eth_sendRawTransaction", params: [raw] }));
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  for (const answer of (await response.json()) as { error?: { message: string } }[]) {
    if (answer.error !== undefined) throw new RangeError(`a transaction was refused: ${answer.error.message}`);
  }
}

export interface Observed {
  readonly blocks: number;
  readonly largestBlock: number;
}

/** Follows the chain on one node until every shot is in a block, noting when each was first seen. */
export async function watch(url: string, shots: readonly Shot[], from: number, timeoutMs: number): Promise<Observed> {
  const waiting = new Map(shots.map((shot) => [shot.hash, shot]));
  const deadline = performance.now() + timeoutMs;
  let height = from;
  let blocks = 0;
  let largestBlock = 0;
  while (waiting.size > 0) {
    if (performance.now() > deadline)
      throw new RangeError(
        `${waiting.size} of ${shots.length} transactions were not committed in ${timeoutMs / 1000} s`,
      );
    const head = Number(await rpcCall(url, "eth_blockNumber"));
    for (; height < head; ) {
      height++;
      const block = await rpcCall(url, "eth_getBlockByNumber", [`0x${height.toString(16)}`, false]);
      const hashes = block!.transactions.map(String);
      const now = performance.now();
      blocks++;
      largestBlock = Math.max(largestBlock, hashes.length);
      for (const hash of hashes) {
        const shot = waiting.get(hash);
        if (shot !== undefined) shot.seenAt = now;
        waiting.delete(hash);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { blocks, largestBlock };
}
