import { assemble, deployer, type Instruction } from "@fb/compliance/evm";
import { addressOf, contractAddress, fromHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { TestChain } from "./chain.ts";
import { alice, balance, bob, carol, chainWith, GWEI, RICH, statuses, stranger, suite } from "./rich-chain.ts";

describe("SPEC 3.4: paying for gas", () => {
  const paying = { config: { chargeGas: true } };
  const coinbaseOf = (chain: TestChain, sealer: number) => addressOf(suite, fromHex(chain.members().sealers[sealer]!)!);

  it("with charging off costs nothing and shows price 0", async () => {
    const chain = await chainWith();
    const code = assemble("GASPRICE", 0, "SSTORE", "CALLER", "BALANCE", 1, "SSTORE");
    await chain.seal(chain.eth(alice, { data: code, gasPrice: 5n * GWEI }));
    expect(await balance(chain, alice.address)).toBe(RICH);
  });

  it("credits the sealer with what was used", async () => {
    const chain = await chainWith(paying);
    const executed = await chain.seal(
      chain.eth(alice, { to: bob.address, value: 1n, gasPrice: GWEI }),
      chain.group(bob, { to: carol.address, value: 1n, gasPrice: 2n * GWEI }),
    );
    const coinbase = coinbaseOf(chain, executed.header.sealer);
    expect(await balance(chain, coinbase)).toBe(21_000n * 3n * GWEI);
    expect(await balance(chain, alice.address)).toBe(RICH - 1n - 21_000n * GWEI);
    expect(await balance(chain, bob.address)).toBe(RICH - 21_000n * 2n * GWEI);
    expect((await chain.account(bob.address))!.nonce).toBe(0n);
  });

  it("of type 2 takes the priority fee, but demands the maximum", async () => {
    const chain = await chainWith(paying);
    const tx = (nonce: bigint, gasPrice: bigint) =>
      chain.eth(alice, { type: 2, to: bob.address, gasPrice, priorityFee: GWEI, nonce, gas: 21_000n });
    const executed = await chain.seal(tx(0n, 3n * GWEI), tx(1n, RICH));
    expect(statuses(executed)).toEqual(["ok", "notEnoughCash"]);
    expect(await balance(chain, alice.address)).toBe(RICH - 2n * 21_000n * GWEI);
  });

  it("is owed by failed transactions too", async () => {
    const chain = await chainWith(paying);
    await chain.seal(chain.eth(carol, { data: assemble("INVALID"), gas: 100_000n, gasPrice: GWEI }));
    expect(await balance(chain, carol.address)).toBe(RICH - 100_000n * GWEI);
  });

  it("SPEC 3.3: gives back a fifth of the gas used at most", async () => {
    const chain = await chainWith(paying);
    // Ten slots set to the size of the calldata.
    const code = assemble(...Array.from({ length: 10 }, (_, i): Instruction[] => ["CALLDATASIZE", i, "SSTORE"]).flat());
    const to = contractAddress(suite, alice.address, 0n);
    await chain.seal(chain.eth(alice, { data: deployer(code) }));
    await chain.seal(chain.eth(alice, { to, data: Uint8Array.of(1), nonce: 1n }));
    const { receipts } = await chain.seal(chain.eth(bob, { to, gasPrice: GWEI }));
    const used = 21_000 + 10 * 5_005;
    expect(receipts[0]!.gasUsed).toBe(used - used / 5);
    expect(await balance(chain, bob.address)).toBe(RICH - BigInt(used - used / 5) * GWEI);
  });

  it("neither makes nor destroys money", async () => {
    const chain = await chainWith(paying);
    const executed = await chain.seal(
      chain.eth(alice, { data: assemble("INVALID"), gas: 50_000n, gasPrice: 7n }),
      chain.eth(bob, { data: deployer(assemble("STOP")), value: 9n, gasPrice: 11n }),
      chain.group(carol, { to: stranger.address, value: 13n, gasPrice: 17n }),
    );
    const places = [alice, bob, carol, stranger].map((account) => account.address);
    places.push(contractAddress(suite, bob.address, 0n), coinbaseOf(chain, executed.header.sealer));
    let total = 0n;
    for (const place of places) total += await balance(chain, place);
    expect(total).toBe(3n * RICH);
  });
});
