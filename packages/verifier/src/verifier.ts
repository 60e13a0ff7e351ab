import { createSystemContracts } from "@fb/precompiled";
import type { MetricsRegister } from "@fb/runtime";
import {
  type Block,
  type BlockHeader,
  type CryptoSuite,
  EMPTY,
  type Evm,
  equalBytes,
  ethChainId,
  FbError,
  type HeadInfo,
  type SignedTransaction,
} from "@fb/types";
import { verifierError } from "./errors.ts";
import { type ExecutorDeps, execute } from "./executor.ts";
import { verifierMetrics } from "./metrics.ts";
import type { VerifierOptions } from "./options.ts";
import type { BlockHashFn, ExecutionState, OpenTablesFn } from "./ports.ts";
import type { ExecutedBlock, ExecutionContext, VerifyResult } from "./types.ts";

export interface VerifierDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  readonly world: ExecutionState;
  readonly openTables: OpenTablesFn;
  readonly blockHash: BlockHashFn;
  readonly metrics: MetricsRegister;
}

/** Executes the blocks of one group. Stateless between calls; several may run at the same time. */
export interface Verifier {
  /**
   * Executes a proposal over its parent and fills in its header. The same parent, context and block give the same hash
   * on every node. `txs` are the decoded transactions of `block`, in order. Rejects with VerifierErrorCode, or with what
   * storage rejects with; either way nothing was changed and the caller cannot go on with this block.
   */
  executeBlock(
    parent: HeadInfo,
    context: ExecutionContext,
    block: Block,
    txs: readonly SignedTransaction[],
  ): Promise<ExecutedBlock>;
  /** Executes a block from outside and compares every field of its header. Rejects only as `executeBlock` does. */
  verify(
    parent: HeadInfo,
    context: ExecutionContext,
    block: Block,
    txs: readonly SignedTransaction[],
  ): Promise<VerifyResult>;
}

const COMPARED_HASHES = ["stateRoot", "tablesRoot", "txRoot", "receiptRoot", "membersHash", "logsBloom"] as const;

export function createVerifier(options: VerifierOptions, deps: VerifierDeps): Verifier {
  const { suite } = deps;
  const metrics = verifierMetrics(deps.metrics);
  const executor: ExecutorDeps = {
    suite,
    evm: deps.evm,
    contracts: createSystemContracts(suite),
    world: deps.world,
    openTables: deps.openTables,
    blockHash: deps.blockHash,
    chainId: BigInt(ethChainId(options.chainId, options.groupId)),
    emptyCodeHash: suite.hash(EMPTY),
  };

  const run = async (
    parent: HeadInfo,
    context: ExecutionContext,
    block: Block,
    txs: readonly SignedTransaction[],
  ): Promise<ExecutedBlock> => {
    try {
      const executed = await execute(executor, parent, context, block, txs);
      metrics.executed(executed.receipts, executed.header.gasUsed);
      return executed;
    } catch (error) {
      if (error instanceof FbError) throw error;
      throw verifierError("EXECUTION_FAILED", "execution failed", { number: block.header.number }, error);
    }
  };

  return {
    async executeBlock(parent, context, block, txs) {
      const field = successorProblem(parent, context, block, txs);
      if (field !== null) throw verifierError("EXECUTION_INPUT_INVALID", "not a successor of its parent", { field });
      return run(parent, context, block, txs);
    },
    async verify(parent, context, block, txs) {
      const wrong = successorProblem(parent, context, block, txs);
      if (wrong !== null) return { ok: false, code: "HEADER_INVALID", field: wrong };
      const executed = await run(parent, context, block, txs);
      const field = differingField(block.header, executed.header);
      return field === null ? { ok: true, executed } : { ok: false, code: "ROOT_MISMATCH", field };
    },
  };
}

/** The field in which a block does not continue its parent, by the rules that need no execution. */
function successorProblem(
  parent: HeadInfo,
  { members, config }: ExecutionContext,
  { header, transactions }: Block,
  txs: readonly SignedTransaction[],
): keyof BlockHeader | "transactions" | null {
  if (header.number !== parent.header.number + 1) return "number";
  if (!equalBytes(header.parentHash, parent.hash)) return "parentHash";
  if (header.timestamp <= parent.header.timestamp) return "timestamp";
  if (header.gasLimit !== config.blockGasLimit) return "gasLimit";
  if (header.sealer >= members.sealers.length) return "sealer";
  return transactions.length === txs.length ? null : "transactions";
}

function differingField(given: BlockHeader, executed: BlockHeader): keyof BlockHeader | null {
  for (const field of COMPARED_HASHES) if (!equalBytes(given[field], executed[field])) return field;
  return given.gasUsed === executed.gasUsed ? null : "gasUsed";
}
