import { encodeGroupTransaction, FbError, fromHex, type GroupTransactionFields, isCode } from "@fb/types";
import {
  concat,
  getBytes,
  hexlify,
  keccak256,
  randomBytes,
  type SigningKey,
  type TransactionReceipt,
  toBigInt,
  Wallet,
} from "ethers";
import type { SdkErrorCode } from "./errors.ts";
import type { GroupProvider } from "./group-provider.ts";
import { requireGranted } from "./system-refusal.ts";

/** Blocks a group transaction stays valid for; the chain's default window is 1000. */
const BLOCK_LIMIT_AHEAD = 500;
const DEFAULT_TIMEOUT_MS = 60_000;

export interface GroupTransactionRequest {
  /** Absent = creates a contract. */
  readonly to?: string;
  /** 0x hex. */
  readonly data?: string;
  readonly value?: bigint;
  /** Absent = estimated, with room for what changes until it executes. */
  readonly gas?: bigint;
  /** Kept with the transaction, not executed; 0x hex. */
  readonly extraData?: string;
}

export interface SignedGroupTransaction {
  readonly raw: string;
  readonly hash: string;
}

/**
 * An ethers wallet that also sends group transactions: unordered, so many may be under way at once, and replayable by
 * nobody. `sendTransaction` stays the Ethereum kind, so contracts, factories and libraries keep working.
 */
export class GroupSigner extends Wallet {
  readonly #provider: GroupProvider;

  constructor(key: string | SigningKey, provider: GroupProvider) {
    super(key, provider);
    this.#provider = provider;
  }

  /** Signs for the next 500 blocks with a random nonce. */
  async signGroupTransaction(request: GroupTransactionRequest): Promise<SignedGroupTransaction> {
    const [head, gas] = await Promise.all([this.#provider.getBlockNumber(), request.gas ?? this.#estimate(request)]);
    const fields: GroupTransactionFields = {
      nonce: toBigInt(randomBytes(32)),
      gasPrice: 0n,
      gas,
      blockLimit: BigInt(head + BLOCK_LIMIT_AHEAD),
      to: request.to === undefined ? null : getBytes(request.to),
      value: request.value ?? 0n,
      data: getBytes(request.data ?? "0x"),
      chainId: BigInt(this.#provider.chainId),
      groupId: BigInt(this.#provider.groupId),
      extraData: getBytes(request.extraData ?? "0x"),
    };
    const { r, s, yParity } = this.signingKey.sign(keccak256(encodeGroupTransaction(fields)));
    const signature = fromHex(concat([r, s, Uint8Array.of(yParity)]))!;
    const raw = hexlify(encodeGroupTransaction(fields, signature));
    return { raw, hash: keccak256(raw) };
  }

  /**
   * Sends and waits until the transaction is committed. Rejects with SDK_RPC_ERROR when the node refuses it,
   * SDK_TRANSACTION_FAILED when it was committed but failed, SDK_SYSTEM_REFUSED when the system contract that it called
   * changed nothing, SDK_RECEIPT_UNKNOWN when nothing is known of it after the
   * time; then its receipt decides, and sending again would execute it twice.
   */
  async sendGroupTransaction(
    request: GroupTransactionRequest,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<TransactionReceipt> {
    const { raw, hash } = await this.signGroupTransaction(request);
    await this.#provider.group.sendRawTransaction(raw).catch((error: unknown) => {
      // A connection that ended before the answer says nothing about the transaction.
      if (!isCode(error, "SDK_UNREACHABLE") && !isCode(error, "SDK_BAD_ANSWER")) throw error;
    });
    const receipt = (await this.#provider.waitForTransaction(hash, 1, timeoutMs))!;
    if (receipt.status === 1) {
      await requireGranted(this.#provider.group, receipt);
      return receipt;
    }
    const {
      statusMsg = "unknown",
      status = "0x1",
      output = "0x",
    } = (await this.#provider.group.getTransactionReceipt(hash)) ?? {};
    throw new FbError<SdkErrorCode>("SDK_TRANSACTION_FAILED", `transaction ${hash} failed: ${statusMsg}`, {
      hash,
      status: Number(status),
      statusMsg,
      output,
    });
  }

  async #estimate(request: GroupTransactionRequest): Promise<bigint> {
    const { to = null, data = "0x", value = 0n } = request;
    const gas = await this.#provider.estimateGas({ from: this.address, to, data, value });
    return gas + gas / 2n;
  }
}
