import { assemble, deployer, type Instruction } from "@fb/compliance/evm";
import { bytesToBig, EMPTY, fromHex, RECEIPT_STATUS, type StateType } from "@fb/types";
import { Interface } from "ethers";
import { describe, expect, it } from "vitest";
import { account, admin, ethTx, groupTx, hex, keyed, makeGenesis } from "./accounts.ts";
import { type CallsAt, type Member, type MemberOptions, startCluster } from "./fixture.ts";

const LIMITS = { maxGas: 30_000_000n, timeoutMs: 5_000 };
const RETURN: Instruction[] = [0, "MSTORE", 32, 0, "RETURN"];
const LOOP = assemble("JUMPDEST", 0, "JUMP");
/** Stores the word of its calldata at slot 0, and returns the one that was there. */
const SWAP = assemble(0, "SLOAD", 0, "CALLDATALOAD", 0, "SSTORE", ...RETURN);
const SYSTEM_CONFIG = Uint8Array.from([...new Uint8Array(18), 0x10, 0x00]);
const abi = new Interface([
  "function setValueByKey(string,string) returns (int256)",
  "function getValueByKey(string) returns (string,uint256)",
]);

const word = (value: number) => fromHex(value.toString(16).padStart(64, "0"))!;
const bytesOf = (text: string) => fromHex(text.slice(2))!;
const request = (to: Uint8Array | null, data: Uint8Array = EMPTY) => ({
  from: null,
  to,
  value: 0n,
  data,
  gas: null,
  gasPrice: 0n,
  priorityFee: 0n,
  accessList: [],
  nonce: null,
});

let nonce = 0;

async function single(callsAt: CallsAt, of: MemberOptions & { readonly stateType?: StateType } = {}): Promise<Member> {
  nonce = 0;
  const genesis = makeGenesis(keyed.slice(0, 1), { stateType: of.stateType ?? "storage" });
  const { members } = await startCluster(genesis, { ...of, callsAt });
  return members[0]!;
}

async function deploy(member: Member, code: Uint8Array): Promise<Uint8Array> {
  const [created] = await member.run(ethTx(admin, nonce++, { to: null, value: 0n, data: deployer(code) }));
  return created!.receipt.contractAddress!;
}

async function send(member: Member, to: Uint8Array, data: Uint8Array): Promise<number> {
  const [done] = await member.run(ethTx(admin, nonce++, { to, value: 0n, data }));
  return done!.transaction.place.blockNumber;
}

async function output(member: Member, to: Uint8Array, at: number | "latest", data?: Uint8Array): Promise<Uint8Array> {
  const called = await member.query.call(request(to, data), at, LIMITS);
  if (!called.ok) throw new TypeError(called.code);
  return called.value.output;
}

describe.each<CallsAt>(["group", "port"])("calls at the %s", (callsAt) => {
  it("run on a block and change nothing", async () => {
    const member = await single(callsAt);
    const { query } = member;
    const address = await deploy(member, SWAP);
    const asked = { ...request(address, word(7)), from: admin.address };
    expect(await query.call(asked, "latest", LIMITS)).toMatchObject({ value: { status: RECEIPT_STATUS.ok } });
    expect(await query.storageAt(address, word(0), "latest")).toEqual({ ok: true, value: word(0) });
    const estimate = await query.estimateGas(asked, "latest", LIMITS);
    if (!estimate.ok) throw new TypeError("no estimate");
    const { gas } = estimate.value;
    const [enough] = await member.run(ethTx(admin, nonce++, { to: address, value: 0n, data: word(7), gas }));
    expect(enough!.receipt.status).toBe(RECEIPT_STATUS.ok);
    // Before the contract was there the same call reached nothing.
    expect(await query.call(asked, 0, LIMITS)).toMatchObject({ ok: true, value: { blockNumber: 0, output: EMPTY } });
    expect(await query.call(asked, 99, LIMITS)).toMatchObject({ ok: false, code: "BLOCK_NOT_FOUND" });
  });

  it("are estimated with their access list", async () => {
    const { query } = await single(callsAt);
    const { address } = admin;
    const asked = { ...request(address), from: address, accessList: [{ address, slots: [word(0)] }] };
    expect(await query.estimateGas(asked, "latest", LIMITS)).toMatchObject({ ok: true, value: { gas: 0x62d4n } });
    expect(await query.call(asked, "latest", LIMITS)).toMatchObject({ ok: true, value: { gasUsed: 0x62d4n } });
  });

  it.each<StateType>(["storage", "mpt"])("see the state of the block they name, on %s state", async (stateType) => {
    const member = await single(callsAt, { stateType });
    const address = await deploy(member, SWAP);
    const blocks: number[] = [];
    for (let value = 1; value <= 12; value++) blocks.push(await send(member, address, word(value)));
    for (const [i, at] of blocks.entries()) {
      const called = await member.query.call(request(address), at, LIMITS);
      if (at < blocks.at(-1)! - 10) expect(called).toMatchObject({ ok: false, code: "STATE_NOT_KEPT" });
      else expect(called.ok && bytesToBig(called.value.output)).toBe(BigInt(i + 1));
    }
  });

  it("see one height from beginning to end while blocks come", async () => {
    const member = await single(callsAt);
    // Writes the word of its calldata to two slots; returns whether they differed, and what was in them.
    const pair = assemble(
      ...([0, "SLOAD", 1, "SLOAD", "SUB", 0, "MSTORE", 0, "SLOAD", 32, "MSTORE"] as Instruction[]),
      ...([0, "CALLDATALOAD", 0, "SSTORE", 0, "CALLDATALOAD", 1, "SSTORE", 64, 0, "RETURN"] as Instruction[]),
    );
    const address = await deploy(member, pair);
    const until = { over: false };
    const writing = (async () => {
      for (let value = 1; value <= 30; value++) await send(member, address, word(value));
      until.over = true;
    })();
    const seen = new Set<bigint>();
    while (!until.over) {
      const answer = await output(member, address, "latest");
      expect(bytesToBig(answer.subarray(0, 32))).toBe(0n);
      seen.add(bytesToBig(answer.subarray(32)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    expect(seen.size).toBeGreaterThan(2);
  });

  it("see the hashes a block saw, also when they are too old for the head", async () => {
    const member = await single(callsAt, { stateType: "mpt", historyBlocks: 0 });
    const address = await deploy(member, assemble(0, "CALLDATALOAD", "BLOCKHASH", ...RETURN));
    for (let n = 1; n <= 262; n++) await member.run(ethTx(admin, n));
    const hashOf = async (number: number, at: number) => hex(await output(member, address, at, word(number)));
    const stored = async (number: number) => hex((await member.read.block(number, false))!.hash);
    expect(await hashOf(2, 200)).toBe(await stored(2));
    expect(await hashOf(199, 200)).toBe(await stored(199));
    expect(await hashOf(200, 200)).toBe("0".repeat(64));
    expect(await hashOf(4, 260)).toBe(await stored(4));
    expect(await hashOf(3, 260)).toBe("0".repeat(64));
    const head = await member.height();
    expect(await hashOf(head - 1, head)).toBe(await stored(head - 1));
    expect(await hashOf(head - 256, head)).toBe(await stored(head - 256));
    expect(await hashOf(head - 257, head)).toBe("0".repeat(64));
  });

  it("ask system contracts, which answer from the newest block", async () => {
    const member = await single(callsAt);
    const key = "tx_count_limit";
    const read = async (at: number | "latest") => {
      const answer = await output(member, SYSTEM_CONFIG, at, bytesOf(abi.encodeFunctionData("getValueByKey", [key])));
      return abi.decodeFunctionResult("getValueByKey", answer)[0] as string;
    };
    expect(await read("latest")).toBe("100");
    const data = bytesOf(abi.encodeFunctionData("setValueByKey", [key, "300"]));
    await member.run(groupTx(admin, { nonce: 1n, to: SYSTEM_CONFIG, data }));
    expect([await read("latest"), await read(0)]).toEqual(["300", "300"]);
    // What a call writes is forgotten.
    const called = await member.query.call({ ...request(SYSTEM_CONFIG, data), from: admin.address }, "latest", LIMITS);
    expect(called).toMatchObject({ ok: true, value: { status: RECEIPT_STATUS.ok } });
    const other = bytesOf(abi.encodeFunctionData("setValueByKey", [key, "400"]));
    await member.query.call({ ...request(SYSTEM_CONFIG, other), from: admin.address }, "latest", LIMITS);
    expect(await read("latest")).toBe("300");
  });

  it("tell a revert, and end when they take too long or nobody waits", async () => {
    const { query } = await single(callsAt);
    const revert = request(null, assemble(0, 0, "REVERT"));
    expect(await query.call(revert, "latest", LIMITS)).toMatchObject({ value: { status: RECEIPT_STATUS.revert } });
    const failed = await query.estimateGas(revert, "latest", LIMITS);
    expect(failed).toMatchObject({ ok: true, value: { status: RECEIPT_STATUS.revert, gas: 0n } });
    const endless = { ...LIMITS, timeoutMs: 1 };
    for (const ask of ["call", "estimateGas"] as const) {
      expect(await query[ask](request(null, LOOP), "latest", endless)).toMatchObject({ code: "LIMIT_EXCEEDED" });
      const client = new AbortController();
      const left = query[ask](request(null, LOOP), "latest", LIMITS, client.signal);
      client.abort();
      expect(await left).toMatchObject({ ok: false });
    }
    expect(await query.call(request(account(1).address), "latest", LIMITS)).toMatchObject({ ok: true });
  });
});
