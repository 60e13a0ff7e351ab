import type { CompiledContract } from "@fb/testkit/solidity";
import { type Address, fromHex, InvariantError, RECEIPT_STATUS, type StateType, toHex } from "@fb/types";
import { getAddress, Interface } from "ethers";
import { beforeAll, describe, expect, it } from "vitest";
import { richAlloc, testAccount, testSuite } from "./accounts.ts";
import { callSite, createTestChain, nextSite, type TestChain } from "./chain.ts";
import { compileToken } from "./token.ts";

const suite = await testSuite();
const [owner, alice, bob] = [0, 1, 2].map((index) => testAccount(suite, index)) as [
  ReturnType<typeof testAccount>,
  ReturnType<typeof testAccount>,
  ReturnType<typeof testAccount>,
];
const SUPPLY = 10n ** 24n;

let token: CompiledContract;
let abi: Interface;
beforeAll(() => {
  token = compileToken();
  abi = new Interface(token.abi);
});

function encode(name: string, ...args: unknown[]): Uint8Array {
  return fromHex(abi.encodeFunctionData(name, args))!;
}

const hex = (address: Address) => `0x${toHex(address)}`;

describe.each<StateType>(["storage", "mpt"])("OpenZeppelin ERC-20 over %s", (state) => {
  let chain: TestChain;
  let contract: Address;

  const balanceOf = async (holder: Address): Promise<bigint> => {
    const { status, output } = await chain.caller.call(
      { to: contract, data: encode("balanceOf", hex(holder)) },
      callSite(chain),
    );
    expect(status).toBe(RECEIPT_STATUS.ok);
    return BigInt(`0x${toHex(output)}`);
  };

  beforeAll(async () => {
    chain = await createTestChain({ state, alloc: richAlloc(suite, 3) });
    const data = fromHex(token.bytecode + abi.encodeDeploy(["Coin", "COIN", SUPPLY]).slice(2))!;
    const { receipts } = await chain.seal(chain.eth(owner, { data, gas: 5_000_000n }));
    expect(receipts[0]!.status).toBe(0);
    contract = receipts[0]!.contractAddress!;
  });

  it("mints in its constructor and transfers", async () => {
    expect(await balanceOf(owner.address)).toBe(SUPPLY);
    const transfer = chain.eth(owner, {
      type: 2,
      to: contract,
      nonce: 1n,
      data: encode("transfer", hex(alice.address), 1_000n),
    });
    const { receipts, header } = await chain.seal(transfer);
    const event = abi.parseLog({
      topics: receipts[0]!.logs[0]!.topics.map((topic) => `0x${toHex(topic)}`),
      data: `0x${toHex(receipts[0]!.logs[0]!.data)}`,
    })!;
    expect(event.name).toBe("Transfer");
    expect([...event.args]).toEqual([getAddress(hex(owner.address)), getAddress(hex(alice.address)), 1_000n]);
    expect(header.logsBloom.some((byte) => byte !== 0)).toBe(true);
    expect(await balanceOf(alice.address)).toBe(1_000n);
  });

  it("approves and spends over several transactions of one block, in both families", async () => {
    const { receipts } = await chain.seal(
      chain.eth(alice, { to: contract, data: encode("approve", hex(bob.address), 600n) }),
      chain.group(bob, {
        nonce: 1n,
        to: contract,
        data: encode("transferFrom", hex(alice.address), hex(bob.address), 400n),
      }),
      chain.group(bob, {
        nonce: 2n,
        to: contract,
        data: encode("transferFrom", hex(alice.address), hex(bob.address), 400n),
      }),
      chain.eth(bob, { to: contract, data: encode("transferFrom", hex(alice.address), hex(bob.address), 200n) }),
    );
    expect(receipts.map((receipt) => receipt.status)).toEqual([0, 0, 22, 0]);
    expect(abi.parseError(receipts[2]!.output)!.name).toBe("ERC20InsufficientAllowance");
    expect(await balanceOf(alice.address)).toBe(400n);
    expect(await balanceOf(bob.address)).toBe(600n);
  });

  it("estimates a gas limit that suffices, and explains why it cannot", async () => {
    const site = nextSite(chain);
    const request = { from: owner.address, to: contract, data: encode("transfer", hex(bob.address), 5n) };
    const estimate = await chain.caller.estimateGas(request, site);
    if (!estimate.ok) throw new InvariantError("no estimate");
    const { receipts } = await chain.seal(chain.eth(owner, { ...request, nonce: 2n, gas: estimate.gas }));
    expect(receipts[0]!.status).toBe(0);
    expect(Number(estimate.gas)).toBeLessThan(receipts[0]!.gasUsed * 1.05);
    const hopeless = await chain.caller.estimateGas({ ...request, from: testAccount(suite, 9).address }, site);
    expect(hopeless).toMatchObject({ ok: false, status: RECEIPT_STATUS.revert });
    if (!hopeless.ok) expect(abi.parseError(hopeless.output)!.name).toBe("ERC20InsufficientBalance");
  });
});
