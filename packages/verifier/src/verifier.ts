import { createSystemContracts } from "@fb/precompiled";
import type { MetricsRegister } from "@fb/runtime";
import {
  type Address,
  type Block,
  type BlockHeader,
  type CryptoSuite,
  EMPTY,
  type Evm,
  type EvmFork,
  type EvmLimits,
  equalBytes,
  ethChainId,
  FbError,
  type HeadInfo,
  type Height,
  type SignedTransaction,
} from "@fb/types";
import { blockEnvironment, coinbaseOf, type VisibleHeader } from "./block-environment.ts";
import { BlockState } from "./block-state.ts";
import { runCall } from "./call.ts";
import { verifierError } from "./errors.ts";
import { estimate } from "./estimate.ts";
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
  ExecutionConfig,
  ExecutionContext,
  NextBlockSite,
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
   * CALL_PRECOMPILE_EXCEEDED, STATE_NOT_KEPT. System contracts answer from the tables of the newest block (SPEC 5).
   */
  call(request: CallRequest, site: CallSite, options?: CallOptions): Promise<CallResult>;
  /** The gas limit with which a transaction succeeds in the next block, or why none does. Rejects as `call` does. */
  estimateGas(request: CallRequest, site: NextBlockSite, options?: CallOptions): Promise<EstimateResult>;
}

const COMPARED_HASHES = ["stateRoot", "tablesRoot", "txRoot", "receiptRoot", "membersHash", "logsBloom"] as const;
const NO_OPTIONS: CallOptions = {};
/** Gas of one precompile call in a read-only call: at most about a second, in which nothing else of the group runs. */
const CALL_PRECOMPILE_GAS = 10_000_000;

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

  const limitsOf = ({ signal }: CallOptions): EvmLimits => ({
    memoryBytes,
    precompileGas: CALL_PRECOMPILE_GAS,
    ...(signal === undefined ? {} : { signal }),
  });
  const gasLimitOf = ({ txGasLimit }: ExecutionConfig) => BigInt(Math.min(callGasLimit, txGasLimit));
  /** Over a block, for something that is forgotten afterwards: as contracts see `header`, system contracts the next block. */
  const surroundings = (
    below: Height,
    header: VisibleHeader,
    coinbase: Address,
    fork: EvmFork,
    hashOf: BlockHashFn,
  ) => {
    const state = new BlockState(deps.world.view(below), executor.emptyCodeHash);
    const tables = deps.openTables(below + 1, null);
    const block = blockEnvironment(suite, executor.chainId, header, coinbase, hashOf);
    return { state, host: createHost(executor.contracts, { state, tables, block, fork, number: below + 1 }) };
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
    async call(request, { head: { header }, members, config, blockHash = deps.blockHash }, callOptions = NO_OPTIONS) {
      const coinbase = header.number === 0 ? new Uint8Array(20) : coinbaseOf(suite, members, header.sealer);
      const around = surroundings(header.number, header, coinbase, config.evmFork, blockHash);
      const bounds = { config, gasLimit: gasLimitOf(config), limits: limitsOf(callOptions) };
      return runCall({ suite, evm: deps.evm, ...around, ...bounds }, request);
    },
    async estimateGas(request, { parent, members, config, timestamp, sealer }, callOptions = NO_OPTIONS) {
      const { number } = parent.header;
      const header = { number: number + 1, parentHash: parent.hash, timestamp, gasLimit: config.blockGasLimit };
      const coinbase = coinbaseOf(suite, members, sealer);
      const hashOf: BlockHashFn = (height) => (height === number ? parent.hash : deps.blockHash(height));
      const openBlock = () => {
        const around = surroundings(number, header, coinbase, config.evmFork, hashOf);
        return { suite, evm: deps.evm, ...around, config, trial: limitsOf(callOptions) };
      };
      return estimate({ openBlock, gasLimit: gasLimitOf(config) }, request);
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
