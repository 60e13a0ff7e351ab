import { FbError } from "@fb/types";
import type { AbstractProvider, Subscriber, TransactionReceipt } from "ethers";
import type { SdkErrorCode } from "./errors.ts";

/*
 * A silent group makes the block of a transaction and no other, so whoever waits for the next block to look again may
 * wait for ever. Receipts are therefore asked for at intervals; a node that is not busy pushes besides: it answers a
 * submission when the receipt is there.
 */

export interface ReceiptWait {
  readonly confirmations: number;
  readonly intervalMs: number;
  /** Null = without end. */
  readonly timeoutMs: number | null;
}

/**
 * The receipt of a transaction once it has so many confirmations. Rejects with SDK_RECEIPT_UNKNOWN after the time;
 * a node that does not answer meanwhile is asked again.
 */
export async function waitForReceipt(
  provider: AbstractProvider,
  hash: string,
  { confirmations, intervalMs, timeoutMs }: ReceiptWait,
): Promise<TransactionReceipt> {
  const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  for (;;) {
    let failure: unknown = null;
    try {
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt !== null && (confirmations <= 1 || (await receipt.confirmations()) >= confirmations)) return receipt;
    } catch (error) {
      failure = error;
    }
    const left = deadline - performance.now();
    if (left <= 0) throw unknownFate(hash, `no receipt within ${timeoutMs} ms`, failure);
    await new Promise((resolve) => setTimeout(resolve, Math.min(intervalMs, left)));
  }
}

/** @param why what kept its receipt from being seen */
export function unknownFate(hash: string, why: string, cause: unknown): FbError<SdkErrorCode> {
  const message =
    `the fate of transaction ${hash} is unknown: ${why}. ` +
    "It may still be committed: look for its receipt before sending anything again";
  return new FbError("SDK_RECEIPT_UNKNOWN", message, { hash }, cause ?? undefined);
}

/** What stands behind `provider.on(hash)` and `TransactionResponse.wait()`. */
export class ReceiptSubscriber implements Subscriber {
  readonly #provider: AbstractProvider;
  readonly #hash: string;
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(provider: AbstractProvider, hash: string, intervalMs: number) {
    this.#provider = provider;
    this.#hash = hash;
    this.#intervalMs = intervalMs;
  }

  start(): void {
    this.#timer ??= setTimeout(() => void this.#poll(), this.#intervalMs);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  pause(): void {
    this.stop();
  }

  resume(): void {
    this.start();
  }

  async #poll(): Promise<void> {
    const own = this.#timer;
    const receipt = await this.#provider.getTransactionReceipt(this.#hash).catch(() => null);
    if (receipt !== null) void this.#provider.emit(this.#hash, receipt);
    if (this.#timer !== own) return;
    this.#timer = null;
    this.start();
  }
}
