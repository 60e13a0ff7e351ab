import type { Blockchain } from "@fb/blockchain";
import type { ExecuteResult, ExecutionPort } from "@fb/consensus";
import type { ImportBlockFn } from "@fb/sync";
import type { TxPool } from "@fb/txpool";
import {
  type Block,
  type CommitCertificate,
  type CryptoSuite,
  equalBytes,
  type Hash,
  type Hex,
  invariant,
  proposalId,
  type SignedTransaction,
  toHex,
  txRootOf,
} from "@fb/types";
import { type ExecutedBlock, headerProblem, type Verifier } from "@fb/verifier";

export interface BlockExecutionDeps {
  readonly suite: CryptoSuite;
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly verifier: Verifier;
}

/** Executed results of one height kept for `commit`. An older one that is decided after all is executed again. */
const MAX_EXECUTED = 8;

/** A judged proposal of the next height. The engine keeps the same blocks for as long, so these need no bound of their own. */
interface JudgedProposal {
  readonly block: Block;
  readonly txs: readonly SignedTransaction[];
  /** Of the executed header; null until executed. */
  hash: Hex | null;
}

interface Refused {
  readonly ok: false;
  readonly code: string;
}
type Judged = { readonly ok: true; readonly txs: readonly SignedTransaction[] } | Refused;
type Chosen = { readonly ok: true; readonly candidate: JudgedProposal } | Refused;

/**
 * Judging, executing and committing blocks over the head: for consensus, which brings proposals, and for sync, which
 * brings certified blocks. One at a time, so that both see the same head from first to last.
 */
export class BlockExecution implements ExecutionPort {
  readonly #deps: BlockExecutionDeps;
  /** By proposal id. */
  readonly #candidates = new Map<Hex, JudgedProposal>();
  /** By block hash, the one used longest ago first. */
  readonly #executed = new Map<Hex, ExecutedBlock>();
  #height = -1;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: BlockExecutionDeps) {
    this.#deps = deps;
  }

  execute(block: Block): Promise<ExecuteResult> {
    return this.#serial(async () => {
      const chosen = await this.#candidate(block);
      if (!chosen.ok) return chosen;
      const { hash, header } = await this.#result(chosen.candidate);
      return { ok: true, hash, header };
    });
  }

  commit(hash: Hash, certificate: CommitCertificate): Promise<void> {
    return this.#serial(async () => {
      const { chain } = this.#deps;
      this.#forgetOldHeights();
      const candidate = [...this.#candidates.values()].find((known) => known.hash === toHex(hash));
      if (candidate !== undefined) return chain.commit(await this.#result(candidate), certificate);
      // Sync brought that height first.
      invariant((await chain.numberOf(hash)) !== null, "consensus and sync decided differently", { hash: toHex(hash) });
    });
  }

  /** A certified block from a peer: accepted only when execution here gives exactly its header. */
  readonly importBlock: ImportBlockFn = (block, certificate) =>
    this.#serial(async () => {
      const { chain, verifier } = this.#deps;
      if (block.header.number <= chain.head().header.number) return { ok: true };
      const judged = await this.#judge(block);
      if (!judged.ok) return judged;
      const verified = await verifier.verify({ ...this.#context(), block, txs: judged.txs });
      if (!verified.ok) return { ok: false, code: `${verified.code}:${verified.field}` };
      await chain.commit(verified.executed, certificate);
      return { ok: true };
    });

  /** The proposal of this header with these transactions, judged once for as long as the head stays. */
  async #candidate(block: Block): Promise<Chosen> {
    this.#forgetOldHeights();
    const id = toHex(proposalId(this.#deps.suite, block.header));
    const known = this.#candidates.get(id);
    // The id covers the transactions only through a txRoot that somebody claims.
    if (known !== undefined && haveSameTransactions(known.block, block)) return { ok: true, candidate: known };
    const judged = await this.#judge(block);
    if (!judged.ok) return judged;
    const candidate: JudgedProposal = { block, txs: judged.txs, hash: null };
    this.#candidates.set(id, candidate);
    return { ok: true, candidate };
  }

  async #result(candidate: JudgedProposal): Promise<ExecutedBlock> {
    const known = candidate.hash === null ? undefined : this.#executed.get(candidate.hash);
    const { block, txs } = candidate;
    const executed = known ?? (await this.#deps.verifier.executeBlock({ ...this.#context(), block, txs }));
    const hash = toHex(executed.hash);
    invariant(candidate.hash === null || candidate.hash === hash, "execution was not deterministic", { hash });
    candidate.hash = hash;
    this.#executed.delete(hash);
    this.#executed.set(hash, executed);
    if (this.#executed.size > MAX_EXECUTED) this.#executed.delete(this.#executed.keys().next().value!);
    return executed;
  }

  /** Whether a block is valid over the head, but for what execution gives (types SPEC 13). */
  async #judge(block: Block): Promise<Judged> {
    const { pool, suite } = this.#deps;
    const context = this.#context();
    const problem = headerProblem(block.header, context.parent, context);
    if (problem !== null) return { ok: false, code: problem };
    const judged = await pool.judgeProposal(block);
    if (!judged.ok) {
      if (judged.index !== null) pool.refused(block.transactions[judged.index]!);
      return judged;
    }
    const root = txRootOf(suite, block.transactions, () => judged.txs.map(({ tx }) => tx.hash));
    return equalBytes(root, block.header.txRoot) ? judged : { ok: false, code: "TX_ROOT_MISMATCH" };
  }

  /** What the next block is executed under. */
  #context() {
    const { chain } = this.#deps;
    return { parent: chain.head(), members: chain.members(), config: chain.config() };
  }

  #forgetOldHeights(): void {
    const height = this.#deps.chain.head().header.number;
    if (height === this.#height) return;
    this.#height = height;
    this.#candidates.clear();
    this.#executed.clear();
  }

  #serial<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(job);
    this.#queue = result.catch(() => {});
    return result;
  }
}

function haveSameTransactions(a: Block, b: Block): boolean {
  return (
    a.transactions === b.transactions ||
    (a.transactions.length === b.transactions.length &&
      a.transactions.every((raw, index) => equalBytes(raw, b.transactions[index]!)))
  );
}
