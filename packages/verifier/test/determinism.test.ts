import { assemble, deployer, type Instruction } from "@fb/compliance/evm";
import {
  type Address,
  contractAddress,
  type Evm,
  headerHash,
  proposalId,
  type Receipt,
  type StateType,
  toHex,
} from "@fb/types";
import { describe, expect, it } from "vitest";
import type { ExecutedBlock } from "../src/index.ts";
import { richAlloc, testAccount, testSuite } from "./accounts.ts";
import { createTestChain, type TestChain } from "./chain.ts";

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

function summary(executed: ExecutedBlock): string {
  return `${toHex(executed.hash)} ${toHex(executed.header.stateRoot)} ${toHex(executed.header.tablesRoot)}`;
}

describe.each(STATES)("determinism over %s", (state) => {
  it("a block executes to the same hash again, with cold caches too", async () => {
    const { chain, counter } = await chainWithCounter(state);
    const proposal = chain.propose(mixed(chain, counter, 300, 5));
    const first = await chain.verifier.executeBlock(proposal);
    const again = await chain.verifier.executeBlock(proposal);
    const cold = await (await chain.reopen()).executeBlock(proposal);
    expect(summary(again)).toBe(summary(first));
    expect(summary(cold)).toBe(summary(first));
    expect(headerHash(suite, first.header)).toEqual(first.hash);
    expect(proposalId(suite, first.header)).toEqual(proposalId(suite, proposal.block.header));
    const block = { ...proposal.block, header: first.header };
    expect(await chain.verifier.verify({ ...proposal, block })).toMatchObject({ ok: true });
  });

  it("SPEC 1.3, 1.4: a header that claims anything else is refused with the field", async () => {
    const { chain, counter } = await chainWithCounter(state);
    const proposal = chain.propose(mixed(chain, counter, 20, 5));
    const { header } = await chain.verifier.executeBlock(proposal);
    const verify = (change: object) =>
      chain.verifier.verify({ ...proposal, block: { ...proposal.block, header: { ...header, ...change } } });
    const other = new Uint8Array(32).fill(1);
    for (const field of ["stateRoot", "tablesRoot", "txRoot", "receiptRoot", "membersHash"]) {
      expect(await verify({ [field]: other })).toEqual({ ok: false, code: "ROOT_MISMATCH", field });
    }
    expect(await verify({ logsBloom: new Uint8Array(256) })).toMatchObject({
      code: "ROOT_MISMATCH",
      field: "logsBloom",
    });
    expect(await verify({ gasUsed: header.gasUsed + 1 })).toMatchObject({ code: "ROOT_MISMATCH", field: "gasUsed" });
  });

  it("SPEC 1.4: what breaks a rule of headers, or comes without its transactions, is not executed", async () => {
    const { chain } = await chainWithCounter(state);
    const proposal = chain.propose([chain.eth(accounts[1]!, { to: accounts[2]!.address })]);
    const header = { ...proposal.block.header, number: 99 };
    for (const wrong of [{ block: { ...proposal.block, header } }, { txs: [] }]) {
      const executing = chain.verifier.executeBlock({ ...proposal, ...wrong });
      await expect(executing).rejects.toMatchObject({ code: "EXECUTION_INPUT_INVALID" });
    }
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
