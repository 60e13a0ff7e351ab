import {
  type Address,
  contractAddress,
  type Evm,
  equalBytes,
  headerHash,
  proposalId,
  type Receipt,
  type StateType,
  toHex,
} from "@fb/types";
import { assemble, deployer, type Instruction } from "@fb/types/testing";
import { describe, expect, it } from "vitest";
import type { ExecutedBlock, ExecutionContext } from "../src/index.ts";
import { createTestChain, richAlloc, type TestChain, testAccount, testSuite } from "./chain.ts";

const suite = await testSuite();
const accounts = Array.from({ length: 50 }, (_, i) => testAccount(suite, i));
const STATES: readonly StateType[] = ["storage", "mpt"];

/** Adds the calldata's first word to slot 0, logs it, calls itself once with less gas. */
const COUNTER = assemble(0, "CALLDATALOAD", 0, "SLOAD", "ADD", 0, "SSTORE", 0, "CALLDATALOAD", 0, 0, "LOG1");

async function chainWithCounter(state: StateType): Promise<{ chain: TestChain; counter: Address }> {
  const chain = await createTestChain({ state, alloc: richAlloc(suite, accounts.length) });
  await chain.seal(chain.eth(accounts[0]!, { data: deployer(COUNTER) }));
  return { chain, counter: contractAddress(suite, accounts[0]!.address, 0n) };
}

/** A mixed block: transfers, calls, deployments, reverts and bad nonces of both families. */
function mixed(chain: TestChain, counter: Address, count: number, everyCall: number): Uint8Array[] {
  const nonces = accounts.map((_, i) => (i === 0 ? 1n : 0n));
  return Array.from({ length: count }, (_, i) => {
    const at = i % accounts.length;
    const from = accounts[at]!;
    const to = accounts[(at * 7 + i) % accounts.length]!.address;
    const word = new Uint8Array(32).fill(i % 251, 31);
    if (i % everyCall === 1) return chain.group(from, { nonce: BigInt(i), to: counter, data: word });
    const nonce = nonces[at]!++;
    if (i % everyCall === 2) return chain.eth(from, { type: 2, to: counter, data: word, nonce });
    if (i % 97 === 3) return chain.eth(from, { data: deployer(assemble("STOP")), nonce });
    if (i % 89 === 4) return chain.eth(from, { data: assemble(0, 0, "REVERT"), nonce });
    return chain.eth(from, { to, value: BigInt(i), nonce });
  });
}

function context(chain: TestChain): ExecutionContext {
  return { members: chain.members(), config: chain.config };
}

function summary(executed: ExecutedBlock): string {
  return `${toHex(executed.hash)} ${toHex(executed.header.stateRoot)} ${toHex(executed.header.tablesRoot)}`;
}

describe.each(STATES)("determinism over %s", (state) => {
  it("a block executes to the same hash again, with cold caches too", async () => {
    const { chain, counter } = await chainWithCounter(state);
    const { block, txs } = chain.propose(mixed(chain, counter, 300, 5));
    const first = await chain.verifier.executeBlock(chain.head(), context(chain), block, txs);
    const again = await chain.verifier.executeBlock(chain.head(), context(chain), block, txs);
    const cold = await (await chain.reopen()).executeBlock(chain.head(), context(chain), block, txs);
    expect(summary(again)).toBe(summary(first));
    expect(summary(cold)).toBe(summary(first));
    expect(headerHash(suite, first.header)).toEqual(first.hash);
    expect(first.proposalId).toEqual(proposalId(suite, block.header));
    expect(
      await chain.verifier.verify(chain.head(), context(chain), { ...block, header: first.header }, txs),
    ).toMatchObject({
      ok: true,
    });
  });

  it("a header that claims anything else is refused with the field", async () => {
    const { chain, counter } = await chainWithCounter(state);
    const { block, txs } = chain.propose(mixed(chain, counter, 20, 5));
    const { header } = await chain.verifier.executeBlock(chain.head(), context(chain), block, txs);
    const refused = async (change: object) =>
      chain.verifier.verify(chain.head(), context(chain), { ...block, header: { ...header, ...change } }, txs);
    const other = new Uint8Array(32).fill(1);
    for (const field of ["stateRoot", "tablesRoot", "txRoot", "receiptRoot", "membersHash"]) {
      expect(await refused({ [field]: other })).toEqual({ ok: false, code: "ROOT_MISMATCH", field });
    }
    expect(await refused({ logsBloom: new Uint8Array(256) })).toMatchObject({
      code: "ROOT_MISMATCH",
      field: "logsBloom",
    });
    expect(await refused({ gasUsed: header.gasUsed + 1 })).toMatchObject({ code: "ROOT_MISMATCH", field: "gasUsed" });
    for (const [field, value] of Object.entries({
      number: header.number + 1,
      parentHash: other,
      timestamp: chain.head().header.timestamp,
      gasLimit: header.gasLimit + 1,
      sealer: chain.members().sealers.length,
    })) {
      expect(await refused({ [field]: value })).toEqual({ ok: false, code: "HEADER_INVALID", field });
    }
    const proposal = { ...block, header: { ...block.header, number: 99 } };
    await expect(chain.verifier.executeBlock(chain.head(), context(chain), proposal, txs)).rejects.toMatchObject({
      code: "EXECUTION_INPUT_INVALID",
    });
  });

  it("a block over a parent that is not durable yet equals one over the durable parent", async () => {
    const { chain, counter } = await chainWithCounter(state);
    const head = chain.head();
    const [alice] = accounts;
    const store = assemble("NUMBER", 1, "SUB", "BLOCKHASH", 1, "SSTORE");
    const first = await chain.execute(mixed(chain, counter, 60, 3));
    const nonce = BigInt(
      first.txs.filter(({ tx, sender }) => tx.group === null && equalBytes(sender, alice!.address)).length + 1,
    );
    const raws = [
      chain.eth(alice!, { data: store, nonce }),
      chain.group(alice!, { nonce: 999n, to: counter, data: new Uint8Array(32).fill(9) }),
    ];
    const { block, txs } = chain.propose(raws, first);
    const early = await chain.verifier.executeBlock(first, { ...context(chain), pending: [first] }, block, txs);
    expect(chain.head()).toBe(head);
    await chain.commit(first);
    const late = await chain.verifier.executeBlock(chain.head(), context(chain), block, txs);
    expect(early.receipts.map((receipt) => receipt.status)).toEqual([0, 0]);
    expect(summary(early)).toBe(summary(late));
  });
});

it("both world states agree on everything but the state root", async () => {
  const executed: ExecutedBlock[] = [];
  for (const state of STATES) {
    const { chain, counter } = await chainWithCounter(state);
    executed.push(await chain.seal(...mixed(chain, counter, 200, 4)));
  }
  const [storage, mpt] = executed;
  expect(mpt!.receipts).toEqual(storage!.receipts);
  expect(mpt!.stateChanges).toEqual(storage!.stateChanges);
  for (const field of ["tablesRoot", "txRoot", "receiptRoot", "membersHash", "logsBloom", "gasUsed"] as const) {
    expect(mpt!.header[field]).toEqual(storage!.header[field]);
  }
});

it("5,000 mixed transactions: every receipt, exact balances, no promise for what is in memory", async () => {
  const { chain, counter } = await chainWithCounter("storage");
  const raws = mixed(chain, counter, 5_000, 50);
  const executed = await chain.seal(...raws);
  const { receipts, header } = executed;
  expect(receipts.length).toBe(5_000);
  expect(receipts.at(-1)!.cumulativeGasUsed).toBe(header.gasUsed);
  expect(receipts.filter((receipt: Receipt) => receipt.status !== 0).length).toBe(
    raws.filter((_, i) => i % 50 !== 1 && i % 50 !== 2 && i % 97 !== 3 && i % 89 === 4).length,
  );
  let total = 0n;
  for (const { address } of accounts) total += (await chain.account(address))!.balance;
  expect(total).toBe(10n ** 21n * BigInt(accounts.length));
  const logs = receipts.flatMap((receipt) => receipt.logs);
  expect(logs.length).toBe(200);
});

describe("a failure that no transaction can cause", () => {
  const broken = (error: unknown): Evm => ({
    name: "broken",
    execute() {
      throw error;
    },
  });

  it("rejects with EXECUTION_FAILED and changes nothing", async () => {
    const evm = broken(new TypeError("a bug"));
    const chain = await createTestChain({ evm, alloc: richAlloc(suite, 1) });
    const program: Instruction[] = ["STOP"];
    const head = chain.head();
    await expect(chain.execute([chain.eth(accounts[0]!, { data: assemble(...program) })])).rejects.toMatchObject({
      code: "EXECUTION_FAILED",
    });
    expect(chain.head()).toBe(head);
    expect((await chain.account(accounts[0]!.address))!.nonce).toBe(0n);
  });
});
