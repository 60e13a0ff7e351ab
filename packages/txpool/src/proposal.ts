import type { CryptoSuite } from "@fb/types";
import {
  type Address,
  type Block,
  type Hex,
  replayKey,
  type SignedTransaction,
  type Transaction,
  toHex,
} from "@fb/types";
import type { JudgeContext, JudgeResult, SealRequest } from "./api.ts";
import type { CheckCode, CheckFn } from "./check.ts";
import type { JudgeCode } from "./errors.ts";
import type { TxPoolOptions } from "./options.ts";
import type { Ancestor, PoolChain, RecoverFn } from "./ports.ts";
import type { PoolStore } from "./store.ts";

/** What ancestors that are not durable yet have used up. */
interface Used {
  /** Sender to the nonce after its last Ethereum transaction. */
  readonly nextNonce: Map<Hex, number>;
  readonly replayKeys: Set<Hex>;
}

function usedBy(suite: CryptoSuite, ancestors: readonly Ancestor[]): Used {
  const nextNonce = new Map<Hex, number>();
  const replayKeys = new Set<Hex>();
  for (const { txs } of ancestors) {
    for (const { tx, sender } of txs) {
      if (tx.group === null) nextNonce.set(toHex(sender), Number(tx.nonce) + 1);
      else replayKeys.add(toHex(replayKey(suite, sender, tx.nonce)));
    }
  }
  return { nextNonce, replayKeys };
}

/** Length prefix of a transaction in the block encoding. */
const TX_PREFIX_BYTES = 4;
/** A block that so many transactions in a row of the pool did not fit into is full. */
const MAX_MISFITS = 64;

/**
 * Takes ready transactions in order while they fit. A nonce is taken only as the sender's next one after the ancestors,
 * because ancestors may hold transactions that this pool never saw.
 */
export function sealFrom(
  store: PoolStore,
  suite: CryptoSuite,
  parent: number,
  request: SealRequest,
): readonly SignedTransaction[] {
  const { nextNonce, replayKeys } = usedBy(suite, request.ancestors);
  const taken: SignedTransaction[] = [];
  let bytes = 0;
  let misfits = 0;
  for (const entry of store.ready.values()) {
    if (taken.length >= request.maxTransactions) break;
    if (entry.replayKey === null) {
      if (entry.nonce !== (nextNonce.get(entry.sender) ?? store.senders.get(entry.sender)!.next)) continue;
    } else if (replayKeys.has(entry.replayKey) || entry.blockLimit <= parent) {
      continue;
    }
    const size = entry.bytes + TX_PREFIX_BYTES;
    if (bytes + size > request.maxBytes) {
      if (++misfits === MAX_MISFITS) break;
      continue;
    }
    bytes += size;
    if (entry.replayKey === null) nextNonce.set(entry.sender, entry.nonce + 1);
    taken.push(entry.signed);
  }
  return taken;
}

export interface JudgeDeps {
  readonly store: PoolStore;
  readonly chain: PoolChain;
  readonly suite: CryptoSuite;
  readonly recover: RecoverFn;
  readonly check: CheckFn;
  /** Transactions that were judged before and are in no pool. */
  readonly judged: JudgedCache;
}

/** Recovered transactions of recent proposals, so that judging a block again costs no signature. Bounded in bytes. */
export class JudgedCache {
  readonly #txs = new Map<Hex, SignedTransaction>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(hash: Hex): SignedTransaction | undefined {
    return this.#txs.get(hash);
  }

  add(hash: Hex, signed: SignedTransaction): void {
    if (this.#txs.has(hash)) return;
    this.#txs.set(hash, signed);
    this.#bytes += signed.tx.raw.length;
    for (const [oldest, old] of this.#txs) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#txs.delete(oldest);
      this.#bytes -= old.tx.raw.length;
    }
  }

  delete(hash: Hex): void {
    const signed = this.#txs.get(hash);
    if (signed === undefined) return;
    this.#txs.delete(hash);
    this.#bytes -= signed.tx.raw.length;
  }
}

function refuse(code: JudgeCode, index: number | null = null): JudgeResult {
  return { ok: false, code, index };
}

/** DESIGN 5: encoding, size, ids, signature, replay key, consecutive nonces, no duplicates. */
export async function judge(
  options: TxPoolOptions,
  deps: JudgeDeps,
  block: Block,
  context: JudgeContext,
): Promise<JudgeResult> {
  const raws = block.transactions;
  const { number } = block.header;
  if (raws.length > context.rules.txCountLimit) return refuse("TOO_MANY_TRANSACTIONS");
  let bytes = 0;
  for (const raw of raws) bytes += raw.length + TX_PREFIX_BYTES;
  if (bytes > options.maxBlockBytes) return refuse("BLOCK_TOO_LARGE");

  const decoded = decodeBlockTransactions(deps, block, context);
  if (!("signed" in decoded)) return decoded;
  const { signed, unknown } = decoded;
  if (unknown.length > 0) {
    const recovering = deps.recover(unknown.map(({ tx }) => tx));
    const senders = recovering instanceof Promise ? await recovering : recovering;
    for (let i = 0; i < unknown.length; i++) {
      const { index, tx, hash } = unknown[i]!;
      const sender = senders[i] ?? null;
      if (sender === null) return refuse("SIGNATURE_INVALID", index);
      signed[index] = { tx, sender };
      deps.judged.add(hash, signed[index]);
    }
  }
  const txs = signed as SignedTransaction[];
  return judgeOrder(deps, number, txs, context.ancestors);
}

interface DecodedBlock {
  /** Undefined where the sender has to be recovered first. */
  readonly signed: (SignedTransaction | undefined)[];
  readonly unknown: { readonly index: number; readonly tx: Transaction; readonly hash: Hex }[];
}

function decodeBlockTransactions(deps: JudgeDeps, block: Block, context: JudgeContext): DecodedBlock | JudgeResult {
  const checkContext = { parent: block.header.number - 1, replayWindow: context.rules.replayWindow };
  const signed = new Array<SignedTransaction | undefined>(block.transactions.length);
  const unknown: DecodedBlock["unknown"] = [];
  const seen = new Set<Hex>();
  for (let index = 0; index < block.transactions.length; index++) {
    const raw = block.transactions[index]!;
    const hash = toHex(deps.suite.hash(raw));
    if (seen.has(hash)) return refuse("DUPLICATE_TRANSACTION", index);
    seen.add(hash);
    const known = deps.store.entries.get(hash)?.signed ?? deps.judged.get(hash);
    if (known !== undefined && isInWindow(known, checkContext)) {
      signed[index] = known;
      continue;
    }
    const checked = deps.check(raw, checkContext);
    if (!checked.ok) return refuse(judgeCode(checked.code), index);
    unknown.push({ index, tx: checked.tx, hash });
  }
  return { signed, unknown };
}

/** What may have changed since a known transaction was checked. */
function isInWindow({ tx }: SignedTransaction, context: { parent: number; replayWindow: number }): boolean {
  if (tx.group === null) return true;
  return (
    tx.group.blockLimit > BigInt(context.parent) && tx.group.blockLimit <= BigInt(context.parent + context.replayWindow)
  );
}

function judgeCode(code: CheckCode): JudgeCode {
  return code === "BLOCK_LIMIT_EXPIRED" || code === "BLOCK_LIMIT_TOO_FAR" ? "BLOCK_LIMIT_INVALID" : code;
}

/** Nonces and replay keys against the head and the ancestors above it, all of one moment. */
async function judgeOrder(
  deps: JudgeDeps,
  number: number,
  txs: readonly SignedTransaction[],
  ancestors: readonly Ancestor[],
): Promise<JudgeResult> {
  const senders = new Map<Hex, Address>();
  const keys = txs.map(({ tx, sender }) => {
    const key = toHex(sender);
    if (tx.group === null) senders.set(key, sender);
    return key;
  });
  for (;;) {
    const height = deps.chain.height();
    const above = ancestors.filter((ancestor) => ancestor.number > height);
    if (number !== height + 1 + above.length || above.some((ancestor, i) => ancestor.number !== height + 1 + i)) {
      return refuse("WRONG_HEIGHT");
    }
    const loading = deps.chain.accounts([...senders.values()]);
    const accounts = loading instanceof Promise ? await loading : loading;
    if (deps.chain.height() !== height) continue;
    const nonces = new Map([...senders.keys()].map((key, i) => [key, Number(accounts[i]!.nonce)]));
    return checkOrder(deps, txs, keys, nonces, usedBy(deps.suite, above));
  }
}

function checkOrder(
  deps: JudgeDeps,
  txs: readonly SignedTransaction[],
  senders: readonly Hex[],
  accountNonces: ReadonlyMap<Hex, number>,
  { nextNonce, replayKeys }: Used,
): JudgeResult {
  for (let index = 0; index < txs.length; index++) {
    const { tx, sender } = txs[index]!;
    const senderKey = senders[index]!;
    if (tx.group === null) {
      const expected = nextNonce.get(senderKey) ?? accountNonces.get(senderKey)!;
      if (tx.nonce !== BigInt(expected)) return refuse("NONCE_NOT_NEXT", index);
      nextNonce.set(senderKey, expected + 1);
      continue;
    }
    const keyBytes = replayKey(deps.suite, sender, tx.nonce);
    const key = toHex(keyBytes);
    if (replayKeys.has(key) || deps.chain.isReplayed(keyBytes)) return refuse("NONCE_USED", index);
    replayKeys.add(key);
  }
  return { ok: true, txs };
}
