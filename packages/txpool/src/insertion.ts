import type { Address, CryptoSuite, Hex, Transaction } from "@fb/types";
import type { RefusalCode } from "./errors.ts";
import type { PooledTransaction, SenderQueue } from "./pooled-transaction.ts";
import type { AccountState, PoolChain, PoolRules } from "./ports.ts";
import { replacementRefusal } from "./replacement.ts";
import { type ReplayKey, replayKeyOf } from "./replay-key.ts";
import type { RoomKeeper } from "./room.ts";
import type { PoolStore } from "./store.ts";
import { windowRefusal } from "./window.ts";

export interface InsertionDeps {
  readonly store: PoolStore;
  readonly room: RoomKeeper;
  readonly chain: PoolChain;
  readonly suite: CryptoSuite;
  readonly now: () => number;
}

/** A transaction whose bytes passed. */
export interface CheckedTransaction {
  /** In its batch. */
  readonly index: number;
  readonly tx: Transaction;
  readonly hash: Hex;
}

/** What holds for all transactions that are inserted in one go. */
export interface Terms {
  readonly maxNonceGap: number;
  readonly rules: PoolRules;
  /** At the head, by hex of the address; of the senders whose account matters. */
  readonly accounts: ReadonlyMap<Hex, AccountState>;
}

/** Whose transaction it is, and who brought it. */
export interface Bringer {
  readonly sender: Address;
  /** Hex of the sender. */
  readonly key: Hex;
  readonly origin: string;
}

export interface Inserted {
  readonly entry: PooledTransaction;
  /** Took its place. */
  readonly replaced: PooledTransaction | null;
  /** Gave way to it. */
  readonly evicted: readonly PooledTransaction[];
}

/** Where a transaction would stand in the pool. */
interface Place {
  readonly replayKey: ReplayKey | null;
  readonly isQueued: boolean;
  /** The one that stands there now. */
  readonly standing: PooledTransaction | null;
}

/** What only pool and head of one moment can say of a transaction: SPEC 1.10 to 1.13. */
export function insert(
  deps: InsertionDeps,
  terms: Terms,
  { tx, hash }: CheckedTransaction,
  { sender, key, origin }: Bringer,
): Inserted | RefusalCode {
  const { store, room } = deps;
  const { rules, accounts } = terms;
  if (store.entries.has(hash)) return "ALREADY_KNOWN";
  const account = accounts.get(key);
  const queue = store.senders.get(key);
  const place = tx.group === null ? ethereumPlace(terms, tx, queue, account!) : groupPlace(deps, rules, tx, sender);
  if (typeof place === "string") return place;
  const { standing, isQueued } = place;
  const { chargeGas } = rules;
  const unfit = standing === null ? null : replacementRefusal(standing, tx, hash, { isQueued, chargeGas });
  if (unfit !== null) return unfit;
  const cost = chargeGas ? mostCharged(tx, rules) : 0n;
  const spoken = chargeGas ? (queue?.cost ?? 0n) - (standing?.cost ?? 0n) : 0n;
  if (account !== undefined && account.balance < spoken + (chargeGas ? cost : tx.value)) return "BALANCE_TOO_LOW";
  const nonce = tx.group === null ? Number(tx.nonce) : -1;
  const bytes = tx.raw.length;
  const found = room.find({ nonce, bytes, isQueued, standing, origin }, queue);
  if (!found.ok) return found.code;

  for (const entry of found.evict) store.remove(entry);
  if (standing !== null) store.remove(standing);
  const entry: PooledTransaction = {
    signed: { tx, sender },
    hash,
    sender: key,
    replayKey: place.replayKey,
    nonce,
    blockLimit: tx.group === null ? Number.POSITIVE_INFINITY : Number(tx.group.blockLimit),
    bytes,
    cost,
    replaced: standing === null ? NOBODY : [...standing.replaced, standing.hash],
    arrivedAt: deps.now(),
    origin,
  };
  store.add(entry, account === undefined ? 0 : Number(account.nonce));
  return { entry, replaced: standing, evicted: found.evict };
}

const NOBODY: readonly Hex[] = [];

function ethereumPlace(
  { maxNonceGap }: Terms,
  { nonce }: Transaction,
  queue: SenderQueue | undefined,
  account: AccountState,
): Place | RefusalCode {
  const isKnown = queue !== undefined && queue.next >= 0;
  const next = isKnown ? queue.next : Number(account.nonce);
  const readyEnd = isKnown ? queue.readyEnd : next;
  if (nonce < BigInt(next)) return "NONCE_TOO_LOW";
  if (nonce > BigInt(readyEnd + maxNonceGap)) return "NONCE_TOO_HIGH";
  return { replayKey: null, isQueued: nonce > BigInt(readyEnd), standing: queue?.byNonce.get(Number(nonce)) ?? null };
}

function groupPlace(
  { store, chain, suite }: InsertionDeps,
  { replayWindow }: PoolRules,
  tx: Transaction,
  sender: Address,
): Place | RefusalCode {
  // The head may have moved since the bytes were checked.
  const expired = windowRefusal(tx, { parent: chain.height(), replayWindow });
  if (expired !== null) return expired;
  const key = replayKeyOf(suite, sender, tx.nonce);
  if (chain.isReplayed(key.bytes)) return "NONCE_USED";
  return { replayKey: key, isQueued: false, standing: store.byReplayKey(key.hex) ?? null };
}

function mostCharged(tx: Transaction, rules: PoolRules): bigint {
  const limit = BigInt(rules.txGasLimit);
  return (tx.gas < limit ? tx.gas : limit) * tx.gasPrice + tx.value;
}
