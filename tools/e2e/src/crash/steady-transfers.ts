import { setTimeout as pause } from "node:timers/promises";
import { rpcCall } from "@fb/local-chain";
import type { Wallet } from "ethers";
import { testWallets } from "../support/load.ts";

const SENDERS = 20;
const TRIES = 50;
const BETWEEN_TRIES_MS = 200;
/** What a node says of a transaction that an earlier try has brought it. */
const ARRIVED = /known|nonce too low/i;

/** Transactions all the time, a batch after the other, through one node at a time and never through the one to be killed. */
export class SteadyTransfers {
  readonly #urls: readonly string[];
  readonly #chainId: bigint;
  readonly #wallets: readonly Wallet[];
  readonly #running: Promise<void>;
  #avoided = -1;
  #rounds = 0;
  #stopped = false;
  #batch: Promise<unknown> = Promise.resolve();

  /** @param urls of the group on each node */
  constructor(urls: readonly string[], chainId: bigint, seed: number) {
    this.#urls = urls;
    this.#chainId = chainId;
    this.#wallets = testWallets(SENDERS, seed);
    this.#running = this.#run();
    // Told by `stop`.
    this.#running.catch(() => undefined);
  }

  get sent(): number {
    return this.#rounds * SENDERS;
  }

  /** Resolves when nothing is on its way to this node. */
  async avoid(node: number): Promise<void> {
    this.#avoided = node;
    await this.#batch;
  }

  /** Rejects when a transaction was refused. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** Senders whose transactions are not all executed, exactly once each, on this node. */
  async missing(node: number): Promise<string[]> {
    const counts = await Promise.all(
      this.#wallets.map(({ address }) => rpcCall(this.#urls[node]!, "eth_getTransactionCount", [address, "latest"])),
    );
    return this.#wallets.filter((_, i) => Number(counts[i]) !== this.#rounds).map(({ address }) => address);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const raws = await Promise.all(this.#wallets.map((wallet) => this.#sign(wallet)));
      const others = this.#urls.filter((_, node) => node !== this.#avoided);
      const sending = sendAll(others[this.#rounds % others.length]!, raws);
      this.#batch = sending.catch(() => undefined);
      await sending;
      this.#rounds++;
    }
  }

  #sign(wallet: Wallet): Promise<string> {
    return wallet.signTransaction({
      type: 2,
      chainId: this.#chainId,
      nonce: this.#rounds,
      to: `0x${"b0".repeat(20)}`,
      gasLimit: 21_000n,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
    });
  }
}

/** A node that has just started may have to be asked again. Rejects with what it said last. */
async function sendAll(url: string, raws: readonly string[]): Promise<void> {
  for (let left = TRIES; ; left--) {
    const results = await Promise.allSettled(raws.map((raw) => rpcCall(url, "eth_sendRawTransaction", [raw])));
    const refused = results.find((result) => result.status === "rejected" && !ARRIVED.test(String(result.reason)));
    if (refused === undefined) return;
    if (left === 1) throw (refused as PromiseRejectedResult).reason;
    await pause(BETWEEN_TRIES_MS);
  }
}
