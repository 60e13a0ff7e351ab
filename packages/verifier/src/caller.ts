import { createSystemContracts } from "@fb/precompiled";
import { EMPTY, type EvmLimits, ethChainId, type Height } from "@fb/types";
import { type BlockSurroundings, blockEnvironment, coinbaseOf } from "./block-environment.ts";
import { BlockState } from "./block-state.ts";
import { runCall } from "./call.ts";
import { estimate } from "./estimate.ts";
import { createHost } from "./host.ts";
import {
  CALL_PRECOMPILE_GAS,
  type CallerOptions,
  type CallOptions,
  DEFAULT_CALL_GAS_LIMIT,
  DEFAULT_CALL_MEMORY_BYTES,
} from "./options.ts";
import type { BlockHashFn, CallerDeps } from "./ports.ts";
import type {
  CallPlace,
  CallRequest,
  CallResult,
  CallSite,
  EstimateResult,
  ExecutionConfig,
  NextBlockSite,
} from "./types.ts";

/** Runs what is forgotten afterwards. Stateless between calls; several may run at the same time. */
export interface Caller {
  /**
   * Runs a message on the state after a block and forgets what it did. Rejects with CALL_ABORTED, CALL_MEMORY_EXCEEDED,
   * CALL_PRECOMPILE_EXCEEDED, with what reading the state or `options.pause` rejects with. System contracts answer from
   * the tables of the site (SPEC 5).
   */
  call(request: CallRequest, site: CallSite, options?: CallOptions): Promise<CallResult>;
  /** The gas limit with which a transaction succeeds in the next block, or why none does. Rejects as `call` does. */
  estimateGas(request: CallRequest, site: NextBlockSite, options?: CallOptions): Promise<EstimateResult>;
}

const NO_OPTIONS: CallOptions = {};

export function createCaller(options: CallerOptions, { suite, evm }: CallerDeps): Caller {
  const contracts = createSystemContracts(suite);
  const chainId = BigInt(ethChainId(options.chainId, options.groupId));
  const emptyCodeHash = suite.hash(EMPTY);
  const callGasLimit = options.callGasLimit ?? DEFAULT_CALL_GAS_LIMIT;

  const limitsOf = ({ memoryBytes = DEFAULT_CALL_MEMORY_BYTES, signal, pause }: CallOptions): EvmLimits => ({
    memoryBytes,
    precompileGas: CALL_PRECOMPILE_GAS,
    withoutLogs: true,
    ...(signal === undefined ? {} : { signal }),
    ...(pause === undefined ? {} : { pause }),
  });
  const gasLimitOf = ({ txGasLimit }: ExecutionConfig) => BigInt(Math.min(callGasLimit, txGasLimit));
  /** Over a block, for something that is forgotten afterwards; system contracts are in block `number`. */
  const surroundings = (
    { view, openTables, config }: CallPlace,
    number: Height,
    visible: Omit<BlockSurroundings, "chainId">,
  ) => {
    const state = new BlockState(view, emptyCodeHash);
    const block = blockEnvironment(suite, { chainId, ...visible });
    return { state, host: createHost(contracts, { state, tables: openTables(), block, fork: config.evmFork, number }) };
  };

  return {
    async call(request, site, callOptions = NO_OPTIONS) {
      const { head, members, config, blockHash } = site;
      const { header } = head;
      const coinbase = header.number === 0 ? new Uint8Array(20) : coinbaseOf(suite, members, header.sealer);
      const around = surroundings(site, header.number + 1, { header, coinbase, blockHash });
      return runCall(
        { suite, evm, ...around, config, gasLimit: gasLimitOf(config), limits: limitsOf(callOptions) },
        request,
      );
    },
    async estimateGas(request, site, callOptions = NO_OPTIONS) {
      const { parent, members, config, timestamp, sealer, blockHash } = site;
      const number = parent.header.number + 1;
      const header = { number, parentHash: parent.hash, timestamp, gasLimit: config.blockGasLimit };
      const coinbase = coinbaseOf(suite, members, sealer);
      const hashOf: BlockHashFn = (height) => (height === number - 1 ? parent.hash : blockHash(height));
      const trial = limitsOf(callOptions);
      const openBlock = () => ({
        suite,
        evm,
        ...surroundings(site, number, { header, coinbase, blockHash: hashOf }),
        config,
        trial,
      });
      return estimate({ openBlock, gasLimit: gasLimitOf(config) }, request);
    },
  };
}
