import { assemble, type Instruction } from "@fb/compliance/evm";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { systemClock } from "@fb/runtime";
import { EMPTY, EMPTY_BLOOM, type GroupId, type NodeId, type StateMiss, toHex, ZERO_HASH } from "@fb/types";
import { expect, it } from "vitest";
import type { CallSource, SiteRecord } from "./ports.ts";
import { createCallRunner } from "./runner.ts";

const suite = await createCryptoSuite();
const evm = await createEvm({ suite });
const HEIGHT = 1;
/** Reads one slot after the other, each of them new. */
const GREEDY = assemble("JUMPDEST", "GAS", "SLOAD", "POP", 0, "JUMP");
const MODEST = assemble(...([1, "SLOAD", 0, "MSTORE", 32, 0, "RETURN"] as Instruction[]));
const at = (seed: number) => new Uint8Array(20).fill(seed);
const codes = new Map([
  [toHex(at(1)), GREEDY],
  [toHex(at(2)), MODEST],
]);

const config = {
  txGasLimit: 300_000_000,
  blockGasLimit: 300_000_000,
  chargeGas: false,
  evmFork: "cancun",
} as unknown as SiteRecord["config"];
const members = { sealers: ["ab".repeat(64) as NodeId], observers: [] };
const header = {
  parentHash: ZERO_HASH,
  number: HEIGHT,
  timestamp: 1,
  stateRoot: ZERO_HASH,
  tablesRoot: ZERO_HASH,
  txRoot: ZERO_HASH,
  receiptRoot: ZERO_HASH,
  membersHash: ZERO_HASH,
  logsBloom: EMPTY_BLOOM,
  gasLimit: 300_000_000,
  gasUsed: 0,
  sealer: 0,
  extraData: EMPTY,
};

const request = (to: Uint8Array) => ({
  from: null,
  to,
  value: 0n,
  data: EMPTY,
  gas: null,
  gasPrice: 0n,
  priorityFee: 0n,
  accessList: [],
  nonce: null,
});

/** Slots of the greedy contract are read as long as there are less than so many reads; then they come no more. */
function sourceWith(reads: number, onStuck: () => void): CallSource {
  let left = reads;
  const value = (miss: StateMiss) => {
    if (miss.type === "slot") return { type: "slot", value: new Uint8Array(32).fill(9) } as const;
    if (miss.type === "code") {
      const code = [...codes.values()].find((one) => toHex(suite.hash(one)) === miss.codeHash)!;
      return { type: "code", code } as const;
    }
    const code = codes.get(miss.address);
    const account = code === undefined ? null : { nonce: 1n, balance: 0n, codeHash: suite.hash(code) };
    return { type: "account", account } as const;
  };
  return {
    site: async () => ({ head: { hash: ZERO_HASH, header }, members, config, next: { members, config } }),
    hashesBefore: async () => EMPTY,
    rows: async (loads) => loads.map(() => []),
    async state(_height, misses) {
      const isGreedy = misses.some((miss) => miss.type === "slot" && miss.address === toHex(at(1)));
      if (isGreedy && --left < 0) {
        onStuck();
        await new Promise(() => {});
      }
      return misses.map(value);
    },
  };
}

it("calls that wait for reads for ever hold no place of those that read little", async () => {
  let stuck = () => {};
  const areStuck = new Promise<void>((resolve) => {
    stuck = resolve;
  });
  const source = sourceWith(600, () => stuck());
  const runner = createCallRunner({ chainId: 1, groupId: 1 as GroupId }, { suite, evm, source, clock: systemClock });
  const { signal } = new AbortController();
  const ended: string[] = [];
  for (let i = 0; i < 4; i++) {
    void runner.call(request(at(1)), HEIGHT, 300_000_000n, signal).then(() => ended.push("greedy"));
  }
  await areStuck;
  for (let i = 0; i < 20; i++) {
    const { output } = await runner.call(request(at(2)), HEIGHT, 300_000_000n, signal);
    expect(output).toEqual(new Uint8Array(32).fill(9));
  }
  expect(ended).toEqual([]);
});
