import { createCryptoSuite } from "@fb/crypto";
import { BlockOverlay, TABLES } from "@fb/storage-amdb";
import {
  type Address,
  bigTo32,
  EMPTY,
  fromHex,
  InvariantError,
  type NodeId,
  type PrecompileCall,
  type PrecompileOutcome,
  type StoredRow,
  type TableLoad,
  toHex,
} from "@fb/types";
import { Interface } from "ethers";
import { beforeEach, describe, expect, it } from "vitest";
import { createSystemContracts, decodeError, readMembers, SYSTEM_ABI, SYSTEM_GAS } from "../src/index.ts";

const suite = await createCryptoSuite();
const contracts = createSystemContracts(suite);
const utf8 = new TextEncoder();
const at = (digits: string): Address => fromHex(digits.padStart(40, "0"))!;
const CONFIG = at("1000");
const CONSENSUS = at("1003");
const CNS = at("1004");
const PERMISSION = at("1005");
const ADMIN = at("ad");
const USER = at("05e7");
const HEIGHT = 41;
/** Public keys by letter, in order; other letters are no ids. */
const keys = [1n, 2n, 3n, 4n, 5n].map((n) => toHex(suite.publicKey(bigTo32(n)))).sort();
const node = (letter: string) => {
  const id = keys["abcde".indexOf(letter.toLowerCase())] ?? letter.repeat(128);
  return (letter < "a" ? id.toUpperCase() : id) as NodeId;
};
const text = (address: Address) => `0x${toHex(address)}`;
const interfaces = new Map([...SYSTEM_ABI].map(([address, lines]) => [address, new Interface(lines)]));

let rows: Map<string, StoredRow[]>;
let overlay: BlockOverlay;
let loads: TableLoad[];

function seed(table: string, key: string, ...values: string[][]): void {
  rows.set(
    `${table}/${key}`,
    values.map((fields, i) => ({
      key: utf8.encode(key),
      row: i + 1,
      fields: [...fields, "00000000"].map((field) => utf8.encode(field)),
    })),
  );
}

beforeEach(() => {
  rows = new Map();
  loads = [];
  seed(TABLES.tableAccess, TABLES.tableAccess, [text(ADMIN), "0"]);
  seed(TABLES.consensus, "node", ["sealer", node("a"), "0"], ["sealer", node("b"), "0"], ["observer", node("c"), "0"]);
  seed(TABLES.config, "tx_count_limit", ["1000", "0"]);
  const known = new Set<string>();
  overlay = new BlockOverlay(
    {
      peek(table, key) {
        const id = `${table}/${new TextDecoder().decode(key)}`;
        return known.has(id) ? (rows.get(id) ?? []) : undefined;
      },
      async load(keys) {
        loads.push(...keys);
        return keys.map(({ table, key }) => {
          const id = `${table}/${new TextDecoder().decode(key)}`;
          known.add(id);
          return rows.get(id) ?? [];
        });
      },
    },
    HEIGHT,
  );
});

async function call(
  fields: Partial<PrecompileCall> & { address: Address; input: Uint8Array },
): Promise<PrecompileOutcome> {
  const full: PrecompileCall = {
    caller: ADMIN,
    origin: ADMIN,
    inputSize: fields.input.length,
    value: 0n,
    gas: 10_000_000n,
    isStatic: false,
    isDelegated: false,
    ...fields,
  };
  const running = contracts.call(full, { tables: overlay, number: HEIGHT });
  let step = running.next();
  while (!step.done) {
    await overlay.load(step.value);
    step = running.next();
  }
  return step.value;
}

function encode(to: Address, name: string, ...args: unknown[]): Uint8Array {
  return fromHex(interfaces.get(toHex(to))!.encodeFunctionData(name, args))!;
}

async function send(to: Address, caller: Address, name: string, ...args: unknown[]): Promise<unknown> {
  const outcome = await call({ address: to, caller, input: encode(to, name, ...args) });
  if (outcome.error !== null) throw new InvariantError(`${name}: ${decodeError(outcome.output) ?? outcome.error}`);
  const decoded = interfaces.get(toHex(to))!.decodeFunctionResult(name, outcome.output);
  return decoded.length === 1 ? decoded[0] : [...decoded];
}

describe("every system contract", () => {
  const input = encode(CONSENSUS, "addSealer", node("d"));

  it("has its address", () => {
    expect(contracts.addresses.map((address) => address.slice(36))).toEqual(["1000", "1003", "1004", "1005"]);
    expect(contracts.has(toHex(CONFIG))).toBe(true);
    expect(contracts.has(toHex(at("1001")))).toBe(false);
  });

  it.each([
    ["DELEGATECALL and CALLCODE", { isDelegated: true }, "refuse DELEGATECALL"],
    ["value", { value: 1n }, "take no value"],
    ["writes under STATICCALL", { isStatic: true }, "static call may not write"],
    ["arguments it cannot decode", { input: input.subarray(0, 40) }, "bad arguments of addSealer(string)"],
  ])("refuses %s", async (_, fields, reason) => {
    const outcome = await call({ address: CONSENSUS, input, ...fields });
    expect(outcome.error).toBe("REVERT");
    expect(decodeError(outcome.output)).toContain(reason);
    expect(outcome.gasUsed).toBeLessThan(3_000n);
    expect(overlay.batch()).toEqual([]);
    expect(loads).toEqual([]);
  });

  it("answers reads under STATICCALL", async () => {
    const outcome = await call({
      address: CONFIG,
      input: encode(CONFIG, "getValueByKey", "tx_count_limit"),
      isStatic: true,
    });
    expect(outcome.error).toBeNull();
  });

  it.each([EMPTY, Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3, 4)])(
    "answers -50101 to functions it does not have",
    async (unknown) => {
      for (const address of [CONFIG, CONSENSUS, CNS, PERMISSION]) {
        const { error, output } = await call({ address, input: unknown });
        expect(error).toBeNull();
        expect(BigInt.asIntN(256, BigInt(`0x${toHex(output)}`))).toBe(-50101n);
      }
    },
  );

  it("runs out of gas at every step without an effect that pays for itself", async () => {
    const { gasUsed, error } = await call({ address: CONSENSUS, input });
    expect(error).toBeNull();
    for (let gas = 0n; gas < gasUsed; gas += 997n) {
      const mark = overlay.savepoint();
      const outcome = await call({ address: CONSENSUS, input: encode(CONSENSUS, "addSealer", node("e")), gas });
      expect(outcome).toMatchObject({ error: "OUT_OF_GAS", gasUsed: gas, output: EMPTY, logs: [] });
      overlay.revertTo(mark);
    }
    expect(
      (await call({ address: CONSENSUS, input: encode(CONSENSUS, "addSealer", node("e")), gas: gasUsed + 1_000n }))
        .error,
    ).toBeNull();
  });

  it("charges for every row it scans", async () => {
    const read = async () =>
      (await call({ address: CNS, input: encode(CNS, "getContractAddress", "coin", "9") })).gasUsed;
    const none = await read();
    for (let i = 0; i < 5; i++) await send(CNS, USER, "insert", "coin", String(i), text(ADMIN), "[]");
    expect((await read()) - none).toBeGreaterThanOrEqual(5n * SYSTEM_GAS.row);
  });

  it("loads a key once", async () => {
    await send(CONSENSUS, ADMIN, "addSealer", node("d"));
    const count = loads.length;
    await send(CONSENSUS, ADMIN, "addSealer", node("e"));
    expect(loads.length).toBe(count);
  });
});

describe("Consensus", () => {
  it("adds, promotes, demotes and removes", async () => {
    expect(await send(CONSENSUS, ADMIN, "addSealer", node("d"))).toBe(1n);
    expect(await send(CONSENSUS, ADMIN, "addSealer", node("c"))).toBe(1n);
    expect(await send(CONSENSUS, ADMIN, "addObserver", node("a"))).toBe(1n);
    expect(await send(CONSENSUS, ADMIN, "remove", node("b"))).toBe(1n);
    expect(readMembers(overlay)).toEqual({ sealers: [node("c"), node("d")], observers: [node("a")] });
    const written = overlay.select(TABLES.consensus, utf8.encode("node")).filter((entry) => entry.num === HEIGHT);
    expect(written.map((entry) => new TextDecoder().decode(entry.fields.get("enable_num")))).toEqual([
      "42",
      "42",
      "42",
    ]);
  });

  it("takes ids in any case and refuses what is no id", async () => {
    expect(await send(CONSENSUS, ADMIN, "addSealer", node("D"))).toBe(1n);
    expect(readMembers(overlay).sealers).toContain(node("d"));
    for (const bad of ["", node("a").slice(1), `${node("a")}a`, node("g"), `0x${node("a").slice(2)}`]) {
      expect(await send(CONSENSUS, ADMIN, "addSealer", bad)).toBe(-51100n);
    }
  });

  it("adds nobody whose id is not a point of the curve, and removes whoever is listed (SPEC 5.1)", async () => {
    const nobody = "1".repeat(128);
    for (const name of ["addSealer", "addObserver"]) expect(await send(CONSENSUS, ADMIN, name, nobody)).toBe(-51100n);
    seed(TABLES.consensus, "node", ["sealer", node("a"), "0"], ["sealer", nobody, "0"]);
    expect(await send(CONSENSUS, ADMIN, "remove", nobody)).toBe(1n);
  });

  it("keeps the last sealer", async () => {
    expect(await send(CONSENSUS, ADMIN, "remove", node("a"))).toBe(1n);
    expect(await send(CONSENSUS, ADMIN, "remove", node("b"))).toBe(-51101n);
    expect(await send(CONSENSUS, ADMIN, "addObserver", node("b"))).toBe(-51101n);
    expect(readMembers(overlay).sealers).toEqual([node("b")]);
  });

  it("changes nothing when there is nothing to change", async () => {
    expect(await send(CONSENSUS, ADMIN, "addSealer", node("a"))).toBe(1n);
    expect(await send(CONSENSUS, ADMIN, "addObserver", node("c"))).toBe(1n);
    expect(await send(CONSENSUS, ADMIN, "remove", node("d"))).toBe(0n);
    expect(overlay.batch()).toEqual([]);
  });

  it("logs each change", async () => {
    const { logs } = await call({ address: CONSENSUS, input: encode(CONSENSUS, "addObserver", node("d")) });
    const events = new Interface([
      "event MemberChanged(address indexed by, string nodeId, string role, uint256 enableNumber)",
    ]);
    const event = events.parseLog({
      topics: logs[0]!.topics.map((topic) => `0x${toHex(topic)}`),
      data: `0x${toHex(logs[0]!.data)}`,
    });
    expect([...event!.args]).toEqual([expect.stringMatching(/ad$/i), node("d"), "observer", 42n]);
    expect(logs[0]!.address).toEqual(CONSENSUS);
  });
});

describe("rights", () => {
  it("are nobody's when the list is empty", async () => {
    rows.clear();
    seed(TABLES.consensus, "node", ["sealer", node("a"), "0"]);
    expect(await send(CONSENSUS, ADMIN, "addSealer", node("d"))).toBe(-50000n);
    expect(await send(CONFIG, ADMIN, "setValueByKey", "tx_count_limit", "5")).toBe(-50000n);
    expect(await send(PERMISSION, ADMIN, "insert", "_sys_config_", text(USER))).toBe(-50000n);
  });

  it("are the caller's, not the origin's", async () => {
    const input = encode(CONSENSUS, "addSealer", node("d"));
    const outcome = await call({ address: CONSENSUS, caller: USER, origin: ADMIN, input });
    expect(BigInt.asIntN(256, BigInt(`0x${toHex(outcome.output)}`))).toBe(-50000n);
  });

  it("can be granted for one table, from the next height on", async () => {
    expect(await send(PERMISSION, ADMIN, "insert", "_sys_consensus_", text(USER))).toBe(1n);
    expect(await send(CONSENSUS, USER, "addSealer", node("d"))).toBe(-50000n);
    seed(TABLES.tableAccess, TABLES.config, [text(USER), String(HEIGHT)]);
    expect(await send(CONFIG, USER, "setValueByKey", "tx_count_limit", "5")).toBe(1n);
    expect(await send(PERMISSION, USER, "insert", "_sys_config_", text(CNS))).toBe(-50000n);
  });

  it("are granted and revoked once", async () => {
    const grant = () => send(PERMISSION, ADMIN, "insert", "_sys_config_", text(USER));
    const revoke = () => send(PERMISSION, ADMIN, "remove", "_sys_config_", text(USER));
    expect([await grant(), await grant(), await revoke(), await revoke()]).toEqual([1n, -51000n, 1n, -51001n]);
  });

  it("of tables and addresses that do not exist are refused", async () => {
    const insert = (table: string, account: string) => send(PERMISSION, ADMIN, "insert", table, account);
    expect(await insert("u_none", text(USER))).toBe(-50100n);
    expect(await insert("t".repeat(51), text(USER))).toBe(-51002n);
    for (const bad of ["", "0x12", `0x${"g".repeat(40)}`, toHex(USER)])
      expect(await insert("_sys_config_", bad)).toBe(-50102n);
  });

  it("to grant rights never run out", async () => {
    expect(await send(PERMISSION, ADMIN, "remove", "_sys_table_access_", text(ADMIN))).toBe(-51005n);
    expect(await send(PERMISSION, ADMIN, "insert", "_sys_table_access_", text(USER))).toBe(1n);
    expect(await send(PERMISSION, ADMIN, "remove", "_sys_table_access_", text(ADMIN))).toBe(1n);
    expect(await send(PERMISSION, ADMIN, "insert", "_sys_config_", text(USER))).toBe(-50000n);
  });

  it("are listed", async () => {
    await send(PERMISSION, ADMIN, "insert", "_sys_cns_", text(USER));
    expect(JSON.parse((await send(PERMISSION, USER, "queryByName", "_sys_cns_")) as string)).toEqual([
      { address: text(USER), enable_num: "42", table_name: "_sys_cns_" },
    ]);
    expect(await send(PERMISSION, USER, "queryByName", "x".repeat(300))).toBe("[]");
  });
});

describe("SystemConfig", () => {
  const set = (key: string, value: string) => send(CONFIG, ADMIN, "setValueByKey", key, value);

  it("keeps every value with the height it counts from", async () => {
    expect(await set("TX_Count_Limit", "500")).toBe(1n);
    expect(await set("tx_count_limit", "600")).toBe(1n);
    expect(await send(CONFIG, USER, "getValueByKey", "tx_count_limit")).toEqual(["600", 42n]);
    const all = overlay.select(TABLES.config, utf8.encode("tx_count_limit"));
    expect(all.map((entry) => new TextDecoder().decode(entry.fields.get("value")))).toEqual(["1000", "600"]);
  });

  it.each([
    ["tx_count_limit", ["1", "1000000"], ["0", "1000001", "-1", "01", "1.0", "1e3", " 5", ""]],
    ["tx_gas_limit", ["1000000", "1000000000"], ["999999", "1000000001"]],
    ["block_gas_limit", ["1000000"], ["999999"]],
    ["consensus_timeout", ["1", "3600"], ["0", "3601"]],
    ["replay_window", ["1", "10000"], ["0", "10001"]],
  ])("%s has bounds", async (key, good, bad) => {
    for (const value of good) expect(await set(key, value)).toBe(1n);
    for (const value of bad) expect(await set(key, value)).toBe(-51300n);
  });

  it("refuses keys it does not know and rights that are missing", async () => {
    expect(await set("evm_fork", "osaka")).toBe(-51300n);
    expect(await send(CONFIG, USER, "setValueByKey", "tx_count_limit", "5")).toBe(-50000n);
    await expect(send(CONFIG, USER, "getValueByKey", "nothing")).rejects.toThrow("no such key");
    await expect(send(CONFIG, USER, "getValueByKey", "k".repeat(300))).rejects.toThrow("no such key");
  });
});

describe("CNS", () => {
  const insert = (name: string, version: string, address = text(ADMIN), abi = '[{"a":"\\"é"}]') =>
    send(CNS, USER, "insert", name, version, address, abi);

  it("registers and finds versions of a name", async () => {
    expect(await insert("coin", "1", text(ADMIN).toUpperCase().replace("0X", "0x"))).toBe(1n);
    expect(await insert("coin", "2", text(CNS))).toBe(1n);
    expect(await insert("coin", "2")).toBe(-51200n);
    const entries = JSON.parse((await send(CNS, USER, "selectByName", "coin")) as string);
    expect(entries).toEqual([
      { name: "coin", version: "1", address: text(ADMIN), abi: '[{"a":"\\"é"}]' },
      { name: "coin", version: "2", address: text(CNS), abi: '[{"a":"\\"é"}]' },
    ]);
    expect(JSON.parse((await send(CNS, USER, "selectByNameAndVersion", "coin", "2")) as string)).toEqual([entries[1]]);
    expect(await send(CNS, USER, "getContractAddress", "coin", "2")).toBe(text(CNS));
    expect(await send(CNS, USER, "getContractAddress", "coin", "3")).toBe(text(new Uint8Array(20)));
    expect(await send(CNS, USER, "selectByName", "none")).toBe("[]");
  });

  it("has limits", async () => {
    expect(await insert("coin", "v".repeat(129))).toBe(-51201n);
    expect(await insert("coin", "1", "0x12")).toBe(-50102n);
    await expect(insert("n".repeat(256), "1")).rejects.toThrow("at most 255 bytes");
    expect(await send(CNS, USER, "selectByName", "n".repeat(256))).toBe("[]");
  });

  it("is open to all until somebody is listed", async () => {
    seed(TABLES.tableAccess, TABLES.cns, [text(CNS), "0"]);
    expect(await insert("coin", "1")).toBe(-50000n);
    expect(await send(CNS, CNS, "insert", "coin", "1", text(ADMIN), "[]")).toBe(1n);
    expect(await send(CNS, ADMIN, "insert", "coin", "2", text(ADMIN), "[]")).toBe(1n);
  });
});
