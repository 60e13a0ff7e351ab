import { encodeError } from "@fb/precompiled";
import {
  type Account,
  type CryptoSuite,
  contractAddress,
  EMPTY,
  EMPTY_BLOOM,
  type Evm,
  type EvmLimits,
  type EvmResult,
  groupContractAddress,
  type Hex,
  logsBloom,
  MAX_RECEIPT_OUTPUT_BYTES,
  RECEIPT_STATUS,
  type Receipt,
  receiptStatusName,
  type SignedTransaction,
  type StateMiss,
  type Transaction,
  toHex,
} from "@fb/types";
import type { BlockState } from "./block-state.ts";
import { type BaseGas, baseGas, finalGas } from "./gas.ts";
import type { ExecutionHost } from "./host.ts";
import { gasLimitOf, shapeRefusal } from "./shape.ts";
import { executionStatus } from "./status.ts";
import type { ExecutionConfig } from "./types.ts";

const MAX_BALANCE = (1n << 256n) - 1n;
/** Addresses below this many zero bytes are kept for precompiled and system contracts: no fast path. */
const RESERVED_ZERO_BYTES = 17;
const NOTHING_DONE: EvmResult = {
  error: null,
  gasUsed: 0n,
  refund: 0n,
  output: EMPTY,
  logs: [],
  changes: new Map(),
};

type Settled = Receipt | Promise<Receipt>;

/** What is no use of the block's room that its sender could have avoided. */
const FREE_REFUSALS: ReadonlySet<number> = new Set([RECEIPT_STATUS.blockGasLimitReached, RECEIPT_STATUS.invalidNonce]);

/** What a transaction that did not run has as revert reason. */
const REFUSAL_REASONS: ReadonlyMap<number, string> = new Map([
  [RECEIPT_STATUS.blockGasLimitReached, "block gas limit reached"],
  [RECEIPT_STATUS.invalidNonce, "nonce is not the next of the account"],
  [RECEIPT_STATUS.transactionRefused, "sender is a contract"],
  [RECEIPT_STATUS.initCodeSizeLimit, "init code is too long"],
  [RECEIPT_STATUS.outOfGasIntrinsic, "intrinsic gas too low"],
  [RECEIPT_STATUS.notEnoughCash, "insufficient funds for gas * price + value"],
]);

export interface TransactionDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  readonly host: ExecutionHost;
  readonly state: BlockState;
  readonly config: ExecutionConfig;
  /** Present when transactions are only tried: the bounds of a try. Its sender may be a contract: no key is needed. */
  readonly trial?: EvmLimits;
}

/** Hex of the addresses a transaction names. */
export interface Parties {
  readonly sender: Hex;
  /** Null for a creation. */
  readonly target: Hex | null;
}

export function partiesOf({ tx, sender }: SignedTransaction): Parties {
  return { sender: toHex(sender), target: tx.to === null ? null : toHex(tx.to) };
}

/** A transaction that passed its checks and paid for its gas. */
interface Started extends Parties {
  readonly tx: Transaction;
  /** Present for a creation. */
  readonly createAddress: Uint8Array | null;
  readonly gas: BaseGas;
  readonly gasLimit: number;
  /** Paid per gas; 0 when gas is free. */
  readonly price: bigint;
}

/**
 * Executes the transactions of one block in order. A transaction that cannot run or fails leaves a receipt that says why;
 * none makes this throw. Answers at once whenever the engine does and the accounts are in memory.
 */
export class TransactionRunner {
  readonly #deps: TransactionDeps;
  readonly #coinbase: Hex;
  #blockGasUsed = 0;
  #gasNeeded = 0;

  constructor(deps: TransactionDeps) {
    this.#deps = deps;
    this.#coinbase = toHex(deps.host.block.coinbase);
  }

  /** Gas used by all transactions so far. */
  get gasUsed(): number {
    return this.#blockGasUsed;
  }

  /** Gas limit with which the newest transaction that ran does the same, unless it looks at the gas it has left. */
  get gasNeeded(): number {
    return this.#gasNeeded;
  }

  run(signed: SignedTransaction, parties: Parties = partiesOf(signed)): Settled {
    const { state, evm, host, trial } = this.#deps;
    const { tx } = signed;
    const { sender, target } = parties;
    const account = state.peekAccount(sender);
    const recipient = target === null ? null : state.peekAccount(target);
    if (account === undefined || recipient === undefined) {
      return state.load(accountMisses(sender, target)).then(() => this.run(signed, parties));
    }
    const gas = baseGas(this.#deps.config.evmFork, tx);
    const refused = this.#refusal(tx, account, gas);
    if (refused !== null) return this.#refuse(tx, sender, account, gas, refused);
    const started = this.#start(signed, parties, account, gas);
    if (this.#transfersOnly(started, recipient)) return this.#finish(started, NOTHING_DONE);
    host.beginTransaction(tx.hash);
    const result = evm.execute(
      {
        caller: signed.sender,
        origin: signed.sender,
        to: tx.to,
        ...(started.createAddress === null ? {} : { createAddress: started.createAddress }),
        value: tx.value,
        data: tx.data,
        gas: BigInt(started.gasLimit - gas.intrinsic),
        gasPrice: started.price,
        blobHashes: [],
        isStatic: false,
        accessList: tx.accessList,
      },
      host,
      trial,
    );
    return result instanceof Promise
      ? result.then((done) => this.#finish(started, done))
      : this.#finish(started, result);
  }

  /** Status of a transaction that cannot run; null when it can. */
  #refusal(tx: Transaction, account: Account | null, gas: BaseGas): number | null {
    const { config, state, trial } = this.#deps;
    if (this.#blockGasUsed >= config.blockGasLimit) return RECEIPT_STATUS.blockGasLimitReached;
    if (tx.group === null && tx.nonce !== (account?.nonce ?? 0n)) return RECEIPT_STATUS.invalidNonce;
    // EIP-3607: nobody holds the key of a contract.
    if (trial === undefined && account !== null && state.hasCode(account)) return RECEIPT_STATUS.transactionRefused;
    const misshapen = shapeRefusal(config, tx, gas);
    if (misshapen !== null) return misshapen;
    const balance = account?.balance ?? 0n;
    const maxFee = config.chargeGas ? tx.gasPrice * BigInt(gasLimitOf(tx, config.txGasLimit)) : 0n;
    return balance < tx.value + maxFee ? RECEIPT_STATUS.notEnoughCash : null;
  }

  /** The receipt of a transaction that did not run (SPEC 2.2). */
  #refuse(tx: Transaction, sender: Hex, account: Account | null, gas: BaseGas, status: number): Settled {
    const { state, config } = this.#deps;
    const nonce = account?.nonce ?? 0n;
    const balance = account?.balance ?? 0n;
    const used = FREE_REFUSALS.has(status)
      ? 0
      : Math.min(gasLimitOf(tx, config.txGasLimit), Math.max(gas.intrinsic, gas.floor));
    const due = config.chargeGas ? tx.priorityFee * BigInt(used) : 0n;
    const fee = due < balance ? due : balance;
    const next = tx.group === null && tx.nonce === nonce ? nonce + 1n : nonce;
    if (next !== nonce || fee > 0n) state.setAccount(sender, account, next, balance - fee);
    this.#blockGasUsed += used;
    const receipt: Receipt = {
      status,
      gasUsed: used,
      cumulativeGasUsed: this.#blockGasUsed,
      contractAddress: null,
      logsBloom: EMPTY_BLOOM,
      logs: [],
      output: encodeError(REFUSAL_REASONS.get(status) ?? receiptStatusName(status)),
    };
    return this.#paid(receipt, sender, 0n, fee);
  }

  #paid(receipt: Receipt, sender: Hex, back: bigint, fee: bigint): Settled {
    if (back === 0n && fee === 0n) return receipt;
    const settled = this.#settle(sender, back, fee);
    return settled === null ? receipt : settled.then(() => receipt);
  }

  /** Raises the nonce and takes the gas. */
  #start(signed: SignedTransaction, { sender, target }: Parties, account: Account | null, gas: BaseGas): Started {
    const { tx } = signed;
    const { state, config, suite } = this.#deps;
    const gasLimit = gasLimitOf(tx, config.txGasLimit);
    // Base fee 0: what is paid is the priority fee, which is the gas price of every type but 2.
    const price = config.chargeGas ? tx.priorityFee : 0n;
    const nonce = account?.nonce ?? 0n;
    if (tx.group === null || price > 0n) {
      const balance = (account?.balance ?? 0n) - price * BigInt(gasLimit);
      state.setAccount(sender, account, tx.group === null ? nonce + 1n : nonce, balance);
    }
    let createAddress: Uint8Array | null = null;
    if (tx.to === null) {
      createAddress =
        tx.group === null ? contractAddress(suite, signed.sender, tx.nonce) : groupContractAddress(suite, tx.hash);
    }
    return { tx, sender, target, createAddress, gas, gasLimit, price };
  }

  /** Moves value between accounts where no code can run; false when the engine has to do it. */
  #transfersOnly({ tx, sender, target }: Started, recipient: Account | null): boolean {
    const { state, host } = this.#deps;
    if (target === null || isReserved(tx.to!) || host.isSystemContract(target)) return false;
    if (recipient !== null && state.hasCode(recipient)) return false;
    if ((recipient?.balance ?? 0n) + tx.value > MAX_BALANCE) return false;
    if (tx.value === 0n || sender === target) return true;
    const payer = state.peekAccount(sender)!;
    state.setAccount(sender, payer, payer.nonce, payer.balance - tx.value);
    state.setAccount(target, recipient, recipient?.nonce ?? 0n, (recipient?.balance ?? 0n) + tx.value);
    return true;
  }

  #finish(started: Started, result: EvmResult): Settled {
    const { state, suite, host } = this.#deps;
    state.merge(result.changes);
    const { gas, gasLimit, price, target, createAddress } = started;
    const spent = gas.intrinsic + Number(result.gasUsed);
    const used = finalGas(spent, Number(result.refund), gas.floor);
    this.#blockGasUsed += used;
    this.#gasNeeded = Math.max(spent, gas.floor);
    const output =
      result.output.length > MAX_RECEIPT_OUTPUT_BYTES
        ? result.output.slice(0, MAX_RECEIPT_OUTPUT_BYTES)
        : result.output;
    const receipt: Receipt = {
      status: executionStatus(result.error, target !== null && host.isSystemContract(target)),
      gasUsed: used,
      cumulativeGasUsed: this.#blockGasUsed,
      contractAddress: result.error === null ? createAddress : null,
      logsBloom: logsBloom(suite, result.logs),
      logs: result.logs,
      output,
    };
    return this.#paid(receipt, started.sender, price * BigInt(gasLimit - used), price * BigInt(used));
  }

  /** Gives back what was not used and pays the sealer; a promise when accounts have to be loaded first. */
  #settle(sender: Hex, back: bigint, fee: bigint): Promise<void> | null {
    const { state } = this.#deps;
    const payer = state.peekAccount(sender);
    const coinbase = state.peekAccount(this.#coinbase);
    if (payer === undefined || coinbase === undefined) {
      return state.load(accountMisses(sender, this.#coinbase)).then(() => this.#settle(sender, back, fee) ?? undefined);
    }
    state.setAccount(sender, payer, payer?.nonce ?? 0n, (payer?.balance ?? 0n) + back);
    const earner = sender === this.#coinbase ? state.peekAccount(sender)! : coinbase;
    state.setAccount(this.#coinbase, earner, earner?.nonce ?? 0n, (earner?.balance ?? 0n) + fee);
    return null;
  }
}

function accountMisses(first: Hex, second: Hex | null): StateMiss[] {
  const misses: StateMiss[] = [{ type: "account", address: first }];
  if (second !== null && second !== first) misses.push({ type: "account", address: second });
  return misses;
}

function isReserved(address: Uint8Array): boolean {
  for (let i = 0; i < RESERVED_ZERO_BYTES; i++) if (address[i] !== 0) return false;
  return true;
}
