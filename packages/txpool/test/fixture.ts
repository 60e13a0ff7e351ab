import { createCryptoSuite } from "@fb/crypto";
import { createThreadShare, noMetrics, silentLogger } from "@fb/runtime";
import { createFakeClock } from "@fb/runtime/testing";
import {
  type Address,
  addressOf,
  type Block,
  bigTo32,
  EMPTY,
  EMPTY_BLOOM,
  encodeEthTransaction,
  encodeGroupTransaction,
  ethChainId,
  ethSigningHash,
  groupSigningHash,
  replayKey,
  type SignedTransaction,
  type Transaction,
  toHex,
  ZERO_HASH,
} from "@fb/types";
import {
  type AccountState,
  CLIENT,
  createTxPool,
  DEFAULT_TX_POOL_OPTIONS,
  type PoolChain,
  type PoolRules,
  recoverInThread,
  type SealRequest,
  type ShapeCode,
  type TxPoolOptions,
} from "../src/index.ts";

export const CHAIN_ID = 7;
export const GROUP_ID = 3;
export const suite = await createCryptoSuite();

export interface TestSender {
  readonly key: Uint8Array;
  readonly address: Address;
}

export function sender(number: number): TestSender {
  const key = bigTo32(BigInt(number + 1));
  return { key, address: addressOf(suite, suite.publicKey(key)) };
}

export interface EthFields {
  readonly nonce: number;
  readonly chainId?: bigint;
  readonly gas?: bigint;
  readonly gasPrice?: bigint;
  readonly value?: bigint;
  readonly data?: Uint8Array;
  readonly type?: 0 | 1 | 2;
  readonly signature?: Uint8Array;
}

export function ethTx(from: TestSender, fields: EthFields): Uint8Array {
  const full = {
    type: fields.type ?? 0,
    chainId: fields.chainId ?? BigInt(ethChainId(CHAIN_ID, GROUP_ID)),
    nonce: BigInt(fields.nonce),
    gasPrice: fields.gasPrice ?? 1n,
    gas: fields.gas ?? 21_000n,
    to: new Uint8Array(20).fill(9),
    value: fields.value ?? 0n,
    data: fields.data ?? EMPTY,
  } as const;
  return encodeEthTransaction(full, fields.signature ?? suite.sign(ethSigningHash(suite, full), from.key));
}

export interface GroupFields {
  readonly nonce: bigint;
  readonly blockLimit: number;
  readonly chainId?: number;
  readonly groupId?: number;
  readonly extraData?: Uint8Array;
  readonly value?: bigint;
  readonly gasPrice?: bigint;
}

export function groupTx(from: TestSender, fields: GroupFields): Uint8Array {
  const full = {
    nonce: fields.nonce,
    gasPrice: fields.gasPrice ?? 1n,
    gas: 100_000n,
    blockLimit: BigInt(fields.blockLimit),
    to: new Uint8Array(20).fill(9),
    value: fields.value ?? 0n,
    data: EMPTY,
    chainId: BigInt(fields.chainId ?? CHAIN_ID),
    groupId: BigInt(fields.groupId ?? GROUP_ID),
    extraData: fields.extraData ?? EMPTY,
  };
  return encodeGroupTransaction(full, suite.sign(groupSigningHash(suite, full), from.key));
}

/** What an account has that was not told otherwise. */
const RICH = 10n ** 30n;

/** A chain that is told its accounts; `commit` does to nonces and replay keys what a block would. */
export class TestChain implements PoolChain {
  number = 10;
  rules: PoolRules = {
    txCountLimit: 1_000,
    txGasLimit: 1_000_000,
    replayWindow: 100,
    chargeGas: false,
    evmFork: "cancun",
  };
  readonly known = new Map<string, AccountState>();
  readonly replayed = new Set<string>();
  accountLoads = 0;
  accountsAsked = 0;
  /** Runs while accounts are being loaded. */
  duringLoad: (() => void) | null = null;

  height(): number {
    return this.number;
  }

  config(): PoolRules {
    return this.rules;
  }

  /** Every transaction uses 21,000 gas, and from Prague 30,000 where it has data. */
  cannotRun({ gas, data }: Transaction): ShapeCode | null {
    const needed = this.rules.evmFork === "prague" && data.length > 0 ? 30_000 : 21_000;
    if (gas < BigInt(needed)) return "INTRINSIC_GAS_TOO_LOW";
    return this.rules.txGasLimit < needed ? "INTRINSIC_GAS_ABOVE_LIMIT" : null;
  }

  isReplayed(key: Uint8Array): boolean {
    return this.replayed.has(toHex(key));
  }

  async accounts(addresses: readonly Address[]): Promise<readonly AccountState[]> {
    this.accountLoads++;
    this.accountsAsked += addresses.length;
    const answer = addresses.map((address) => this.known.get(toHex(address)) ?? { nonce: 0n, balance: RICH });
    const during = this.duringLoad;
    this.duringLoad = null;
    during?.();
    return answer;
  }

  setNonce(of: TestSender, nonce: bigint, balance = RICH): void {
    this.known.set(toHex(of.address), { nonce, balance });
  }
}

export function createFixture(options: Partial<TxPoolOptions> = {}) {
  const chain = new TestChain();
  const clock = createFakeClock();
  let recoveries = 0;
  const recover = recoverInThread(suite);
  const [clients, peers] = createThreadShare({ sliceMs: 5, lanes: 2 });
  const pool = createTxPool(
    { ...DEFAULT_TX_POOL_OPTIONS, chainId: CHAIN_ID, groupId: GROUP_ID, ...options },
    {
      chain,
      suite,
      recover: (txs) => {
        recoveries += txs.length;
        return recover(txs);
      },
      lanes: { clients: clients!, peers: peers! },
      clock,
      log: silentLogger,
      metrics: noMetrics,
    },
  );
  const submitFrom = async (origin: string, raws: readonly Uint8Array[]) =>
    (await pool.submit(raws, origin)).map((result) => (result.ok ? "ok" : result.code));
  const submit = (...raws: Uint8Array[]) => submitFrom(CLIENT, raws);
  const seal = (over: Partial<SealRequest> = {}) => pool.seal({ maxTransactions: 1_000, maxBytes: 1e9, ...over });
  const sealAll = () => seal();
  /** Commits a block of these transactions as the chain would. */
  const commit = (txs: readonly SignedTransaction[]) => {
    chain.number++;
    for (const { tx, sender: from } of txs) {
      const key = toHex(from);
      if (tx.group !== null) chain.replayed.add(toHex(replayKey(suite, from, tx.nonce)));
      else chain.known.set(key, { nonce: tx.nonce + 1n, balance: chain.known.get(key)?.balance ?? RICH });
    }
    pool.committed({ number: chain.number, txs });
  };
  return { chain, clock, pool, submit, submitFrom, seal, sealAll, commit, recoveries: () => recoveries };
}

export function blockOf(number: number, raws: readonly Uint8Array[]): Block {
  return {
    header: {
      parentHash: ZERO_HASH,
      number,
      timestamp: 1,
      stateRoot: ZERO_HASH,
      tablesRoot: ZERO_HASH,
      txRoot: ZERO_HASH,
      receiptRoot: ZERO_HASH,
      membersHash: ZERO_HASH,
      logsBloom: EMPTY_BLOOM,
      gasLimit: 0,
      gasUsed: 0,
      sealer: 0,
      extraData: EMPTY,
    },
    transactions: raws,
  };
}
