import { type Address, type Hex, invariant, type SignedTransaction, toHex } from "@fb/types";
import type { SubmitResult } from "./api.ts";
import type { CheckFn } from "./check.ts";
import { REFUSALS, type RefusalCode } from "./errors.ts";
import { type CheckedTransaction, type InsertionDeps, insert } from "./insertion.ts";
import type { JudgedCache } from "./judged-cache.ts";
import type { TxPoolOptions } from "./options.ts";
import type { PooledTransaction } from "./pooled-transaction.ts";
import type { AccountState, RecoverFn } from "./ports.ts";
import type { RecentHashes } from "./recent-hashes.ts";

export interface AdmissionDeps extends InsertionDeps {
  readonly recover: RecoverFn;
  readonly check: CheckFn;
  readonly judged: JudgedCache;
  /** Why the transactions that were committed last cannot be again. */
  readonly committed: RecentHashes<RefusalCode>;
  /** Who signed what was refused last; null = nobody. */
  readonly refusedSenders: RecentHashes<Address | null>;
}

export interface Admitted {
  readonly results: SubmitResult[];
  readonly accepted: SignedTransaction[];
  /** Took the place of others. */
  readonly replaced: PooledTransaction[];
  /** Gave way to others. */
  readonly evicted: PooledTransaction[];
}

/**
 * Admits a batch: bytes are checked one by one, signatures recovered together, accounts loaded together, then
 * everything is inserted in one go, so that the answers hold for the pool and head of one moment.
 */
export async function admit(
  options: Pick<TxPoolOptions, "maxNonceGap">,
  deps: AdmissionDeps,
  raws: readonly Uint8Array[],
  origin: string,
): Promise<Admitted> {
  const results = new Array<SubmitResult>(raws.length);
  const admitted: Admitted = { results, accepted: [], replaced: [], evicted: [] };
  const candidates = decodeAll(deps, raws, origin, results);
  if (candidates.length === 0) return admitted;
  const { senders, recovered } = await recoverAll(deps, candidates);
  const keys = senders.map((sender) => (sender === null ? null : toHex(sender)));
  const accounts = await loadAccounts(deps, candidates, senders, keys);
  const terms = { maxNonceGap: options.maxNonceGap, rules: deps.chain.config(), accounts };
  for (const [i, candidate] of candidates.entries()) {
    const { index, tx } = candidate;
    const sender = senders[i]!;
    const inserted =
      sender === null ? "SIGNATURE_INVALID" : insert(deps, terms, candidate, { sender, key: keys[i]!, origin });
    if (typeof inserted === "string") {
      results[index] = refusal(inserted, tx.hash, { recovered: recovered.has(i) });
      deps.refusedSenders.add(candidate.hash, sender);
      continue;
    }
    admitted.accepted.push(inserted.entry.signed);
    if (inserted.replaced !== null) admitted.replaced.push(inserted.replaced);
    admitted.evicted.push(...inserted.evicted);
    results[index] = { ok: true, hash: tx.hash };
  }
  return admitted;
}

export function refusal(
  code: RefusalCode,
  hash: Uint8Array | null,
  { detail = null, recovered = false }: { readonly detail?: string | null; readonly recovered?: boolean } = {},
): SubmitResult {
  const { message, fiscoStatus } = REFUSALS[code];
  const text = detail === null ? message : `${message} (${detail})`;
  return { ok: false, code, message: text, fiscoStatus, hash, recovered };
}

/** Everything that needs no signature. */
function decodeAll(
  deps: AdmissionDeps,
  raws: readonly Uint8Array[],
  origin: string,
  results: SubmitResult[],
): CheckedTransaction[] {
  const { replayWindow, chargeGas } = deps.chain.config();
  const window = { parent: deps.chain.height(), replayWindow };
  // Where gas is free, no ready one gives its place to another.
  const isShut = !chargeGas && deps.room.isFull(origin);
  const candidates: CheckedTransaction[] = [];
  for (let index = 0; index < raws.length; index++) {
    const raw = raws[index]!;
    const hashBytes = deps.suite.hash(raw);
    const hash = toHex(hashBytes);
    const known = knownRefusal(deps, hash, origin);
    if (known !== null) {
      results[index] = refusal(known, hashBytes);
      continue;
    }
    const checked = deps.check(owned(raw), hashBytes, window);
    if (!checked.ok) {
      results[index] = refusal(checked.code, checked.hash, { detail: checked.detail });
      continue;
    }
    const { tx } = checked;
    const code = deps.chain.cannotRun(tx) ?? (isShut ? "POOL_FULL" : null);
    if (code !== null) results[index] = refusal(code, tx.hash);
    else candidates.push({ index, tx, hash });
  }
  return candidates;
}

function knownRefusal({ store, committed }: AdmissionDeps, hash: Hex, origin: string): RefusalCode | null {
  const waiting = store.entries.get(hash);
  if (waiting === undefined) return committed.get(hash) ?? null;
  store.origins.bring(waiting, origin);
  return "ALREADY_KNOWN";
}

/** A view would keep the whole network message alive for as long as the transaction waits. */
function owned(raw: Uint8Array): Uint8Array {
  return raw.length === raw.buffer.byteLength ? raw : raw.slice();
}

interface Recovered {
  readonly senders: readonly (Address | null)[];
  /** Candidates whose sender was not known before. */
  readonly recovered: ReadonlySet<number>;
}

/** Neither transactions of recent proposals nor those refused lately are recovered again. */
async function recoverAll(deps: AdmissionDeps, candidates: readonly CheckedTransaction[]): Promise<Recovered> {
  const senders = new Array<Address | null>(candidates.length);
  const unknown: number[] = [];
  for (const [i, { hash }] of candidates.entries()) {
    const known = deps.judged.get(hash)?.signed.sender ?? deps.refusedSenders.get(hash);
    if (known === undefined) unknown.push(i);
    else senders[i] = known;
  }
  if (unknown.length > 0) {
    const recovering = deps.recover(unknown.map((i) => candidates[i]!.tx));
    const found = recovering instanceof Promise ? await recovering : recovering;
    invariant(found.length === unknown.length, "recovery must answer for each transaction");
    for (let at = 0; at < unknown.length; at++) senders[unknown[at]!] = found[at]!;
  }
  return { senders, recovered: new Set(unknown) };
}

/** Accounts at the head of the moment it resolves: a head that moved meanwhile means loading again. */
async function loadAccounts(
  { chain }: AdmissionDeps,
  candidates: readonly CheckedTransaction[],
  senders: readonly (Address | null)[],
  keys: readonly (Hex | null)[],
): Promise<ReadonlyMap<Hex, AccountState>> {
  const { chargeGas } = chain.config();
  const needed = new Map<Hex, Address>();
  for (let i = 0; i < candidates.length; i++) {
    const { tx } = candidates[i]!;
    const sender = senders[i]!;
    if (sender !== null && (chargeGas || tx.group === null || tx.value > 0n)) needed.set(keys[i]!, sender);
  }
  for (;;) {
    const height = chain.height();
    const loading = chain.accounts([...needed.values()]);
    const accounts = loading instanceof Promise ? await loading : loading;
    if (chain.height() === height) return new Map([...needed.keys()].map((key, i) => [key, accounts[i]!]));
  }
}
