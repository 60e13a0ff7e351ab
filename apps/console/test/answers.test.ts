import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { startSoloGroup } from "@fb/ledger/testing";
import { startTestServer, type TestServer } from "@fb/rpc/testing";
import { bigTo32, concatBytes, fromHex } from "@fb/types";
import { Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runConsole } from "../src/run-console.ts";

const KEY = `0x${"1".repeat(64)}`;
const CONFIG = "0x0000000000000000000000000000000000001000";
const TABLES = "0x0000000000000000000000000000000000001001";
const CRUD = "0x0000000000000000000000000000000000001002";
const NAMES = "0x0000000000000000000000000000000000001004";
const OTHER = `0x${"ee".repeat(20)}`;
const GARBLED = `0x${"ef".repeat(20)}`;

/** Code that reverts with Error(string) whose text is the byte ff: PUSH 101, PUSH 12, PUSH0, CODECOPY, PUSH 101, PUSH0, REVERT. */
const REVERTS_GARBLED = concatBytes(
  fromHex("6065600a5f3960655ffd")!,
  fromHex("08c379a0")!,
  bigTo32(32n),
  bigTo32(1n),
  fromHex(`ff${"00".repeat(31)}`)!,
);

const SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
error TooMuch(uint256 wanted, address who);
contract Store {
    uint256 public last;
    constructor(uint256 first) { if (first == 0) revert TooMuch(first, msg.sender); last = first; }
    function put(uint256 value) external { if (value > 9) revert TooMuch(value, msg.sender); last = value; }
    function put(address who) external { last = uint160(who); }
    function add(uint256 value) external view returns (uint256) { return last + value; }
    function peek(uint256 value) external view returns (uint256) { if (value > 9) revert TooMuch(value, msg.sender); return last; }
}`;

describe("answers of fb-console", () => {
  let node: TestServer;
  const folder = mkdtempSync(join(tmpdir(), "fb-answers-"));
  const STORE = join(folder, "store.json");

  const run = async (args: readonly string[], input = "") => {
    const lines = { out: [] as string[], err: [] as string[] };
    const code = await runConsole(["--url", node.url, ...args], {
      env: { FB_CONSOLE_HOME: join(folder, "home"), FB_CONSOLE_KEY: KEY },
      show: { out: (text) => lines.out.push(text), err: (text) => lines.err.push(text) },
      input: Readable.from([input]),
      screen: new PassThrough().resume(),
    });
    return { code, out: lines.out.join("\n"), err: lines.err.join("\n") };
  };

  beforeAll(async () => {
    const alloc = [
      { address: fromHex(new Wallet(KEY).address)!, balance: 10n ** 24n },
      { address: fromHex(GARBLED)!, balance: 0n, code: REVERTS_GARBLED },
    ];
    node = await startTestServer([await startSoloGroup({ groupId: 1, alloc })]);
    writeFileSync(join(folder, "Store.sol"), SOURCE);
    expect(await run(["deploy", join(folder, "Store.sol"), "3", "--out", STORE])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await node.close();
    rmSync(folder, { recursive: true });
  });

  it.each([["send"], ["call"]])("%s decodes what a system contract refused, and fails", async (command) => {
    const set = [command, CONFIG, "setValueByKey(string,string)(int256)", "tx_count_limit", "5"];
    const refused = await run(set);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("the sender has no right to this change (permissionDenied, -50000)");
    expect(refused.out).not.toContain("ok");
    const asJson = await run(["--json", ...set]);
    expect(JSON.parse(asJson.err).error).toMatchObject({ message: expect.stringContaining("permissionDenied") });
  });

  it("hold no password that was piped where nobody can be asked", async () => {
    const { code, out, err } = await run([], "newAccount\ncorrect-horse-42\ncorrect-horse-42\n");
    expect(code).toBe(1);
    expect(err).toContain("a password is needed");
    expect(out + err).not.toContain("horse");
  });

  it("names the address of a contract whose artefact cannot be written", async () => {
    const out = join(folder, "missing", "store.json");
    const { code, err } = await run(["deploy", join(folder, "Store.sol"), "3", "--out", out]);
    expect(code).toBe(1);
    expect(err).toMatch(/deployed at 0x[0-9a-fA-F]{40}, but .*missing/);
  });

  it("shows the bytes of an error that says nothing readable", async () => {
    const { err } = await run(["call", GARBLED, "f()"]);
    expect(err).toContain("execution reverted: an error that cannot be read: 0x08c379a0");
  });

  it("does so for a group transaction and for a receipt that is looked up", async () => {
    const set = ["send", CONFIG, "setValueByKey(string,string)", "tx_count_limit", "5", "--group-transaction"];
    expect(await run(set)).toMatchObject({ code: 1, err: expect.stringContaining("permissionDenied, -50000") });
    const head = JSON.parse((await run(["--json", "block", "latest"])).out);
    const receipt = await run(["receipt", head.transactions[0]]);
    expect(receipt.out).toMatch(/refused +│ +the sender has no right to this change \(permissionDenied, -50000\)/);
    const insert = ["insert(string,string,string,string)(int256)", "store", "1", OTHER, "[]"];
    const granted = await run(["--json", "send", NAMES, ...insert]);
    expect(JSON.parse(granted.out)).toMatchObject({ status: "ok", answer: "1" });
  });

  it("shows the rows of a table, and what a write to it was refused with", async () => {
    const created = ["createTable(string,string,string)(int256)", "lots", "holder", "asset,amount"];
    expect(await run(["send", TABLES, ...created])).toMatchObject({ code: 0 });
    expect(await run(["send", TABLES, ...created])).toMatchObject({
      code: 1,
      err: expect.stringContaining("tableExists, -50001"),
    });
    const insert = (entry: string) => ["insert(string,string,string,string)(int256)", "lots", "ann", entry, ""];
    const inserted = await run(["--json", "send", CRUD, ...insert('{"asset":"gold","amount":"5"}')]);
    expect(JSON.parse(inserted.out)).toMatchObject({ status: "ok", answer: "1" });
    const refused = await run(["send", CRUD, ...insert("{'asset':'gold'}")]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("badEntry, -51500") });
    const select = (where: string) => ["select(string,string,string,string)(string)", "lots", "ann", where, ""];
    expect(await run(["call", CRUD, ...select('{"amount":{"ge":5}}')])).toMatchObject({
      code: 0,
      out: '[{"holder":"ann","asset":"gold","amount":"5"}]',
    });
    const odd = await run(["call", CRUD, ...select("*")]);
    expect(odd).toMatchObject({ code: 1, err: expect.stringContaining("this is no condition (-51501)") });
  });

  it.each([
    [["getBlokNumber"], "no command getBlokNumber, did you mean getBlockNumber?"],
    [["getblocknumber"], "no command getblocknumber, did you mean getBlockNumber?"],
    [["getBlokNumber", "--full"], "no command getBlokNumber, did you mean getBlockNumber?"],
    [["somethingElse", "1"], "no such command: help lists what there is"],
    [["help", "deplay"], "no command deplay, did you mean deploy?"],
    [["--acount", OTHER, "status"], "no option --acount, did you mean --account?"],
    [["--key=0x1234", "status"], "no option --key"],
    [["getBlockByNumber"], "missing required argument 'number' (help getBlockByNumber says how)"],
    [["getBlockNumber", "secret"], "too many arguments for 'getBlockNumber'. Expected 0 arguments but got 1 (help"],
    [["getBlockByNumber", "1", "--ful"], "unknown option '--ful' (Did you mean --full?)"],
  ])("says what is wrong with %j, as text, as JSON and in a script", async (words, message) => {
    const text = await run(words);
    expect(text).toMatchObject({ code: 2, out: "", err: expect.stringContaining(message) });
    const asJson = await run(["--json", ...words]);
    expect(asJson).toMatchObject({ code: 2, out: "" });
    expect(JSON.parse(asJson.err)).toEqual({
      error: { code: "CONSOLE_USAGE", message: expect.stringContaining(message) },
    });
    if (words[0]!.startsWith("--")) return;
    const script = await run([], `${words.join(" ")}\ngetBlockNumber\n`);
    expect(script).toMatchObject({ code: 1, err: expect.stringContaining(message) });
  });

  it("asks for the whole signature when a name has several functions", async () => {
    const several = await run(["send", STORE, "put", "5"]);
    expect(several).toMatchObject({ code: 2 });
    expect(several.err).toContain("put is the name of several functions: put(uint256), put(address)");
    expect(await run(["send", STORE, "put(uint256)", "5"])).toMatchObject({ code: 0 });
    expect((await run(["call", STORE, "last"])).out).toBe("5");
    // A signature takes its results and names from the artefact.
    expect((await run(["call", STORE, "add(uint256)", "2"])).out).toBe("7");
    const typo = await run(["call", STORE, "lats"]);
    expect(typo).toMatchObject({ code: 2, err: expect.stringContaining("no function lats, did you mean last?") });
  });

  it.each([
    ["of a call", ["call", "peek", "10"]],
    ["of an estimate", ["send", "put(uint256)", "10"]],
    ["of a transaction", ["send", "put(uint256)", "10", "--gas", "100000"]],
    ["of a group transaction", ["send", "put(uint256)", "10", "--gas", "100000", "--group-transaction"]],
  ])("decodes the custom error %s by the artefact", async (_what, [command, ...rest]) => {
    const refused = await run([command!, STORE, ...rest]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`TooMuch(wanted: 10, who: ${command === "call" ? "" : new Wallet(KEY).address}`);
  });

  it("decodes the custom error of a constructor, a panic, and shows an error that the ABI does not have", async () => {
    const built = await run(["deploy", join(folder, "Store.sol"), "0"]);
    expect(built).toMatchObject({ code: 1, err: expect.stringContaining("TooMuch(wanted: 0, who: ") });
    const panic = await run(["call", STORE, "add(uint256)", (2n ** 256n - 1n).toString()]);
    expect(panic).toMatchObject({ code: 1, err: expect.stringMatching(/panic 0x11 \(.*overflow/i) });
    const { address } = JSON.parse((await run(["--json", "deploy", join(folder, "Store.sol"), "1"])).out);
    const unknown = await run(["call", address, "peek(uint256)(uint256)", "10"]);
    expect(unknown).toMatchObject({
      code: 1,
      err: expect.stringMatching(/an error that the ABI does not name: 0x[0-9a-f]{136}/),
    });
  });
});
