import { assemble, deployer, type Instruction } from "@fb/compliance/evm";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import { bytesToBig, contractAddress, type Evm, FbError, RECEIPT_STATUS, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { richAlloc, testAccount, testSuite } from "./accounts.ts";
import { callSite, createTestChain, nextSite, type TestChain } from "./chain.ts";

const suite = await testSuite();
const alice = testAccount(suite, 0);
const bob = testAccount(suite, 1);
const RETURN: Instruction[] = [0, "MSTORE", 32, 0, "RETURN"];

async function chainWith(code: Uint8Array, evm?: Evm): Promise<{ chain: TestChain; to: Uint8Array }> {
  const chain = await createTestChain({ alloc: richAlloc(suite, 2), ...(evm === undefined ? {} : { evm }) });
  await chain.seal(chain.eth(alice, { data: deployer(code), gas: 10_000_000n }));
  return { chain, to: contractAddress(suite, alice.address, 0n) };
}

const ENGINES = [
  { name: "wasm", evm: await createEvm({ suite }) },
  { name: "reference", evm: await createReferenceEvm(suite) },
];

describe("SPEC 5.1: a call", () => {
  it("answers without changing anything", async () => {
    const { chain, to } = await chainWith(assemble(1, 0, "SLOAD", "ADD", 0, "SSTORE", 0, "SLOAD", ...RETURN));
    for (let i = 0; i < 2; i++) {
      const { status, output, gasUsed } = await chain.caller.call({ to }, callSite(chain));
      expect(status).toBe(RECEIPT_STATUS.ok);
      expect(bytesToBig(output)).toBe(1n);
      expect(gasUsed).toBeGreaterThan(43_000n);
    }
  });

  it("sees the block it is asked about", async () => {
    const { chain, to } = await chainWith(assemble(0, "SLOAD", "NUMBER", 0, "SSTORE", ...RETURN));
    const early = chain.head();
    await chain.seal(chain.eth(bob, { to }));
    const at = async (head: typeof early) =>
      bytesToBig((await chain.caller.call({ to }, callSite(chain, head))).output);
    expect(await at(early)).toBe(0n);
    expect(await at(chain.head())).toBe(2n);
  });

  it("returns revert data, errors and the code of a creation", async () => {
    const { chain } = await chainWith(assemble("STOP"));
    const create = (data: Uint8Array) => chain.caller.call({ from: bob.address, to: null, data }, callSite(chain));
    expect(await create(assemble(0x2a, 0, "MSTORE", 32, 0, "REVERT"))).toMatchObject({ status: RECEIPT_STATUS.revert });
    expect(bytesToBig((await create(assemble(0x2a, 0, "MSTORE", 32, 0, "REVERT"))).output)).toBe(0x2an);
    expect((await create(assemble("INVALID"))).status).toBe(RECEIPT_STATUS.badInstruction);
    expect((await create(deployer(assemble("CALLER")))).output).toEqual(assemble("CALLER"));
  });

  it("needs its value but no gas money, and takes the gas it is given", async () => {
    const { chain, to } = await chainWith(assemble("GAS", ...RETURN));
    const poor = testAccount(suite, 9).address;
    expect((await chain.caller.call({ from: poor, to }, callSite(chain))).status).toBe(RECEIPT_STATUS.ok);
    expect((await chain.caller.call({ from: poor, to, value: 1n }, callSite(chain))).status).toBe(
      RECEIPT_STATUS.notEnoughCash,
    );
    expect((await chain.caller.call({ from: bob.address, to, value: 1n }, callSite(chain))).status).toBe(
      RECEIPT_STATUS.ok,
    );
    expect(bytesToBig((await chain.caller.call({ to, gas: 50_000n }, callSite(chain))).output)).toBe(28_998n);
    expect(await chain.caller.call({ to, gas: 20_000n }, callSite(chain))).toMatchObject({
      status: RECEIPT_STATUS.outOfGasIntrinsic,
      gasUsed: 20_000n,
    });
    const most = bytesToBig((await chain.caller.call({ to, gas: 2n ** 60n }, callSite(chain))).output);
    expect(most).toBe(BigInt(chain.config.txGasLimit) - 21_002n);
  });

  it("ends when it is aborted", async () => {
    const { chain, to } = await chainWith(assemble("JUMPDEST", 0, "JUMP"));
    const controller = new AbortController();
    const call = chain.caller.call({ to }, callSite(chain), { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    await expect(call).rejects.toMatchObject({ code: "CALL_ABORTED" });
  });

  it.each(ENGINES)(
    "pauses while it works, on the $name engine, and rejects with what a pause rejects with",
    async ({ evm }) => {
      const { chain, to } = await chainWith(assemble("JUMPDEST", 0, "JUMP"), evm);
      const fault = new FbError("ENOUGH", "seen enough");
      let pauses = 0;
      const pause = async () => {
        if (++pauses === 3) throw fault;
      };
      await expect(chain.caller.call({ to }, callSite(chain), { pause })).rejects.toBe(fault);
      await expect(
        chain.caller.estimateGas({ to }, nextSite(chain), { pause: () => Promise.reject(fault) }),
      ).rejects.toBe(fault);
    },
  );

  it("rejects with what the state and the hashes reject with", async () => {
    const { chain, to } = await chainWith(assemble(7, "SLOAD", 0, "BLOCKHASH", ...RETURN));
    const fault = new FbError("STATE_NOT_KEPT", "gone");
    const { view } = callSite(chain);
    const gone = {
      height: view.height,
      peekAccount: (address: string) => view.peekAccount(address),
      peekCode: (hash: string) => view.peekCode(hash),
      peekSlot: () => undefined,
      load: () => Promise.reject(fault),
    };
    await expect(chain.caller.call({ to }, { ...callSite(chain), view: gone })).rejects.toBe(fault);
    const blockHash = () => {
      throw fault;
    };
    await expect(chain.caller.call({ to }, { ...callSite(chain), blockHash })).rejects.toBe(fault);
  });
});

describe("estimateGas", () => {
  it("is exact for a transfer", async () => {
    const { chain } = await chainWith(assemble("STOP"));
    const estimate = await chain.caller.estimateGas(
      { from: alice.address, to: bob.address, value: 1n },
      nextSite(chain),
    );
    expect(estimate).toEqual({ ok: true, gas: 21_000n });
  });

  it.each<[string, Uint8Array, Uint8Array]>([
    ["a refund", assemble(1, 0, "SSTORE", 0, 0, "SSTORE"), new Uint8Array(0)],
    [
      "a call that keeps gas back",
      assemble(
        ...([0, 0, 0, 0, 0, "CALLER", "GAS", "CALL"] as Instruction[]),
        ...Array.from({ length: 5 }, (_, i): Instruction[] => [1, i, "SSTORE"]).flat(),
      ),
      new Uint8Array(0),
    ],
    [
      "a demand for gas left over",
      assemble("GAS", 700_000, "GT", 10, "JUMPI", "STOP", "JUMPDEST", "INVALID"),
      new Uint8Array(0),
    ],
    ["calldata", assemble("STOP"), new Uint8Array(500).fill(1)],
  ])("suffices with %s", async (_, code, data) => {
    const { chain, to } = await chainWith(code);
    const request = { from: bob.address, to, data };
    const estimate = await chain.caller.estimateGas(request, nextSite(chain));
    expect(estimate.ok).toBe(true);
    if (!estimate.ok) return;
    const attempt = async (gas: bigint) => (await chain.caller.call({ ...request, gas }, callSite(chain))).status;
    expect(await attempt(estimate.gas)).toBe(RECEIPT_STATUS.ok);
    expect(await attempt((estimate.gas * 97n) / 100n)).not.toBe(RECEIPT_STATUS.ok);
  });

  it("tells why nothing suffices", async () => {
    const { chain, to } = await chainWith(assemble(7, 0, "MSTORE", 32, 0, "REVERT"));
    const estimate = await chain.caller.estimateGas({ to }, nextSite(chain));
    expect(estimate).toMatchObject({ ok: false, status: RECEIPT_STATUS.revert });
    if (!estimate.ok) expect(toHex(estimate.output)).toBe("7".padStart(64, "0"));
  });
});
