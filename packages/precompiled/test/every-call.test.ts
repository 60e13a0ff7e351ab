import { EMPTY, fromHex, toHex } from "@fb/types";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { decodeError, SYSTEM_GAS } from "../src/index.ts";
import { ADMIN, CNS, CONFIG, CONSENSUS, contracts, encode, node, TestGroup, text, USER } from "./group.ts";

let group: TestGroup;
beforeEach(() => {
  group = new TestGroup();
});

describe("every system contract", () => {
  const input = encode(CONSENSUS, "addSealer", node("d"));

  it("has its address", () => {
    expect(contracts.addresses.map((address) => address.slice(36))).toEqual([
      "1000",
      "1001",
      "1002",
      "1003",
      "1004",
      "1005",
      "1010",
    ]);
    expect(contracts.has(toHex(CONFIG))).toBe(true);
    expect(contracts.has(`${"0".repeat(36)}1006`)).toBe(false);
  });

  it.each([
    ["DELEGATECALL and CALLCODE", { isDelegated: true }, "refuse DELEGATECALL"],
    ["value", { value: 1n }, "take no value"],
    ["writes under STATICCALL", { isStatic: true }, "static call may not write"],
    ["arguments it cannot decode", { input: input.subarray(0, 40) }, "bad arguments of addSealer(string)"],
  ])("SPEC 1.1, 1.2: refuses %s", async (_, fields, reason) => {
    const outcome = await group.call({ address: CONSENSUS, input, ...fields });
    expect(outcome.error).toBe("REVERT");
    expect(decodeError(outcome.output)).toContain(reason);
    expect(outcome.gasUsed).toBeLessThan(3_000n);
    expect(group.overlay.batch()).toEqual([]);
    expect(group.loads).toEqual([]);
  });

  it("answers reads under STATICCALL", async () => {
    const outcome = await group.call({
      address: CONFIG,
      input: encode(CONFIG, "getValueByKey", "tx_count_limit"),
      isStatic: true,
    });
    expect(outcome.error).toBeNull();
  });

  it.each([EMPTY, Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3, 4)])(
    "SPEC 1.3: answers -50101 to functions it does not have",
    async (unknown) => {
      for (const address of contracts.addresses.map((hex) => fromHex(hex)!)) {
        const { error, output } = await group.call({ address, input: unknown });
        expect(error).toBeNull();
        expect(BigInt.asIntN(256, BigInt(`0x${toHex(output)}`))).toBe(-50101n);
      }
    },
  );

  it("SPEC 2.3: runs out of gas at every step without an effect that pays for itself", async () => {
    const { gasUsed, error } = await group.call({ address: CONSENSUS, input });
    expect(error).toBeNull();
    for (let gas = 0n; gas < gasUsed; gas += 997n) {
      const mark = group.overlay.savepoint();
      const outcome = await group.call({ address: CONSENSUS, input: encode(CONSENSUS, "addSealer", node("e")), gas });
      expect(outcome).toMatchObject({ error: "OUT_OF_GAS", gasUsed: gas, output: EMPTY, logs: [] });
      group.overlay.revertTo(mark);
    }
    expect(
      (
        await group.call({
          address: CONSENSUS,
          input: encode(CONSENSUS, "addSealer", node("e")),
          gas: gasUsed + 1_000n,
        })
      ).error,
    ).toBeNull();
  });

  it("SPEC 2.1: texts that lie in the same bytes are paid for one by one, before they are read", async () => {
    const long = "x".repeat(32_000);
    const apart = encode(CNS, "insert", "", "", "", long);
    // All four offsets lead to the last text.
    const shared = apart.slice();
    for (let i = 0; i < 3; i++) shared.set(apart.subarray(4 + 3 * 32, 4 + 4 * 32), 4 + i * 32);
    const used = async (input: Uint8Array, gas = 1_000_000n) =>
      (await group.call({ address: CNS, input, gas })).gasUsed;
    const words = SYSTEM_GAS.call + SYSTEM_GAS.word * BigInt(Math.ceil(shared.length / 32));
    const decode = vi.spyOn(TextDecoder.prototype, "decode");
    expect(await used(shared, words + 127_999n)).toBe(words + 127_999n);
    expect(decode).not.toHaveBeenCalled();
    decode.mockRestore();
    expect(await used(shared)).toBeGreaterThanOrEqual(words + 128_000n);
  });

  it("SPEC 2.1, 2.2: charges for every row it scans", async () => {
    const read = async () =>
      (await group.call({ address: CNS, input: encode(CNS, "getContractAddress", "coin", "9") })).gasUsed;
    const none = await read();
    for (let i = 0; i < 5; i++) await group.send(CNS, USER, "insert", "coin", String(i), text(ADMIN), "[]");
    expect((await read()) - none).toBeGreaterThanOrEqual(5n * SYSTEM_GAS.row);
  });

  it("group.loads a key once", async () => {
    await group.send(CONSENSUS, ADMIN, "addSealer", node("d"));
    const count = group.loads.length;
    await group.send(CONSENSUS, ADMIN, "addSealer", node("e"));
    expect(group.loads.length).toBe(count);
  });
});
