import { rpcCall } from "@fb/local-chain";
import { Wallet } from "ethers";

/** Transfers of one account at a steady pace, and how many of them a group commits. */
export interface SteadyLoad {
  /** Transactions committed so far. */
  committed(): Promise<number>;
  /** Committed transactions a second while `during` runs. */
  rate(during: () => Promise<void>): Promise<number>;
  stop(): Promise<void>;
}

const EACH = 10;
const PAUSE_MS = 100;
/** Without progress for so long what was sent is sent again. */
const AGAIN_MS = 2_000;

/** @param url asked anew each time, so that the load can move to another node. */
export function startLoad(url: () => string, key: string, chainId: bigint): SteadyLoad {
  const wallet = new Wallet(key);
  const committed = async () => Number(await rpcCall(url(), "eth_getTransactionCount", [wallet.address, "latest"]));
  const sign = (nonce: number) =>
    wallet.signTransaction({
      type: 2,
      chainId,
      nonce,
      to: wallet.address,
      gasLimit: 21_000n,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
    });
  let isStopped = false;
  const send = async (from: number) => {
    const raws = await Promise.all(Array.from({ length: EACH }, (_, i) => sign(from + i)));
    const body = raws.map((raw, id) => ({ jsonrpc: "2.0", id, method: "eth_sendRawTransaction", params: [raw] }));
    const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    // The answer may wait for the block; refusals show in what is committed.
    void fetch(url(), request)
      .then((response) => response.arrayBuffer())
      .catch(() => undefined);
  };
  const run = async () => {
    let next = await committed().catch(() => 0);
    let [done, movedAt] = [next, performance.now()];
    while (!isStopped) {
      const now = await committed().catch(() => done);
      if (now > done) [done, movedAt] = [now, performance.now()];
      if (performance.now() - movedAt > AGAIN_MS) [next, movedAt] = [done, performance.now()];
      if (next - done < 20 * EACH) {
        await send(next);
        next += EACH;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const running = run();
  return {
    committed,
    async rate(during) {
      const [before, startedAt] = [await committed(), performance.now()];
      await during();
      return ((await committed()) - before) / ((performance.now() - startedAt) / 1_000);
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}
