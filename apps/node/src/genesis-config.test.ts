import { configValues, GROUP_GENESIS, renderConfig } from "@fb/config";
import { createCryptoSuite } from "@fb/crypto";
import { bigTo32, encodeGenesis, fromHex, type NodeId, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { readGenesis } from "./genesis-config.ts";

const suite = await createCryptoSuite();
const [A, B] = [1n, 2n].map((n) => toHex(suite.publicKey(bigTo32(n))) as NodeId).sort() as [NodeId, NodeId];
const NOBODY = "0a".repeat(64) as NodeId;
const rich = `0x${"1".repeat(40)}`;
const poor = `0x${"2".repeat(40)}`;

const word = (value: number) => `0x${value.toString(16).padStart(64, "0")}`;
const values = (set: Parameters<typeof configValues<typeof GROUP_GENESIS>>[1] = {}) =>
  configValues(GROUP_GENESIS, {
    ...set,
    group: { id: 5, chainId: 9, timestamp: 1_700_000_000_000, ...set.group },
    consensus: { sealers: [B, A], ...set.consensus },
  });
const fileOf = (set?: Parameters<typeof values>[0]) => renderConfig(GROUP_GENESIS, values(set));

function problem(content: string): string {
  try {
    readGenesis("g", content, 9);
  } catch (error) {
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    return (error as Error).message;
  }
  throw new TypeError("nothing was wrong");
}

describe("genesis file", () => {
  it("has one canonical form, whatever the order in the file", () => {
    const accounts = [
      { address: rich, balance: 5n },
      { address: poor, balance: 7n },
    ];
    const one = readGenesis("g", fileOf({ alloc: { accounts }, governance: { admins: [poor, rich] } }), 9);
    const other = readGenesis(
      "g",
      fileOf({
        consensus: { sealers: [A, B] },
        alloc: { accounts: accounts.toReversed() },
        governance: { admins: [rich, poor, rich] },
      }),
      9,
    );
    expect(encodeGenesis(one)).toEqual(encodeGenesis(other));
    expect(one.sealers).toEqual([A, B]);
    expect(one.consensus.timeoutMs).toBe(3000);
  });

  it.each<[string, Parameters<typeof values>[0], string]>([
    [
      "of another chain",
      { group: { chainId: 8 } },
      "[group] chain_id=8 is not allowed; allowed: 9, [chain] id of config.ini",
    ],
    ["without a sealer", { consensus: { sealers: [] } }, "[consensus] node.0 is missing; allowed: at least one node.N"],
    [
      "with a sealer twice",
      { consensus: { sealers: [A, B, A] } },
      `[consensus] node.2=${A} is not allowed; allowed: each node once`,
    ],
    [
      "with a sealer whose id is no public key",
      { consensus: { sealers: [A, NOBODY] } },
      `[consensus] node.1=${NOBODY} is not allowed; allowed: a public key`,
    ],
    [
      "with a node in both roles",
      { consensus: { observers: [B] } },
      `[consensus] observer.0=${B} is not allowed; allowed: each node once`,
    ],
    [
      "with election times reversed",
      { consensus: { maxElectMs: 500 } },
      "[consensus] max_elect_time=500 is not allowed; allowed: at least min_elect_time, 1000",
    ],
    [
      "with a block smaller than a transaction",
      { tx: { blockGasLimit: 200_000 } },
      "[tx] block_gas_limit=200000 is not allowed; allowed: at least gas_limit, 300000000",
    ],
    [
      "with an account twice",
      { alloc: { accounts: [rich, rich].map((address) => ({ address, balance: 1n })) } },
      `[alloc] ${rich} appears twice`,
    ],
  ])("is refused %s, with line and fix", (_what, set, message) => {
    const content = fileOf({ ...set, consensus: { sealers: [B, A], ...set?.consensus } });
    const said = problem(content);
    expect(said).toContain(message);
    const line = Number(/^g:(\d+): /.exec(said)?.[1]);
    expect(content.split("\n")[line - 1]).toMatch(/^(\[consensus\]|[a-z0-9_.]+=)/);
  });

  it("is refused with all its mistakes at once", () => {
    const said = problem(fileOf({ group: { chainId: 8 }, consensus: { sealers: [A, A], maxElectMs: 500 } }));
    expect(said.split("\n")).toHaveLength(3);
  });

  it("sees the same account in other letters", () => {
    const upper = `0x${"A".repeat(40)}`;
    const content = fileOf().replace("[alloc]", `[alloc]\n${upper}=1\n${upper.toLowerCase()}=2`);
    expect(problem(content)).toContain(`[alloc] ${upper.toLowerCase()}=2 is not allowed; allowed: each account once`);
  });

  it("holds code and storage, whatever the order and letters in the file", () => {
    const code = `0x${"60".repeat(3)}`;
    const slot = (n: number, value: number) => ({ address: rich, slot: word(n), value: word(value) });
    const one = readGenesis(
      "g",
      fileOf({
        tx: { allowUnprotected: true },
        alloc: { accounts: [{ address: rich, balance: 5n }] },
        alloc_code: {
          contracts: [
            { address: rich, code },
            { address: poor, code },
          ],
        },
        alloc_storage: { slots: [slot(2, 8), slot(1, 7)] },
      }),
      9,
    );
    const bytes = fromHex(code)!;
    expect(one.allowUnprotected).toBe(true);
    expect(one.alloc).toEqual([
      {
        address: fromHex(rich),
        balance: 5n,
        nonce: 1n,
        code: bytes,
        slots: [
          { slot: fromHex(word(1)), value: fromHex(word(7)) },
          { slot: fromHex(word(2)), value: fromHex(word(8)) },
        ],
      },
      { address: fromHex(poor), balance: 0n, nonce: 1n, code: bytes, slots: [] },
    ]);
    const short = fileOf({ tx: { allowUnprotected: true }, alloc: { accounts: [{ address: rich, balance: 5n }] } })
      .replace("[alloc_code]", `[alloc_code]\n${poor}=${code}\n${rich}=${code}`)
      .replace("[alloc_storage]", `[alloc_storage]\n${rich}:0x1=0x7\n${rich}:0x02=0x08`);
    expect(encodeGenesis(readGenesis("g", short, 9))).toEqual(encodeGenesis(one));
  });

  it.each([
    ["alloc_code", `${rich}=0x6`, "is not allowed; allowed: 0x and 40 hex digits = 0x and hex digits"],
    ["alloc_code", `${rich}=0x${"00".repeat(24_577)}`, "... is not allowed"],
    ["alloc_code", `${rich}=0xef00`, "begins with ef"],
    ["alloc_code", `0x0000000000000000000000000000000000001003=0x00`, "kept for system contracts"],
    ["alloc_storage", `${rich}:0x1=0x0`, "not zero"],
    ["alloc_storage", `${rich}:0x1=0x1`, "has no balance, nonce or code"],
    ["alloc_storage", `${rich}:0x1=0x1\n${rich}:0x01=0x2`, "each slot of an account once"],
  ])("is refused with [%s] %s", (section, line, message) => {
    const said = problem(fileOf().replace(`[${section}]`, `[${section}]\n${line}`));
    expect(said).toContain(message);
    expect(said.length).toBeLessThan(1000);
  });
});
