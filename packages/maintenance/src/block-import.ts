import { type BlockImporter, createImporter } from "@fb/ledger";
import { noMetrics, silentLogger, systemClock } from "@fb/runtime";
import { type Block, type CommitCertificate, decodeBlock, decodeCertificate, type GenesisConfig } from "@fb/types";
import type { BlockItem } from "./files/block-items.ts";
import type { ImportChoices } from "./options.ts";
import type { ExecutionDeps } from "./ports.ts";

const NO_LIMITS = { maxBytes: Number.MAX_SAFE_INTEGER, maxTransactions: Number.MAX_SAFE_INTEGER };
/** Memory for cached state, rows and nodes. */
const CACHE_BYTES = 256 * 1024 * 1024;

/** Opens a store for blocks from elsewhere; an empty one gets block 0. */
export function openImporter(
  genesis: GenesisConfig,
  { historyBlocks, keepBlocks }: ImportChoices,
  { backend, suite, evm }: Pick<ExecutionDeps, "backend" | "suite" | "evm">,
): Promise<BlockImporter> {
  return createImporter(
    { genesis, cacheBytes: CACHE_BYTES, historyBlocks, keepBlocks },
    { backend, suite, evm, clock: systemClock, log: silentLogger, metrics: noMetrics },
  );
}

/** Null when one of them is unreadable. */
export function decodeItem({ block, certificate }: BlockItem): { block: Block; certificate: CommitCertificate } | null {
  const decoded = { block: decodeBlock(block, NO_LIMITS), certificate: decodeCertificate(certificate) };
  return decoded.block === null || decoded.certificate === null
    ? null
    : { block: decoded.block, certificate: decoded.certificate };
}
