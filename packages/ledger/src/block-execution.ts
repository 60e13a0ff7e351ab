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
  txRoot,
} from "@fb/types";
import type { ExecutedBlock, Verifier } from "@fb/verifier";

export interface BlockExecutionDeps {
  readonly suite: CryptoSuite;
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly verifier: Verifier;
}

/** Candidates of one height kept for `commit`; a height has one per view at most, and few views. */
const MAX_CANDIDATES = 8;

type Judged =
  | { readonly ok: true; readonly txs: readonly SignedTransaction[] }
  | { readonly ok: false; readonly code: string };

/**
 * Judging, executing and committing blocks over the head: for consensus, which brings proposals, and for sync, which
 * brings certified blocks. One at a time, so that both see the same head from first to last.
 */
export class BlockExecution implements ExecutionPort {
  readonly #deps: BlockExecutionDeps;
  /** Results of this height by proposal id and by block hash. */
  readonly #judged = new Map<Hex, readonly SignedTransaction[]>();
  readonly #executed = new Map<Hex, ExecutedBlock>();
  #height = -1;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: BlockExecutionDeps) {
    this.#deps = deps;
  }

  judge(block: Block): Promise<JudgeResult> {
    return this.#serial(async () => {
      const id = toHex(proposalId(this.#deps.suite, block.header));
      this.#forgetOldHeights();
      if (this.#judged.has(id)) return { ok: true };
      const judged = await this.#judge(block);
      if (judged.ok) remember(this.#judged, id, judged.txs);
      return judged.ok ? { ok: true } : judged;
    });
  }

  execute(block: Block): Promise<ExecuteResult> {
    return this.#serial(async () => {
      const id = toHex(proposalId(this.#deps.suite, block.header));
      this.#forgetOldHeights();
      const known = [...this.#executed.values()].find((executed) => toHex(executed.proposalId) === id);
      if (known !== undefined) return { ok: true, hash: known.hash, header: known.header };
      let txs = this.#judged.get(id);
      if (txs === undefined) {
        // A block restored from the journal was judged before the restart.
        const judged = await this.#judge(block);
        if (!judged.ok) return judged;
        txs = judged.txs;
      }
      const executed = await this.#execute(block, txs);
      remember(this.#executed, toHex(executed.hash), executed);
      return { ok: true, hash: executed.hash, header: executed.header };
    });
  }

  commit(hash: Hash, certificate: CommitCertificate): Promise<void> {
    return this.#serial(async () => {
      const { chain } = this.#deps;
      const executed = this.#executed.get(toHex(hash));
      if (executed?.header.number !== chain.head().header.number + 1) {
        // Sync brought that height first.
        invariant((await chain.numberOf(hash)) !== null, "consensus and sync decided differently", {
          hash: toHex(hash),
        });
        return;
      }
      await chain.commit(executed, certificate);
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

  async #judge(block: Block): Promise<Judged> {
    const { chain, pool, suite } = this.#deps;
    const misfit = this.#misfit(block.header);
    if (misfit !== null) return { ok: false, code: misfit };
    const judged = await pool.judgeProposal(block, { ancestors: [], rules: chain.config() });
    if (!judged.ok) return judged;
    const root = txRoot(
      suite,
      judged.txs.map(({ tx }) => tx.hash),
    );
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
    this.#judged.clear();
    this.#executed.clear();
  }

  #serial<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(job);
    this.#queue = result.catch(() => {});
    return result;
  }
}

function remember<V>(map: Map<Hex, V>, key: Hex, value: V): void {
  if (map.size >= MAX_CANDIDATES) map.delete(map.keys().next().value!);
  map.set(key, value);
}
