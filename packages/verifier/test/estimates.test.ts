import { assemble, deployer, type Instruction } from "@fb/compliance/evm";
import { createEvm } from "@fb/evm";
import { encodeValues } from "@fb/precompiled";
import { createSeededRng } from "@fb/runtime/testing";
import {
  type AccessListItem,
  type Address,
  bigTo32,
  contractAddress,
  type EvmFork,
  fromHex,
  RECEIPT_STATUS,
  type SignedTransaction,
  toHex,
} from "@fb/types";
import { describe, expect, it } from "vitest";
import type { CallRequest } from "../src/index.ts";
import { richAlloc, testAccount, testSuite } from "./accounts.ts";
import { createTestChain, nextSite, type TestChain } from "./chain.ts";
import { ADMINS, mixedBlocks, SENDERS } from "./mixed-transactions.ts";
import { compileToken } from "./token.ts";

const suite = await testSuite();
const alice = testAccount(suite, 0);
const CONFIG = fromHex("1000".padStart(40, "0"))!;
const GWEI = 10n ** 9n;

/** The receipt of one transaction of these fields in the next block. */
async function executed(chain: TestChain, signed: SignedTransaction, gas: bigint) {
  const tx = { ...signed.tx, gas };
  const result = await chain.verifier.executeBlock({ ...chain.propose([tx.raw]), txs: [{ ...signed, tx }] });
  return result.receipts[0]!;
}

const requestOf = ({ tx, sender }: SignedTransaction): CallRequest => ({
  from: sender,
  to: tx.to,
  data: tx.data,
  value: tx.value,
  gasPrice: tx.gasPrice,
  priorityFee: tx.priorityFee,
  accessList: tx.accessList,
});

async function estimated(chain: TestChain, request: CallRequest): Promise<bigint> {
  const estimate = await chain.caller.estimateGas(request, nextSite(chain));
  if (!estimate.ok) throw new TypeError(`no estimate: ${estimate.status}`);
  return estimate.gas;
}

describe("SPEC 5.3: an estimate", () => {
  it("counts the access list", async () => {
    const chain = await createTestChain({ alloc: richAlloc(suite, 1) });
    const accessList = [{ address: alice.address, slots: [bigTo32(0n)] }];
    expect(await estimated(chain, { from: alice.address, to: alice.address, accessList })).toBe(0x62d4n);
  });

  it("is of the height at which a governance call can run", async () => {
    const chain = await createTestChain({ alloc: richAlloc(suite, 1), admins: [alice.address] });
    const selector = suite.hash(new TextEncoder().encode("setValueByKey(string,string)")).subarray(0, 4);
    const data = Uint8Array.from([...selector, ...encodeValues(["string", "string"], ["tx_count_limit", "7"])]);
    for (let nonce = 0n; chain.head().header.number < 11; nonce++) {
      const gas = await estimated(chain, { from: alice.address, to: CONFIG, data });
      const { receipts } = await chain.seal(chain.eth(alice, { nonce, to: CONFIG, data, gas }));
      expect([chain.head().header.number, receipts[0]!.status]).toEqual([chain.head().header.number, 0]);
    }
  });

  it("sees the next block, the price that is paid and the nonce it is given", async () => {
    const taken = contractAddress(suite, alice.address, 9n);
    const alloc = richAlloc(suite, 1).set(toHex(taken), { balance: 0n, code: assemble("STOP") });
    const chain = await createTestChain({ alloc, config: { chargeGas: true } });
    const checked = assemble(2, "NUMBER", "EQ", 3, "GASPRICE", "EQ", "AND", 13, "JUMPI", "INVALID", "JUMPDEST");
    await chain.seal(chain.eth(alice, { data: deployer(checked), gas: 1_000_000n }));
    const to = contractAddress(suite, alice.address, 0n);
    const request = { from: alice.address, to, gasPrice: 5n, priorityFee: 3n };
    const gas = await estimated(chain, request);
    const creation = { from: alice.address, to: null, data: assemble("STOP") };
    expect(await estimated(chain, creation)).toBeLessThan(60_000n);
    expect(await chain.caller.estimateGas({ ...creation, nonce: 9n }, nextSite(chain))).toMatchObject({
      ok: false,
      status: RECEIPT_STATUS.addressAlreadyUsed,
    });
    const { receipts } = await chain.seal(chain.eth(alice, { type: 2, ...request, nonce: 1n, gas }));
    expect(receipts[0]!.status).toBe(RECEIPT_STATUS.ok);
    expect((await chain.caller.estimateGas(request, nextSite(chain))).ok).toBe(false);
  });

  it("says what the transaction would be refused for", async () => {
    const chain = await createTestChain({ alloc: richAlloc(suite, 1, 10n ** 6n), config: { chargeGas: true } });
    const estimate = (request: Partial<CallRequest>) =>
      chain.caller.estimateGas({ from: alice.address, to: alice.address, ...request }, nextSite(chain));
    expect(await estimate({ value: 10n ** 7n })).toMatchObject({ ok: false, status: RECEIPT_STATUS.notEnoughCash });
    expect(await estimate({ gasPrice: GWEI })).toMatchObject({ ok: false, status: RECEIPT_STATUS.notEnoughCash });
    // Its balance pays for so much gas and no more.
    expect(await estimate({ gasPrice: 40n })).toEqual({ ok: true, gas: 21_000n });
    const tooLong = { to: null, data: new Uint8Array(49_153) };
    expect(await estimate(tooLong)).toMatchObject({ ok: false, status: RECEIPT_STATUS.initCodeSizeLimit });
  });
});

/** Straight-line code that does not look at its gas and ends with a log dear enough for the last SSTORE's reserve. */
function straightCode(rng: ReturnType<typeof createSeededRng>): Uint8Array {
  const { below } = rng;
  const steps: readonly (() => Instruction[])[] = [
    () => [below(3), below(4), "SSTORE"],
    () => [below(4), "SLOAD", "POP"],
    () => [below(2_000), "MLOAD", "POP"],
    () => [below(500), below(500), "LOG0"],
    () => ["CALLER", "BALANCE", "POP"],
    () => [below(2 ** 30), "EXTCODESIZE", "POP"],
    () => [below(300), 0, "KECCAK256", "POP"],
  ];
  const code = Array.from({ length: below(8) }, () => steps[below(steps.length)]!()).flat();
  return assemble(...code, 400, 0, "LOG0");
}

describe("a transaction with its estimate as gas", () => {
  it.each<EvmFork>(["cancun", "prague"])("succeeds, with one less it fails: straight code on %s", async (evmFork) => {
    for (let seed = 1; seed <= 40; seed++) {
      const rng = createSeededRng(seed);
      const chain = await createTestChain({
        alloc: richAlloc(suite, 2),
        config: { evmFork, chargeGas: seed % 2 === 0 },
      });
      await chain.seal(chain.eth(alice, { data: deployer(straightCode(rng)), gas: 5_000_000n }));
      const code = contractAddress(suite, alice.address, 0n);
      for (let i = 0; i < 5; i++) {
        const to: Address | null = [code, code, testAccount(suite, 9).address, null][rng.below(4)]!;
        const data = to === null ? deployer(straightCode(rng)) : rng.bytes(rng.below(3) * 100);
        const listed: AccessListItem[] = [{ address: code, slots: [bigTo32(BigInt(rng.below(4)))] }];
        const type = rng.below(3) as 0 | 1 | 2;
        const accessList = type === 0 ? [] : listed.slice(rng.below(2));
        const fields = { type, to, data, value: to === code ? 0n : BigInt(rng.below(2)), accessList, nonce: 1n };
        const { txs } = chain.propose([chain.eth(alice, { ...fields, gasPrice: BigInt(rng.below(3)) * GWEI })]);
        const gas = await estimated(chain, requestOf(txs[0]!));
        expect([seed, i, (await executed(chain, txs[0]!, gas)).status]).toEqual([seed, i, RECEIPT_STATUS.ok]);
        expect([seed, i, (await executed(chain, txs[0]!, gas - 1n)).status]).not.toEqual([seed, i, RECEIPT_STATUS.ok]);
      }
    }
  });

  it("succeeds whatever it does, and what has no estimate fails with any gas", { timeout: 60_000 }, async () => {
    const admins = Array.from({ length: ADMINS }, (_, i) => testAccount(suite, i).address);
    const config = { chargeGas: true, txGasLimit: 3_000_000 };
    const evm = await createEvm({ suite });
    const chain = await createTestChain({ alloc: richAlloc(suite, SENDERS), admins, config, evm });
    const sizes = { seed: 11, blocks: 5, size: 120 };
    let estimates = 0;
    for (const raws of mixedBlocks(suite, chain, compileToken(), sizes)) {
      for (const signed of chain.propose(raws).txs) {
        const account = await chain.account(signed.sender);
        const next = { ...signed, tx: { ...signed.tx, nonce: account?.nonce ?? 0n } };
        const estimate = await chain.caller.estimateGas(requestOf(next), nextSite(chain));
        const gas = estimate.ok ? estimate.gas : BigInt(chain.config.txGasLimit);
        const { status } = await executed(chain, next, gas);
        expect([estimate, status === RECEIPT_STATUS.ok]).toEqual([estimate, estimate.ok]);
        if (estimate.ok) estimates++;
      }
      await chain.seal(...raws);
    }
    expect(estimates).toBeGreaterThan(300);
  });
});
