import { createSystemContracts } from "@fb/precompiled";
import { type BlockHeader, EMPTY, equalBytes, ethChainId, FbError } from "@fb/types";
import { verifierError } from "./errors.ts";
import { type ExecutorDeps, execute } from "./executor.ts";
import { headerProblem } from "./header-rules.ts";
import { verifierMetrics } from "./metrics.ts";
import type { VerifierOptions } from "./options.ts";
import type { VerifierDeps } from "./ports.ts";
import type { ExecutedBlock, ExecutionInput, VerifyResult } from "./types.ts";

/**
 * Executes the blocks of one group, whose headers keep the rules (`headerProblem`). Stateless between calls; several may
 * run at the same time.
 */
export interface Verifier {
  /**
   * Executes a proposal over its parent and fills in its header. The same input gives the same hash on every node.
   * Rejects with VerifierErrorCode, or with what storage rejects with; either way nothing was changed and the caller
   * cannot go on with this block.
   */
  executeBlock(input: ExecutionInput): Promise<ExecutedBlock>;
  /** Executes a block from outside and compares every field of its header. Rejects only as `executeBlock` does. */
  verify(input: ExecutionInput): Promise<VerifyResult>;
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

  const executeBlock = async (input: ExecutionInput): Promise<ExecutedBlock> => {
    const { header, transactions } = input.block;
    const problem = headerProblem(header, input.parent, input);
    if (problem !== null || transactions.length !== input.txs.length) {
      const fields = { number: header.number, problem, transactions: transactions.length, decoded: input.txs.length };
      throw verifierError("EXECUTION_INPUT_INVALID", "a block that was not judged was to be executed", fields);
    }
    try {
      const executed = await execute(executor, input);
      metrics.executed(executed.receipts, executed.header.gasUsed);
      return executed;
    } catch (error) {
      if (error instanceof FbError) throw error;
      throw verifierError("EXECUTION_FAILED", "execution failed", { number: header.number }, error);
    }
  };

  return {
    executeBlock,
    async verify(input) {
      const executed = await executeBlock(input);
      const field = differingField(input.block.header, executed.header);
      return field === null ? { ok: true, executed } : { ok: false, code: "ROOT_MISMATCH", field };
    },
  };
}

function differingField(given: BlockHeader, executed: BlockHeader): keyof BlockHeader | null {
  for (const field of COMPARED_HASHES) if (!equalBytes(given[field], executed[field])) return field;
  return given.gasUsed === executed.gasUsed ? null : "gasUsed";
}
