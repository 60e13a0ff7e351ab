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
import { blockEnvironment, coinbaseOf } from "./block-environment.ts";
import { BlockState } from "./block-state.ts";
import { type CallDeps, estimateCall, runCall } from "./call.ts";
import { verifierError } from "./errors.ts";
import { type ExecutorDeps, execute } from "./executor.ts";
import { createHost } from "./host.ts";
import { verifierMetrics } from "./metrics.ts";
import { DEFAULT_CALL_GAS_LIMIT, DEFAULT_CALL_MEMORY_BYTES, type VerifierOptions } from "./options.ts";
import type { BlockHashFn, ExecutionState, OpenTablesFn } from "./ports.ts";
import type {
  CallOptions,
  CallRequest,
  CallResult,
  CallSite,
  EstimateResult,
  ExecutedBlock,
  ExecutionContext,
  VerifyResult,
} from "./types.ts";

export interface VerifierDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  readonly world: ExecutionState;
  readonly openTables: OpenTablesFn;
  readonly blockHash: BlockHashFn;
  readonly metrics: MetricsRegister;
}

/** Executes blocks and calls of one group. Stateless between calls; several may run at the same time. */
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
  /**
   * Runs a message on the state after a block and forgets what it did. Rejects with CALL_ABORTED, CALL_MEMORY_EXCEEDED,
   * CALL_PRECOMPILE_EXCEEDED, STATE_NOT_KEPT. System contracts answer from the tables of the newest block.
   */
  call(request: CallRequest, site: CallSite, options?: CallOptions): Promise<CallResult>;
  /** The gas limit with which a message succeeds, or why it does not. Rejects as `call` does. */
  estimateGas(request: CallRequest, site: CallSite, options?: CallOptions): Promise<EstimateResult>;
}

const COMPARED_HASHES = ["stateRoot", "tablesRoot", "txRoot", "receiptRoot", "membersHash", "logsBloom"] as const;
const NO_OPTIONS: CallOptions = {};

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
  const callGasLimit = options.callGasLimit ?? DEFAULT_CALL_GAS_LIMIT;
  const memoryBytes = options.callMemoryBytes ?? DEFAULT_CALL_MEMORY_BYTES;

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

  const callDeps = (site: CallSite): CallDeps => {
    const { head, members, config } = site;
    const { number } = head.header;
    const state = new BlockState(deps.world.view(number), executor.emptyCodeHash);
    const coinbase = number === 0 ? new Uint8Array(20) : coinbaseOf(suite, members, head.header.sealer);
    const block = blockEnvironment(suite, executor.chainId, head.header, coinbase, deps.blockHash);
    const tables = deps.openTables(number, null);
    const host = createHost(executor.contracts, { state, tables, block, fork: config.evmFork, number });
    const gasLimit = BigInt(Math.min(callGasLimit, config.txGasLimit));
    return { suite, evm: deps.evm, host, state, config, gasLimit, memoryBytes };
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
    async call(request, site, callOptions = NO_OPTIONS) {
      return runCall(callDeps(site), request, callOptions);
    },
    async estimateGas(request, site, callOptions = NO_OPTIONS) {
      return estimateCall(callDeps(site), request, callOptions);
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
