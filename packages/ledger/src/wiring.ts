import type { Blockchain } from "@fb/blockchain";
import type { ChainPort, PoolPort } from "@fb/consensus";
import type { PoolChain, ShapeCode, TxPool } from "@fb/txpool";
import { type Address, RECEIPT_STATUS, type Transaction, toHex } from "@fb/types";
import { shapeRefusal } from "@fb/verifier";

/*
 * Where a package's port and its neighbour's interface differ in shape, the difference is bridged here and nowhere else.
 */

/** The chain as consensus sees it. A block is committed only when durable, so the head is the durable height. */
export function chainPort(chain: Blockchain): ChainPort {
  return {
    genesisHash: chain.genesisHash,
    head: () => ({ head: chain.head(), members: chain.members() }),
    durableHeight: () => chain.head().header.number,
    limits: () => {
      const { txCountLimit, blockGasLimit, consensusTimeoutMs } = chain.config();
      return { txCount: txCountLimit, gas: blockGasLimit, timeoutMs: consensusTimeoutMs };
    },
    header: async (height) => (await chain.header(height))?.header ?? null,
    onHead: (listener) =>
      chain.onCommitted(({ executed: { hash, header }, members }) => listener({ head: { hash, header }, members })),
  };
}

/** The pool as the sealer sees it. */
export function poolPort(pool: TxPool): PoolPort {
  return {
    pending: () => pool.stats().pending,
    async seal({ maxCount, maxBytes }) {
      const sealed = pool.seal({ maxTransactions: maxCount, maxBytes });
      return { transactions: sealed.map(({ tx }) => tx.raw), hashes: sealed.map(({ tx }) => tx.hash) };
    },
    onPending: (listener) => pool.onAccepted(listener),
  };
}

/** The chain as the pool sees it: accounts at the head, without a promise when they are in memory. */
export function poolChain(chain: Blockchain): PoolChain {
  const accounts = (addresses: readonly Address[]) => {
    const view = chain.stateView(chain.head().header.number);
    const keys = addresses.map(toHex);
    const read = () =>
      keys.map((key) => {
        const account = view.peekAccount(key);
        return { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n };
      });
    const missing = keys.filter((key) => view.peekAccount(key) === undefined);
    if (missing.length === 0) return read();
    return view.load(missing.map((address) => ({ type: "account", address }) as const)).then(read);
  };
  return {
    height: () => chain.head().header.number,
    config: () => chain.config(),
    isReplayed: (key) => chain.isReplayed(key),
    cannotRun: (tx) => shapeCode(chain, tx),
    accounts,
  };
}

/** The verifier's word on a transaction that no state lets run, as the pool's code. */
function shapeCode(chain: Blockchain, tx: Transaction): ShapeCode | null {
  const config = chain.config();
  const status = shapeRefusal(config, tx);
  if (status === null) return null;
  if (status === RECEIPT_STATUS.initCodeSizeLimit) return "INIT_CODE_TOO_LARGE";
  return tx.gas <= BigInt(config.txGasLimit) ? "INTRINSIC_GAS_TOO_LOW" : "INTRINSIC_GAS_ABOVE_LIMIT";
}
