import {
  type Address,
  type CryptoSuite,
  type Hex,
  invariant,
  replayKey,
  type SignedTransaction,
  type Transaction,
  toHex,
} from "@fb/types";
import type { SubmitResult } from "./api.ts";
import type { CheckFn } from "./check.ts";
import type { Entry } from "./entry.ts";
import { REFUSALS, type RefusalCode } from "./errors.ts";
import type { TxPoolOptions } from "./options.ts";
import type { AccountState, PoolChain, PoolRules, RecoverFn } from "./ports.ts";
import type { PoolStore } from "./store.ts";

export interface AdmissionDeps {
  readonly store: PoolStore;
  readonly chain: PoolChain;
  readonly suite: CryptoSuite;
  readonly recover: RecoverFn;
  readonly check: CheckFn;
  readonly now: () => number;
}

interface Candidate {
  readonly index: number;
  readonly tx: Transaction;
  readonly hash: Hex;
}

export interface Admitted {
  readonly results: SubmitResult[];
  readonly accepted: SignedTransaction[];
  readonly recovered: number;
}

/**
 * Admits a batch: bytes are checked one by one, signatures recovered together, accounts loaded together, then
 * everything is inserted in one go, so that the answers hold for the pool and head of one moment.
 */
export async function admit(
  options: TxPoolOptions,
  deps: AdmissionDeps,
  raws: readonly Uint8Array[],
): Promise<Admitted> {
  const results = new Array<SubmitResult>(raws.length);
  const candidates = decodeAll(deps, raws, results);
  const accepted: SignedTransaction[] = [];
  if (candidates.length === 0) return { results, accepted, recovered: 0 };
  const recovering = deps.recover(candidates.map((candidate) => candidate.tx));
  const senders = recovering instanceof Promise ? await recovering : recovering;
  invariant(senders.length === candidates.length, "recovery must answer for each transaction");

  const accounts = await loadAccounts(deps, candidates, senders);
  const rules = deps.chain.config();
  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i]!;
    const sender = senders[i]!;
    const inserted = insert(options, deps, rules, accounts, candidate, sender);
    if (typeof inserted === "string") {
      results[candidate.index] = refusal(inserted, candidate.tx.hash);
    } else {
      accepted.push(inserted);
      results[candidate.index] = { ok: true, hash: candidate.tx.hash };
    }
  }
  return { results, accepted, recovered: candidates.length };
}

export function refusal(code: RefusalCode, hash: Uint8Array | null, detail: string | null = null): SubmitResult {
  const { message, fiscoStatus } = REFUSALS[code];
  return { ok: false, code, message: detail === null ? message : `${message} (${detail})`, fiscoStatus, hash };
}

function decodeAll(deps: AdmissionDeps, raws: readonly Uint8Array[], results: SubmitResult[]): Candidate[] {
  const context = { parent: deps.chain.height(), replayWindow: deps.chain.config().replayWindow };
  const candidates: Candidate[] = [];
  for (let index = 0; index < raws.length; index++) {
    const checked = deps.check(owned(raws[index]!), context);
    if (!checked.ok) {
      results[index] = refusal(checked.code, checked.hash, checked.detail);
      continue;
    }
    const { tx } = checked;
    const hash = toHex(tx.hash);
    if (tx.gas < BigInt(deps.chain.intrinsicGas(tx))) results[index] = refusal("INTRINSIC_GAS_TOO_LOW", tx.hash);
    else if (deps.store.entries.has(hash)) results[index] = refusal("ALREADY_KNOWN", tx.hash);
    else candidates.push({ index, tx, hash });
  }
  return candidates;
}

/** A view would keep the whole network message alive for as long as the transaction waits. */
function owned(raw: Uint8Array): Uint8Array {
  return raw.length === raw.buffer.byteLength ? raw : raw.slice();
}

/** Accounts at the head of the moment it resolves: a head that moved meanwhile means loading again. */
async function loadAccounts(
  deps: AdmissionDeps,
  candidates: readonly Candidate[],
  senders: readonly (Address | null)[],
): Promise<ReadonlyMap<Hex, AccountState>> {
  const { chargeGas } = deps.chain.config();
  const needed = new Map<Hex, Address>();
  for (let i = 0; i < candidates.length; i++) {
    const sender = senders[i]!;
    if (sender !== null && (chargeGas || candidates[i]!.tx.group === null)) needed.set(toHex(sender), sender);
  }
  for (;;) {
    const height = deps.chain.height();
    const loading = deps.chain.accounts([...needed.values()]);
    const accounts = loading instanceof Promise ? await loading : loading;
    if (deps.chain.height() === height) return new Map([...needed.keys()].map((key, i) => [key, accounts[i]!]));
  }
}

function insert(
  options: TxPoolOptions,
  deps: AdmissionDeps,
  rules: PoolRules,
  accounts: ReadonlyMap<Hex, AccountState>,
  candidate: Candidate,
  sender: Address | null,
): SignedTransaction | RefusalCode {
  const { store, chain, suite } = deps;
  const { tx, hash } = candidate;
  if (store.entries.has(hash)) return "ALREADY_KNOWN";
  if (sender === null) return "SIGNATURE_INVALID";
  const senderKey = toHex(sender);
  const account = accounts.get(senderKey);
  const queue = store.senders.get(senderKey);
  let key: Hex | null = null;
  if (tx.group === null) {
    const next = queue !== undefined && queue.next >= 0 ? queue.next : Number(account!.nonce);
    if (tx.nonce < BigInt(next)) return "NONCE_TOO_LOW";
    if (tx.nonce > BigInt(next + options.maxNonceGap)) return "NONCE_TOO_HIGH";
    if (queue?.byNonce.has(Number(tx.nonce))) return "NONCE_ALREADY_PENDING";
  } else {
    // The head may have moved since the bytes were checked.
    if (tx.group.blockLimit <= BigInt(chain.height())) return "BLOCK_LIMIT_EXPIRED";
    const keyBytes = replayKey(suite, sender, tx.nonce);
    if (chain.isReplayed(keyBytes)) return "NONCE_USED";
    key = toHex(keyBytes);
    if (store.hasReplayKey(key)) return "NONCE_ALREADY_PENDING";
  }
  const cost = rules.chargeGas ? mostCharged(tx, rules) : 0n;
  if (rules.chargeGas && account!.balance < (queue?.cost ?? 0n) + cost) return "BALANCE_TOO_LOW";
  if ((queue?.size ?? 0) >= options.maxPerSender) return "SENDER_LIMIT_REACHED";
  if (store.entries.size >= options.maxTransactions) return "POOL_FULL";
  if (store.bytes + tx.raw.length > options.maxBytes) return "POOL_BYTES_FULL";

  const signed: SignedTransaction = { tx, sender };
  const entry: Entry = {
    signed,
    hash,
    sender: senderKey,
    replayKey: key,
    nonce: tx.group === null ? Number(tx.nonce) : -1,
    blockLimit: tx.group === null ? Number.POSITIVE_INFINITY : Number(tx.group.blockLimit),
    bytes: tx.raw.length,
    cost,
    arrivedAt: deps.now(),
  };
  store.add(entry, account === undefined ? 0 : Number(account.nonce));
  return signed;
}

function mostCharged(tx: Transaction, rules: PoolRules): bigint {
  const limit = BigInt(rules.txGasLimit);
  return (tx.gas < limit ? tx.gas : limit) * tx.gasPrice + tx.value;
}
