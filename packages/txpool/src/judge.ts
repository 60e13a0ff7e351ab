import {
  type Address,
  type Block,
  blockSizeProblem,
  type CryptoSuite,
  type Hex,
  type Transaction,
  toHex,
} from "@fb/types";
import type { JudgeResult } from "./api.ts";
import { BlockWalk, type Placed, place } from "./block-walk.ts";
import type { CheckCode, CheckFn } from "./check.ts";
import type { JudgeCode } from "./errors.ts";
import type { JudgedCache } from "./judged-cache.ts";
import type { PoolChain, RecoverFn } from "./ports.ts";
import type { PoolStore } from "./store.ts";

export interface JudgeDeps {
  readonly store: PoolStore;
  readonly chain: PoolChain;
  readonly suite: CryptoSuite;
  readonly recover: RecoverFn;
  readonly check: CheckFn;
  /** Transactions that were judged before and are in no pool. */
  readonly judged: JudgedCache;
}

type JudgeRefusal = Extract<JudgeResult, { readonly ok: false }>;

/** SPEC 3. Cheap checks come first, signatures last but for the order. */
export async function judge(deps: JudgeDeps, { header, transactions }: Block): Promise<JudgeResult> {
  const { chain, suite, recover, judged } = deps;
  const follows = () => header.number === chain.height() + 1;
  if (!follows()) return refuse("WRONG_HEIGHT");
  const oversize = blockSizeProblem(transactions, chain.config().txCountLimit);
  if (oversize !== null) return refuse(oversize);

  const decoded = decodeTransactions(deps, transactions);
  if (!decoded.ok) return decoded;
  const { placed, unknown } = decoded;
  if (unknown.length > 0) {
    const recovering = recover(unknown.map(({ tx }) => tx));
    const senders = recovering instanceof Promise ? await recovering : recovering;
    for (let i = 0; i < unknown.length; i++) {
      const { index, tx, hash } = unknown[i]!;
      const sender = senders[i] ?? null;
      if (sender === null) return refuse("SIGNATURE_INVALID", index);
      const found = place(suite, { tx, sender });
      placed[index] = found;
      judged.add(hash, found);
    }
  }
  const nonces = await accountNonces(chain, placed);
  // The head never goes back: it is the one it was, or the block is too late.
  return follows() ? judgeOrder(chain, placed, nonces) : refuse("WRONG_HEIGHT");
}

interface DecodedTransactions {
  readonly ok: true;
  /** With holes where the sender has to be recovered first. */
  readonly placed: Placed[];
  readonly unknown: { readonly index: number; readonly tx: Transaction; readonly hash: Hex }[];
}

function decodeTransactions(
  { chain, suite, store, judged, check }: JudgeDeps,
  raws: readonly Uint8Array[],
): DecodedTransactions | JudgeRefusal {
  const window = { parent: chain.height(), replayWindow: chain.config().replayWindow };
  const placed = new Array<Placed>(raws.length);
  const unknown: DecodedTransactions["unknown"] = [];
  const seen = new Set<Hex>();
  for (let index = 0; index < raws.length; index++) {
    const raw = raws[index]!;
    const hashBytes = suite.hash(raw);
    const hash = toHex(hashBytes);
    if (seen.has(hash)) return refuse("DUPLICATE_TRANSACTION", index);
    seen.add(hash);
    const known = store.entries.get(hash) ?? judged.get(hash);
    if (known !== undefined) {
      placed[index] = known;
      continue;
    }
    const checked = check(raw, hashBytes, window);
    if (!checked.ok) return refuse(judgeCode(checked.code), index);
    unknown.push({ index, tx: checked.tx, hash });
  }
  return { ok: true, placed, unknown };
}

function judgeCode(code: CheckCode): JudgeCode {
  return code === "BLOCK_LIMIT_EXPIRED" || code === "BLOCK_LIMIT_TOO_FAR" ? "BLOCK_LIMIT_INVALID" : code;
}

/** At the head, of each sender of an Ethereum transaction. */
async function accountNonces(chain: PoolChain, placed: readonly Placed[]): Promise<ReadonlyMap<Hex, number>> {
  const senders = new Map<Hex, Address>();
  for (const { signed, sender, replayKey } of placed) if (replayKey === null) senders.set(sender, signed.sender);
  const loading = chain.accounts([...senders.values()]);
  const accounts = loading instanceof Promise ? await loading : loading;
  return new Map([...senders.keys()].map((key, i) => [key, Number(accounts[i]!.nonce)]));
}

/** SPEC 2.3 for each transaction where it stands. */
function judgeOrder(chain: PoolChain, placed: readonly Placed[], nonces: ReadonlyMap<Hex, number>): JudgeResult {
  const walk = new BlockWalk(chain, (sender) => nonces.get(sender)!);
  for (let index = 0; index < placed.length; index++) {
    const code = walk.refusal(placed[index]!);
    if (code !== null) return refuse(code, index);
    walk.add(placed[index]!);
  }
  return { ok: true, txs: placed.map(({ signed }) => signed) };
}

function refuse(code: JudgeCode, index: number | null = null): JudgeRefusal {
  return { ok: false, code, index };
}
