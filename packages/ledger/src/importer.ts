import type { Blockchain } from "@fb/blockchain";
import { createThreadShare } from "@fb/runtime";
import { type Block, type CommitCertificate, headerHash, verifyCertificate } from "@fb/types";
import { openCore } from "./core.ts";
import type { CoreOptions } from "./options.ts";
import type { CoreDeps } from "./ports.ts";

/** Stores certified blocks of a group that does not run. */
export interface BlockImporter {
  readonly chain: Blockchain;
  /**
   * Checks the certificate against the members in force, executes the block and stores it when every root is the one of
   * its header. A block at or below the head is passed over. Refused = nothing was stored.
   */
  importBlock(block: Block, certificate: CommitCertificate): Promise<ImportOutcome>;
  /** Waits for what is under way; the backend stays open. */
  close(): Promise<void>;
}

export type ImportOutcome = { readonly ok: true } | { readonly ok: false; readonly code: string };

const SLICE_MS = 1000;

/** Opens a group for blocks from a file or from another store: what sync does with them, and nothing else. */
export async function createImporter(options: CoreOptions, deps: CoreDeps): Promise<BlockImporter> {
  const { genesis } = options;
  const { suite } = deps;
  const [clients, peers] = createThreadShare({ sliceMs: SLICE_MS, lanes: 2 });
  const { chain, pool, execution } = await openCore(options, deps, { clients: clients!, peers: peers! });
  const off = chain.onCommitted(({ executed: { header, txs } }) => pool.committed({ number: header.number, txs }));
  return {
    chain,
    async importBlock(block, certificate) {
      const height = block.header.number;
      const next = chain.head().header.number + 1;
      if (height < next) return { ok: true };
      if (height > next) return { ok: false, code: "WRONG_HEIGHT" };
      const checked = verifyCertificate(suite, {
        genesisHash: chain.genesisHash,
        consensus: genesis.consensus.type,
        sealers: chain.members().sealers,
        height,
        hash: headerHash(suite, block.header),
        certificate,
      });
      return checked.ok ? execution.importBlock(block, certificate) : checked;
    },
    async close() {
      off();
      pool.close();
      await chain.close();
    },
  };
}
