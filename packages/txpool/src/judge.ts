import { type Address, type Block, type CryptoSuite, type Hex, type Transaction, toHex } from "@fb/types";
import type { JudgeContext, JudgeResult } from "./api.ts";
import { BlockWalk, blockLimits, bytesInBlock, type Placed, place } from "./block-rules.ts";
import type { CheckCode, CheckFn } from "./check.ts";
import type { JudgeCode } from "./errors.ts";
import type { JudgedCache } from "./judged-cache.ts";
import type { TxPoolOptions } from "./options.ts";
import type { Ancestor, PoolChain, PoolRules, RecoverFn } from "./ports.ts";
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

/** SPEC 3. Cheap checks come first, signatures last but for the order. */
export async function judge(
  options: TxPoolOptions,
  deps: JudgeDeps,
  block: Block,
  context: JudgeContext,
): Promise<JudgeResult> {
  const raws = block.transactions;
  const { maxTransactions, maxBytes } = blockLimits(options, context.rules);
  if (raws.length > maxTransactions) return refuse("TOO_MANY_TRANSACTIONS");
  let bytes = 0;
  for (const raw of raws) bytes += bytesInBlock(raw);
  if (bytes > maxBytes) return refuse("BLOCK_TOO_LARGE");

  const decoded = decodeBlock(deps, block, context.rules);
  if (!("placed" in decoded)) return decoded;
  const { placed, unknown } = decoded;
  if (unknown.length > 0) {
    const recovering = deps.recover(unknown.map(({ tx }) => tx));
    const senders = recovering instanceof Promise ? await recovering : recovering;
    for (let i = 0; i < unknown.length; i++) {
      const { index, tx, hash } = unknown[i]!;
      const sender = senders[i] ?? null;
      if (sender === null) return refuse("SIGNATURE_INVALID", index);
      const found = place(deps.suite, { tx, sender });
      placed[index] = found;
      deps.judged.add(hash, found);
    }
  }
  return judgeOrder(deps, block.header.number, placed as Placed[], context);
}

interface DecodedBlock {
  /** Undefined where the sender has to be recovered first. */
  readonly placed: (Placed | undefined)[];
  readonly unknown: { readonly index: number; readonly tx: Transaction; readonly hash: Hex }[];
}

function decodeBlock(deps: JudgeDeps, block: Block, { replayWindow }: PoolRules): DecodedBlock | JudgeResult {
  const window = { parent: block.header.number - 1, replayWindow };
  const placed = new Array<Placed | undefined>(block.transactions.length);
  const unknown: DecodedBlock["unknown"] = [];
  const seen = new Set<Hex>();
  for (let index = 0; index < block.transactions.length; index++) {
    const raw = block.transactions[index]!;
    const hashBytes = deps.suite.hash(raw);
    const hash = toHex(hashBytes);
    if (seen.has(hash)) return refuse("DUPLICATE_TRANSACTION", index);
    seen.add(hash);
    placed[index] = deps.store.entries.get(hash) ?? deps.judged.get(hash);
    if (placed[index] !== undefined) continue;
    const checked = deps.check(raw, hashBytes, window);
    if (!checked.ok) return refuse(judgeCode(checked.code), index);
    unknown.push({ index, tx: checked.tx, hash });
  }
  return { placed, unknown };
}

function judgeCode(code: CheckCode): JudgeCode {
  return code === "BLOCK_LIMIT_EXPIRED" || code === "BLOCK_LIMIT_TOO_FAR" ? "BLOCK_LIMIT_INVALID" : code;
}

/** The place of each in the block, over head and ancestors of one moment. */
async function judgeOrder(
  deps: JudgeDeps,
  number: number,
  placed: readonly Placed[],
  { ancestors, rules }: JudgeContext,
): Promise<JudgeResult> {
  const senders = new Map<Hex, Address>();
  for (const { signed, sender, replayKey } of placed) if (replayKey === null) senders.set(sender, signed.sender);
  for (;;) {
    const height = deps.chain.height();
    const above = ancestors.filter((ancestor) => ancestor.number > height);
    if (!follows(number, height, above)) return refuse("WRONG_HEIGHT");
    const loading = deps.chain.accounts([...senders.values()]);
    const accounts = loading instanceof Promise ? await loading : loading;
    if (deps.chain.height() !== height) continue;
    const nonces = new Map([...senders.keys()].map((key, i) => [key, Number(accounts[i]!.nonce)]));
    const walk = new BlockWalk(deps, { ancestors: above, rules }, (sender) => nonces.get(sender)!);
    for (let index = 0; index < placed.length; index++) {
      const code = walk.refusal(placed[index]!);
      if (code !== null) return refuse(code, index);
      walk.add(placed[index]!);
    }
    return { ok: true, txs: placed.map(({ signed }) => signed) };
  }
}

/** Whether a block of this number comes right after the head and the ancestors above it. */
function follows(number: number, height: number, above: readonly Ancestor[]): boolean {
  return number === height + 1 + above.length && above.every((ancestor, i) => ancestor.number === height + 1 + i);
}

function refuse(code: JudgeCode, index: number | null = null): JudgeResult {
  return { ok: false, code, index };
}
