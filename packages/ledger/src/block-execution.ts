import type { Blockchain } from "@fb/blockchain";
import type { ExecuteResult, ExecutionPort, JudgeResult } from "@fb/consensus";
import type { ImportBlockFn } from "@fb/sync";
import type { TxPool } from "@fb/txpool";
import {
  type Block,
  type BlockHeader,
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
import type { ExecutedBlock, Verifier } from "@fb/verifier";

export interface BlockExecutionDeps {
  readonly suite: CryptoSuite;
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly verifier: Verifier;
}

/** Executed results of one height kept for `commit`. An older one that is decided after all is executed again. */
const MAX_EXECUTED = 8;

/** A judged proposal of the next height. The engine keeps the same blocks for as long, so these need no bound of their own. */
interface Candidate {
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

/**
 * Judging, executing and committing blocks over the head: for consensus, which brings proposals, and for sync, which
 * brings certified blocks. One at a time, so that both see the same head from first to last.
 */
export class BlockExecution implements ExecutionPort {
  readonly #deps: BlockExecutionDeps;
  /** By proposal id. */
  readonly #candidates = new Map<Hex, Candidate>();
  /** By block hash, the one used longest ago first. */
  readonly #executed = new Map<Hex, ExecutedBlock>();
  #height = -1;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: BlockExecutionDeps) {
    this.#deps = deps;
  }

  judge(block: Block): Promise<JudgeResult> {
    return this.#serial(async () => {
      const candidate = await this.#candidate(block);
      return "txs" in candidate ? { ok: true } : candidate;
    });
  }

  execute(block: Block): Promise<ExecuteResult> {
    return this.#serial(async () => {
      const candidate = await this.#candidate(block);
      if (!("txs" in candidate)) return candidate;
      const { hash, header } = await this.#result(candidate);
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
      const head = chain.head();
      if (block.header.number <= head.header.number) return { ok: true };
      const judged = await this.#judge(block);
      if (!judged.ok) return judged;
      const verified = await verifier.verify(head, this.#context(), block, judged.txs);
      if (!verified.ok) return { ok: false, code: `${verified.code}:${verified.field}` };
      await chain.commit(verified.executed, certificate);
      return { ok: true };
    });

  /**
   * The judged proposal of this header with these transactions. A block restored from the journal was judged before the
   * restart and is judged again.
   */
  async #candidate(block: Block): Promise<Candidate | Refused> {
    this.#forgetOldHeights();
    const id = toHex(proposalId(this.#deps.suite, block.header));
    const known = this.#candidates.get(id);
    // The id covers the transactions only through a txRoot that somebody claims.
    if (known !== undefined && haveSameTransactions(known.block, block)) return known;
    const judged = await this.#judge(block);
    if (!judged.ok) return judged;
    const candidate: Candidate = { block, txs: judged.txs, hash: null };
    this.#candidates.set(id, candidate);
    return candidate;
  }

  async #result(candidate: Candidate): Promise<ExecutedBlock> {
    const known = candidate.hash === null ? undefined : this.#executed.get(candidate.hash);
    const executed = known ?? (await this.#execute(candidate.block, candidate.txs));
    const hash = toHex(executed.hash);
    invariant(candidate.hash === null || candidate.hash === hash, "execution was not deterministic", { hash });
    candidate.hash = hash;
    this.#executed.delete(hash);
    this.#executed.set(hash, executed);
    if (this.#executed.size > MAX_EXECUTED) this.#executed.delete(this.#executed.keys().next().value!);
    return executed;
  }

  async #judge(block: Block): Promise<Judged> {
    const { chain, pool, suite } = this.#deps;
    const misfit = this.#misfit(block.header);
    if (misfit !== null) return { ok: false, code: misfit };
    const judged = await pool.judgeProposal(block, { ancestors: [], rules: chain.config() });
    if (!judged.ok) {
      if (judged.index !== null) pool.refused(block.transactions[judged.index]!);
      return judged;
    }
    const root = txRootOf(suite, block.transactions, () => judged.txs.map(({ tx }) => tx.hash));
    return equalBytes(root, block.header.txRoot) ? judged : { ok: false, code: "TX_ROOT_MISMATCH" };
  }

  /** What is wrong with a header that claims to follow the head; null when nothing is. */
  #misfit(header: BlockHeader): string | null {
    const { chain } = this.#deps;
    const head = chain.head();
    if (header.number !== head.header.number + 1) return "WRONG_HEIGHT";
    if (!equalBytes(header.parentHash, head.hash)) return "WRONG_PARENT";
    if (header.timestamp <= head.header.timestamp) return "TIMESTAMP_NOT_AFTER_PARENT";
    if (header.gasLimit !== chain.config().blockGasLimit) return "WRONG_GAS_LIMIT";
    if (header.sealer >= chain.members().sealers.length) return "NO_SUCH_SEALER";
    return header.extraData.length === 0 ? null : "EXTRA_DATA_NOT_EMPTY";
  }

  #execute(block: Block, txs: readonly SignedTransaction[]): Promise<ExecutedBlock> {
    return this.#deps.verifier.executeBlock(this.#deps.chain.head(), this.#context(), block, txs);
  }

  #context() {
    const { chain } = this.#deps;
    return { members: chain.members(), config: chain.config() };
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
