import { type Blockchain, openBlockchain } from "@fb/blockchain";
import { createReferenceEvm } from "@fb/evm/reference";
import { createThreadShare, noMetrics, silentLogger, systemClock } from "@fb/runtime";
import { BlockOverlay, createTableCache } from "@fb/storage-amdb";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import { createTxPool, DEFAULT_TX_POOL_OPTIONS, recoverInThread, type TxPool } from "@fb/txpool";
import { type Block, type BlockHeader, EMPTY, type GenesisConfig, txRoot, ZERO_HASH } from "@fb/types";
import { createVerifier, type Verifier } from "@fb/verifier";
import { describe, expect, it } from "vitest";
import { BlockExecution } from "../src/block-execution.ts";
import { suite } from "../src/testing/index.ts";
import { poolChain } from "../src/wiring.ts";
import { createWorld, shareCache } from "../src/world.ts";
import { admin, ethTx, groupTx, hex, keyed, makeGenesis } from "./accounts.ts";

const genesis = makeGenesis(keyed.slice(0, 1));
const certificate = { round: 0, signatures: [] };

interface Parts {
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly execution: BlockExecution;
  /** Blocks executed so far. */
  readonly executions: () => number;
}

async function openParts(of: GenesisConfig = genesis): Promise<Parts> {
  const common = { suite, clock: systemClock, log: silentLogger, metrics: noMetrics };
  const backend = createMemoryBackend();
  const cache = shareCache(16 << 20);
  const evm = await createReferenceEvm(suite);
  const world = await createWorld(of.stateType, cache, 256, { backend, suite, log: silentLogger, metrics: noMetrics });
  const tables = createTableCache({ backend, maxBytes: cache.tables, metrics: noMetrics });
  const chain = await openBlockchain({ genesis: of, cacheBytes: cache.blocks }, { backend, world, tables, ...common });
  const ids = { chainId: of.chainId, groupId: of.groupId };
  const [clients, peers] = createThreadShare({ sliceMs: 5, lanes: 2 });
  const lanes = { clients: clients!, peers: peers! };
  const pool = createTxPool(
    { ...DEFAULT_TX_POOL_OPTIONS, ...ids },
    { chain: poolChain(chain), recover: recoverInThread(suite), lanes, ...common },
  );
  const real = createVerifier(ids, {
    suite,
    evm,
    world,
    openTables: (height) => new BlockOverlay(tables, height),
    blockHash: (number) => chain.blockHash(number),
    metrics: noMetrics,
  });
  let executions = 0;
  const verifier: Verifier = {
    ...real,
    executeBlock(input) {
      executions++;
      return real.executeBlock(input);
    },
  };
  chain.onCommitted(({ executed: { header, txs } }) => pool.committed({ number: header.number, txs }));
  return {
    chain,
    pool,
    execution: new BlockExecution({ suite, chain, pool, verifier }),
    executions: () => executions,
  };
}

function propose({ chain }: Parts, raws: readonly Uint8Array[], over: Partial<BlockHeader> = {}): Block {
  const { hash, header } = chain.head();
  return {
    header: {
      parentHash: hash,
      number: header.number + 1,
      timestamp: header.timestamp + 1,
      stateRoot: ZERO_HASH,
      tablesRoot: ZERO_HASH,
      txRoot: txRoot(
        suite,
        raws.map((raw) => suite.hash(raw)),
      ),
      receiptRoot: ZERO_HASH,
      membersHash: ZERO_HASH,
      logsBloom: new Uint8Array(256),
      gasLimit: chain.config().blockGasLimit,
      gasUsed: 0,
      sealer: 0,
      extraData: EMPTY,
      ...over,
    },
    transactions: raws,
  };
}

async function executed({ execution }: Parts, block: Block): Promise<Block> {
  const result = await execution.execute(block);
  if (!result.ok) throw new TypeError(result.code);
  return { header: result.header, transactions: block.transactions };
}

const hashOf = async ({ execution }: Parts, block: Block) => {
  const result = await execution.execute(block);
  if (!result.ok) throw new TypeError(result.code);
  return result.hash;
};

describe("types SPEC 13.1: judging a proposal", () => {
  const tx = groupTx(admin);
  const wrong: readonly [string, (parts: Parts) => Partial<BlockHeader>][] = [
    ["WRONG_HEIGHT", () => ({ number: 2 })],
    ["WRONG_PARENT", () => ({ parentHash: ZERO_HASH })],
    ["TIMESTAMP_NOT_AFTER_PARENT", ({ chain }) => ({ timestamp: chain.head().header.timestamp })],
    ["WRONG_GAS_LIMIT", () => ({ gasLimit: 1 })],
    ["NO_SUCH_SEALER", () => ({ sealer: 1 })],
    ["EXTRA_DATA_NOT_EMPTY", () => ({ extraData: Uint8Array.of(1) })],
    ["TX_ROOT_MISMATCH", () => ({ txRoot: ZERO_HASH })],
  ];
  it.each(wrong)("types SPEC 13.3, 13.6: refuses %s and executes nothing", async (code, over) => {
    const parts = await openParts();
    const block = propose(parts, [tx.raw], over(parts));
    expect(await parts.execution.execute(block)).toEqual({ ok: false, code });
    expect(parts.executions()).toBe(0);
  });

  it("types SPEC 13.4, 13.5: refuses what the pool refuses", async () => {
    const parts = await openParts();
    expect(await parts.execution.execute(propose(parts, [tx.raw, tx.raw]))).toMatchObject({
      code: "DUPLICATE_TRANSACTION",
    });
    expect(await parts.execution.execute(propose(parts, [ethTx(admin, 1).raw]))).toMatchObject({
      code: "NONCE_NOT_NEXT",
    });
  });

  it("a transaction for which it refuses its own block leaves the pool; for a foreign block it stays", async () => {
    const parts = await openParts(makeGenesis(keyed.slice(0, 2)));
    const bad = ethTx(admin, 1);
    const good = groupTx(admin);
    await parts.pool.submit([ethTx(admin, 0).raw, bad.raw, good.raw], "client");
    const refused = { ok: false, code: "NONCE_NOT_NEXT", index: 1 };
    // One that came over the wire, whatever its header says.
    const foreign = [good.raw.slice(), bad.raw.slice()];
    for (const sealer of [1, 0]) {
      expect(await parts.execution.execute(propose(parts, foreign, { sealer }))).toEqual(refused);
    }
    expect(parts.pool.stats().pending).toBe(3);
    expect(await parts.execution.execute(propose(parts, [good.raw, bad.raw]))).toEqual(refused);
    expect(parts.pool.stats().pending).toBe(1);
  });

  it("refuses at the door what execution would not run, with the verifier's word", async () => {
    const parts = await openParts(makeGenesis(keyed.slice(0, 1), { txGasLimit: 5_000_000 }));
    const data = new Uint8Array(400_000).fill(1);
    const outcomes = await parts.pool.submit(
      [
        groupTx(admin, { to: null, data: data.subarray(0, 49_153), gas: 10_000_000n }),
        groupTx(admin, { data, gas: 100_000n }),
        groupTx(admin, { data, gas: 10_000_000n }),
        groupTx(admin, { value: 10n ** 18n + 1n }),
        groupTx(admin, { value: 10n ** 18n }),
      ].map(({ raw }) => raw),
      "client",
    );
    expect(outcomes.map((outcome) => outcome.ok || outcome.code)).toEqual([
      "INIT_CODE_TOO_LARGE",
      "INTRINSIC_GAS_TOO_LOW",
      "INTRINSIC_GAS_ABOVE_LIMIT",
      "BALANCE_TOO_LOW",
      true,
    ]);
  });

  it("does not take a known header's word for other transactions", async () => {
    const parts = await openParts();
    const block = propose(parts, [tx.raw]);
    await executed(parts, block);
    const forged = { header: block.header, transactions: [groupTx(admin, { value: 9n }).raw] };
    expect(await parts.execution.execute(forged)).toEqual({ ok: false, code: "TX_ROOT_MISMATCH" });
  });
});

describe("executing and committing", () => {
  it("judges and executes a proposal once, however often it is asked for", async () => {
    const parts = await openParts();
    const block = propose(parts, [groupTx(admin).raw]);
    const first = await hashOf(parts, block);
    expect(hex(await hashOf(parts, { ...block, transactions: [...block.transactions] }))).toBe(hex(first));
    await parts.execution.commit(first, certificate);
    expect(parts.chain.head().header.number).toBe(1);
    expect(parts.executions()).toBe(1);
  });

  it("commits the candidate of an early round after many others", async () => {
    const parts = await openParts();
    const early = await hashOf(parts, propose(parts, [groupTx(admin).raw]));
    for (let round = 1; round <= 20; round++)
      await executed(parts, propose(parts, [], { timestamp: 1_800_000_000_000 + round }));
    await parts.execution.commit(early, certificate);
    expect(hex(parts.chain.head().hash)).toBe(hex(early));
  });

  it("has nothing to commit when sync brought the block first", async () => {
    const [ours, theirs] = [await openParts(), await openParts()];
    const tx = groupTx(admin);
    const whole = await executed(theirs, propose(theirs, [tx.raw]));
    const hash = await hashOf(ours, propose(ours, [tx.raw]));
    expect(await ours.execution.importBlock(whole, certificate)).toEqual({ ok: true });
    await ours.execution.commit(hash, certificate);
    expect(await ours.execution.importBlock(whole, certificate)).toEqual({ ok: true });
    expect(ours.chain.head().header.number).toBe(1);
  });

  it("never lets consensus and sync disagree in silence", async () => {
    const parts = await openParts();
    const hash = await hashOf(parts, propose(parts, [groupTx(admin).raw]));
    const other = await openParts();
    const whole = await executed(other, propose(other, []));
    expect(await parts.execution.importBlock(whole, certificate)).toEqual({ ok: true });
    await expect(parts.execution.commit(hash, certificate)).rejects.toMatchObject({ code: "INVARIANT_BROKEN" });
  });

  it("drops committed transactions from the pool before anybody hears of the head", async () => {
    const parts = await openParts();
    const tx = groupTx(admin);
    await parts.pool.submit([tx.raw], "client");
    const seen: number[] = [];
    parts.chain.onCommitted(() => seen.push(parts.pool.stats().pending));
    await parts.execution.commit(await hashOf(parts, propose(parts, [tx.raw])), certificate);
    expect(seen).toEqual([0]);
  });
});

describe("importing a certified block", () => {
  const fields = ["stateRoot", "tablesRoot", "receiptRoot", "membersHash", "logsBloom", "gasUsed"] as const;
  it.each(fields)("types SPEC 13.7: refuses one whose %s is not what execution gives", async (field) => {
    const parts = await openParts();
    const other = await openParts();
    const whole = await executed(other, propose(other, [groupTx(admin).raw]));
    const value = field === "gasUsed" ? 1 : field === "logsBloom" ? new Uint8Array(256).fill(1) : ZERO_HASH;
    const forged = { ...whole, header: { ...whole.header, [field]: value } };
    expect(await parts.execution.importBlock(forged, certificate)).toEqual({
      ok: false,
      code: `ROOT_MISMATCH:${field}`,
    });
    expect(parts.chain.head().header.number).toBe(0);
    expect(await parts.execution.importBlock(whole, certificate)).toEqual({ ok: true });
  });

  it("refuses one that leaves a gap", async () => {
    const parts = await openParts();
    expect(await parts.execution.importBlock(propose(parts, [], { number: 2 }), certificate)).toEqual({
      ok: false,
      code: "WRONG_HEIGHT",
    });
  });
});
