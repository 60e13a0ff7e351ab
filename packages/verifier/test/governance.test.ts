import { assemble, deployer, type Instruction } from "@fb/compliance/evm";
import { SYSTEM_ABI } from "@fb/precompiled";
import { type Address, decodeMembers, encodeMembers, fromHex, membersHash, receiptStatusName, toHex } from "@fb/types";
import { Interface } from "ethers";
import { describe, expect, it } from "vitest";
import type { ExecutedBlock } from "../src/index.ts";
import { richAlloc, testAccount, testNodes, testSuite } from "./accounts.ts";
import { callSite, createTestChain, type TestChain } from "./chain.ts";

const suite = await testSuite();
const admin = testAccount(suite, 0);
const user = testAccount(suite, 1);
const [newcomer] = testNodes(suite, 5);
const at = (digits: string) => fromHex(digits.padStart(40, "0"))!;
const CONFIG = at("1000");
const CONSENSUS = at("1003");
const PERMISSION = at("1005");
const DENIED = -50000n;

const interfaces = new Map([...SYSTEM_ABI].map(([address, lines]) => [address, new Interface(lines)]));
const encode = (to: Address, name: string, ...args: unknown[]) =>
  fromHex(interfaces.get(toHex(to))!.encodeFunctionData(name, args))!;
const result = (executed: ExecutedBlock, index = 0): bigint =>
  BigInt.asIntN(256, BigInt(`0x${toHex(executed.receipts[index]!.output)}`));

async function governed(): Promise<{
  chain: TestChain;
  send: (to: Address, name: string, ...args: unknown[]) => Promise<ExecutedBlock>;
}> {
  const chain = await createTestChain({ alloc: richAlloc(suite, 2), admins: [admin.address] });
  let nonce = 0n;
  return {
    chain,
    send: (to, name, ...args) =>
      chain.seal(chain.group(admin, { nonce: nonce++, to, data: encode(to, name, ...args) })),
  };
}

describe("members", () => {
  it("SPEC 1.1: change from the next height, in lists that the header commits to", async () => {
    const { chain, send } = await governed();
    const before = chain.members();
    const added = await send(CONSENSUS, "addSealer", newcomer);
    expect(result(added)).toBe(1n);
    expect(added.members!.sealers).toEqual([...before.sealers, newcomer!].sort());
    expect(added.members!.observers).toEqual(before.observers);
    expect(decodeMembers(encodeMembers(added.members!))).toEqual(added.members);
    expect(added.header.membersHash).toEqual(membersHash(suite, added.members!));
    expect(added.header.tablesRoot).not.toEqual(chain.head().header.parentHash);
    const idle = await chain.seal();
    expect(idle.members).toBeNull();
    expect(idle.header.membersHash).toEqual(added.header.membersHash);
    const demoted = await send(CONSENSUS, "addObserver", newcomer);
    expect(demoted.members!.observers).toEqual([...before.observers, newcomer!].sort());
    const removed = await send(CONSENSUS, "remove", newcomer);
    expect(removed.members).toEqual(before);
    expect(removed.header.membersHash).toEqual(membersHash(suite, before));
  });

  it("several changes of one block end in one list", async () => {
    const { chain } = await governed();
    const { sealers } = chain.members();
    const calls = [
      ...sealers.slice(1).map((id) => ["remove", id]),
      ["remove", sealers[0]],
      ["addSealer", newcomer],
      ["remove", sealers[0]],
    ] as const;
    const executed = await chain.seal(
      ...calls.map(([name, id], i) =>
        chain.group(admin, { nonce: BigInt(i), to: CONSENSUS, data: encode(CONSENSUS, name!, id) }),
      ),
    );
    expect(calls.map((_, i) => result(executed, i))).toEqual([1n, 1n, -51101n, 1n, 1n]);
    expect(executed.members!.sealers).toEqual([newcomer]);
  });

  it("stay when nobody may change them", async () => {
    const { chain } = await governed();
    const executed = await chain.seal(
      chain.eth(user, { to: CONSENSUS, data: encode(CONSENSUS, "addSealer", newcomer) }),
    );
    expect(receiptStatusName(executed.receipts[0]!.status)).toBe("ok");
    expect(result(executed)).toBe(DENIED);
    expect(executed.members).toBeNull();
    expect(executed.receipts[0]!.logs).toEqual([]);
  });

  it("stay when the transaction around the call fails", async () => {
    const { chain, send } = await governed();
    // A contract with the right that passes its calldata on and then reverts, or not when value came along.
    const pass: Instruction[] = [
      "CALLDATASIZE",
      0,
      0,
      "CALLDATACOPY",
      0,
      0,
      "CALLDATASIZE",
      0,
      0,
      CONSENSUS.slice(18),
      "GAS",
      "CALL",
    ];
    const jump = assemble(...pass, "POP", "CALLVALUE").length + 8;
    const runtime = assemble(...pass, "POP", "CALLVALUE", jump, "JUMPI", 0, 0, "REVERT", "JUMPDEST");
    const { receipts } = await chain.seal(chain.eth(user, { data: deployer(runtime) }));
    const proxy = receipts[0]!.contractAddress!;
    expect(result(await send(PERMISSION, "insert", "_sys_consensus_", `0x${toHex(proxy)}`))).toBe(1n);
    const data = encode(CONSENSUS, "addSealer", newcomer);
    const failed = await chain.seal(chain.group(admin, { nonce: 50n, to: proxy, data }));
    expect(receiptStatusName(failed.receipts[0]!.status)).toBe("revert");
    expect(failed.members).toBeNull();
    const passed = await chain.seal(chain.group(user, { nonce: 51n, to: proxy, data, value: 1n }));
    expect(passed.members!.sealers).toContain(newcomer);
    const [log] = passed.receipts[0]!.logs;
    expect(log!.address).toEqual(CONSENSUS);
    expect(toHex(log!.topics[1]!)).toContain(toHex(proxy));
  });
});

describe("rights", () => {
  it("belong to the direct caller: a contract does not borrow its user's", async () => {
    const { chain } = await governed();
    const pass: Instruction[] = [
      "CALLDATASIZE",
      0,
      0,
      "CALLDATACOPY",
      32,
      0,
      "CALLDATASIZE",
      0,
      0,
      CONSENSUS.slice(18),
      "GAS",
      "CALL",
    ];
    const runtime = assemble(...pass, 32, 0, "RETURN");
    const { receipts } = await chain.seal(chain.eth(user, { data: deployer(runtime) }));
    const executed = await chain.seal(
      chain.group(admin, {
        nonce: 1n,
        to: receipts[0]!.contractAddress!,
        data: encode(CONSENSUS, "addSealer", newcomer),
      }),
    );
    expect(result(executed)).toBe(DENIED);
  });

  it("count from the next height and end at once", async () => {
    const { chain } = await governed();
    const grant = encode(PERMISSION, "insert", "_sys_config_", `0x${toHex(user.address)}`);
    const revoke = encode(PERMISSION, "remove", "_sys_config_", `0x${toHex(user.address)}`);
    const set = (value: number) => encode(CONFIG, "setValueByKey", "tx_count_limit", String(value));
    const first = await chain.seal(
      chain.group(admin, { nonce: 1n, to: PERMISSION, data: grant }),
      chain.group(user, { nonce: 1n, to: CONFIG, data: set(10) }),
    );
    expect([result(first, 0), result(first, 1)]).toEqual([1n, DENIED]);
    const second = await chain.seal(
      chain.group(user, { nonce: 2n, to: CONFIG, data: set(11) }),
      chain.group(admin, { nonce: 2n, to: PERMISSION, data: revoke }),
      chain.group(user, { nonce: 3n, to: CONFIG, data: set(12) }),
    );
    expect([0, 1, 2].map((i) => result(second, i))).toEqual([1n, 1n, DENIED]);
  });
});

describe("configuration", () => {
  it("SPEC 5.2: is kept with the height it counts from", async () => {
    const { chain, send } = await governed();
    const read = async () => {
      const { output } = await chain.caller.call(
        { to: CONFIG, data: encode(CONFIG, "getValueByKey", "TX_COUNT_LIMIT") },
        callSite(chain),
      );
      return [...interfaces.get(toHex(CONFIG))!.decodeFunctionResult("getValueByKey", output)];
    };
    await send(CONFIG, "setValueByKey", "tx_count_limit", "500");
    expect(await read()).toEqual(["500", 2n]);
    const executed = await chain.execute([
      chain.group(admin, { nonce: 90n, to: CONFIG, data: encode(CONFIG, "setValueByKey", "tx_count_limit", "600") }),
      chain.group(admin, { nonce: 91n, to: CONFIG, data: encode(CONFIG, "setValueByKey", "tx_count_limit", "700") }),
    ]);
    expect(executed.tableBatch.length).toBe(1);
    await chain.commit(executed);
    expect(await read()).toEqual(["700", 3n]);
    expect(result(await send(CONFIG, "setValueByKey", "tx_count_limit", "0"))).toBe(-51300n);
  });
});
