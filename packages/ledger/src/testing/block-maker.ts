import { createEvm } from "@fb/evm";
import { createThreadShare, noMetrics, silentLogger } from "@fb/runtime";
import { createFakeClock } from "@fb/runtime/testing";
import {
  commitDigest,
  type GenesisConfig,
  InvariantError,
  type NodeId,
  type StorageBackend,
  toHex,
  txRoot,
  ZERO_HASH,
} from "@fb/types";
import { openCore } from "../core.ts";
import { suite } from "./solo-group.ts";

export interface BlockMakerOptions {
  readonly genesis: GenesisConfig;
  readonly backend: StorageBackend;
  /** Keys of the nodes that sign blocks while they are sealers. */
  readonly keys: readonly Uint8Array[];
  /** Default 256; 0 = all. */
  readonly historyBlocks?: number;
  /** Default 0 = all. */
  readonly keepBlocks?: number;
}

/** Blocks of a group as its sealers would make them, without waiting for anybody. */
export interface BlockMaker {
  /** Executes, certifies and commits the next block; what cannot be in a block breaks an invariant of the test. */
  add(...raws: readonly Uint8Array[]): Promise<void>;
  /** The backend stays open. */
  close(): Promise<void>;
}

/** Opens a group whose blocks a test makes one by one. */
export async function createBlockMaker(options: BlockMakerOptions): Promise<BlockMaker> {
  const { genesis, backend, keys, historyBlocks = 256, keepBlocks = 0 } = options;
  const signers = new Map(keys.map((key) => [toHex(suite.publicKey(key)) as NodeId, key]));
  const common = { clock: createFakeClock(genesis.timestamp), log: silentLogger, metrics: noMetrics };
  const [clients, peers] = createThreadShare({ sliceMs: 1000, lanes: 2 });
  const { chain, pool, execution } = await openCore(
    { genesis, cacheBytes: 16 << 20, historyBlocks, keepBlocks },
    { suite, evm: await createEvm({ suite }), backend, ...common },
    { clients: clients!, peers: peers! },
  );
  chain.onCommitted(({ executed: { header, txs } }) => pool.committed({ number: header.number, txs }));
  return {
    async add(...raws) {
      const parent = chain.head();
      const height = parent.header.number + 1;
      const hashes = raws.map((raw) => suite.hash(raw));
      const header = {
        parentHash: parent.hash,
        number: height,
        timestamp: parent.header.timestamp + 1000,
        stateRoot: ZERO_HASH,
        tablesRoot: ZERO_HASH,
        txRoot: txRoot(suite, hashes),
        receiptRoot: ZERO_HASH,
        membersHash: ZERO_HASH,
        logsBloom: new Uint8Array(256),
        gasLimit: chain.config().blockGasLimit,
        gasUsed: 0,
        sealer: 0,
        extraData: new Uint8Array(0),
      };
      const executed = await execution.execute({ header, transactions: raws });
      if (!executed.ok) throw new InvariantError("the block is not valid", { code: executed.code });
      const digest = commitDigest(suite, chain.genesisHash, { height, round: 0, hash: executed.hash });
      const signatures = chain.members().sealers.flatMap((id, sealer) => {
        const key = signers.get(id);
        return key === undefined ? [] : [{ sealer, signature: suite.sign(digest, key) }];
      });
      await execution.commit(executed.hash, { round: 0, signatures });
    },
    async close() {
      pool.close();
      await chain.close();
    },
  };
}
