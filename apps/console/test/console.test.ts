import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { startSoloGroup } from "@fb/ledger/testing";
import { startTestServer, type TestServer } from "@fb/rpc/testing";
import { fromHex } from "@fb/types";
import { Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runConsole } from "../src/run-console.ts";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
const COUNTER = new URL("../../../packages/rpc/testdata/Counter.sol", import.meta.url).pathname;
const KEY = `0x${"1".repeat(64)}`;
const ACCOUNT = new Wallet(KEY).address;
const OTHER = `0x${"ee".repeat(20)}`;

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe("fb-console", () => {
  let node: TestServer;
  let operator: TestServer;
  const folder = mkdtempSync(join(tmpdir(), "fb-console-"));
  const COUNTER_JSON = join(folder, "counter.json");
  const KEY_FILE = join(folder, "key.txt");

  /** In this process. */
  const run = async (args: readonly string[], input = "", env: Record<string, string> = {}): Promise<Outcome> => {
    const lines = { out: [] as string[], err: [] as string[] };
    const code = await runConsole(args, {
      env: { FB_CONSOLE_HOME: join(folder, "home"), ...env },
      show: { out: (text) => lines.out.push(text), err: (text) => lines.err.push(text) },
      input: Readable.from([input]),
      screen: new PassThrough().resume(),
      scryptN: 1024,
    });
    return { code, out: lines.out.join("\n"), err: lines.err.join("\n") };
  };
  /** In a process of its own. */
  const spawned = (args: readonly string[], input = "", env: Record<string, string> = {}): Promise<Outcome> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, ["--conditions=fb-source", MAIN, ...args], {
        env: { ...process.env, FB_CONSOLE_HOME: join(folder, "home"), ...env },
      });
      let out = "";
      let err = "";
      child.stdout.on("data", (bytes) => (out += bytes));
      child.stderr.on("data", (bytes) => (err += bytes));
      child.on("close", (code) => resolve({ code, out: out.trim(), err: err.trim() }));
      child.stdin.end(input);
    });
  const json = async (...args: string[]) => {
    const { code, out, err } = await run(["--url", node.url, "--json", ...args]);
    expect(code, err).toBe(0);
    return JSON.parse(out);
  };

  beforeAll(async () => {
    writeFileSync(KEY_FILE, `${KEY}\n`);
    const alloc = [{ address: fromHex(ACCOUNT)!, balance: 10n ** 24n }];
    const groups = await Promise.all([1, 2].map((groupId) => startSoloGroup({ groupId, alloc })));
    node = await startTestServer(groups);
    operator = await startTestServer(groups, { operator: true });
  });
  afterAll(async () => {
    await Promise.all([node.close(), operator.close()]);
    rmSync(folder, { recursive: true });
  });

  it("answers one-shot, as text and as JSON", async () => {
    const one = await spawned(["--group", "1", "--url", node.url, "getBlockNumber"]);
    expect(one).toEqual({ code: 0, out: "0", err: "" });
    expect(await json("getBlockNumber")).toBe(0);
    expect(await json("-g", "2", "status")).toMatchObject({ notReady: null });
    expect(await json("-g", "2", "status")).toMatchObject({ group: 2, consensus: "pbft", role: "leader", sealers: 1 });
    expect(await json("getConsensusStatus")).toMatchObject({ nodeNum: 1 });
    expect(await json("getSystemConfigByKey", "tx_count_limit")).toBe("1000");
  });

  it("asks the operator listener what concerns the node as a whole, and says so when it cannot", async () => {
    expect(await json("--operator-url", operator.url, "getGroupList")).toEqual([1, 2]);
    const text = await run(["--url", operator.url, "peers"]);
    expect(text.out).toContain("127.0.0.1:30301");
    for (const command of ["getPeers", "getGroupList", "getNodeInfo"]) {
      const { code, err } = await run(["--url", node.url, command]);
      expect(code).toBe(1);
      expect(err).toContain("--operator-url");
    }
  });

  it("deploys a Solidity file, calls and sends by artefact and by signature", async () => {
    const sender = ["--key-file", KEY_FILE];
    const deployed = await json(...sender, "deploy", COUNTER, "7", "--out", COUNTER_JSON);
    expect(deployed).toMatchObject({ contract: "Counter", block: 1 });
    expect(await json("call", COUNTER_JSON, "value")).toBe("7");
    const sent = await json(...sender, "send", COUNTER_JSON, "set", "42");
    expect(sent).toMatchObject({ status: "ok", events: [{ event: "Changed", values: { who: ACCOUNT, value: "42" } }] });
    expect(await json("call", deployed.address, "value()(uint256)")).toBe("42");
    expect(await json("call", deployed.address, "value", "--abi", COUNTER_JSON)).toBe("42");
    const group = await json(...sender, "send", deployed.address, "set(uint256)", "43", "--group-transaction");
    expect(await json("getTransactionByHash", group.transaction)).toMatchObject({ groupId: "0x1", type: "0x7e" });
    expect(await json("call", COUNTER_JSON, "value")).toBe("43");
    const receipt = await run(["--url", node.url, "receipt", group.transaction]);
    expect(receipt.out).toMatch(/status +│ +0 ok/);
    const block = await run(["--url", node.url, "block", "latest", "--full"]);
    expect(block.out).toContain(group.transaction);
    expect(await json("blocks", "2")).toHaveLength(2);
    // The other group knows nothing of it.
    const elsewhere = await run(["--url", node.url, "--group", "2", "call", COUNTER_JSON, "value"]);
    expect(elsewhere).toMatchObject({ code: 1, err: expect.stringContaining("no contract at") });
  });

  it("says why something failed", async () => {
    const at = ["--url", node.url, "--key-file", KEY_FILE];
    const reverted = await run([...at, "send", COUNTER_JSON, "set", "13"]);
    expect(reverted).toMatchObject({ code: 1, err: expect.stringContaining("unlucky") });
    const failed = await run([...at, "send", COUNTER_JSON, "set", "13", "--gas", "100000"]);
    expect(failed).toMatchObject({ code: 1, err: expect.stringMatching(/failed: revert \(unlucky\)/) });
    const refused = await run([...at, "send", COUNTER_JSON, "set", "x"]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("next: expected uint256 next") });
    const missing = await run([...at, "send", COUNTER_JSON, "set"]);
    expect(missing).toMatchObject({
      code: 2,
      err: expect.stringContaining("takes 1 arguments (uint256 next), 0 given"),
    });
    const unknown = await run([...at, "send", COUNTER_JSON, "nothing"]);
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("set(uint256)") });
    const poor = await run(["--url", node.url, "transfer", OTHER, "1ether"], "", {
      FB_CONSOLE_KEY: `0x${"2".repeat(64)}`,
    });
    expect(poor).toMatchObject({ code: 1, err: expect.stringContaining("insufficient funds") });
  });

  it("explains how to reach a node and a group", async () => {
    const dead = await spawned(["--url", "http://127.0.0.1:1", "getBlockNumber"]);
    expect(dead.code).toBe(3);
    expect(dead.err).toContain("nothing answers at http://127.0.0.1:1: check that the node runs");
    const asJson = await run(["--url", "http://127.0.0.1:1", "--json", "status"]);
    expect(JSON.parse(asJson.err)).toMatchObject({ error: { code: "SDK_UNREACHABLE" } });
    const group = await run(["--url", node.url, "--group", "9", "getBlockNumber"]);
    expect(group).toMatchObject({ code: 1, err: "error: no such group on this node" });
    expect(await run(["--url", node.url, "--group", "x", "status"])).toMatchObject({ code: 2 });
    expect(await run(["--url", "localhost:8545", "status"])).toMatchObject({ code: 2 });
    expect(await run(["--url", node.url, "getNothing"])).toMatchObject({ code: 2 });
    expect(await run(["--url", node.url, "getBlockByNumber"])).toMatchObject({ code: 2 });
    const help = await run(["help", "deploy"]);
    expect(help.code).toBe(0);
    expect(help.out).toContain("Example: deploy Token.sol");
    expect((await run(["--help"])).out).toContain("Exit codes");
  });

  it("keeps accounts encrypted", async () => {
    const env = { FB_CONSOLE_PASSWORD: "correct horse" };
    const none = await run(["--url", node.url, "transfer", OTHER, "1"]);
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining("run newAccount") });
    expect(await run(["importAccount", KEY_FILE], "", env)).toMatchObject({ code: 0, out: ACCOUNT });
    expect(await run(["importAccount", KEY_FILE], "", env)).toMatchObject({ code: 1 });
    const file = join(folder, "home/keystore", `${ACCOUNT}.json`);
    expect(readFileSync(file, "utf8")).not.toContain("1".repeat(64));
    expect(statSync(file).mode & 0o077).toBe(0);
    expect((await run(["accounts"])).out).toContain(`* `);
    const paid = await run(["--url", node.url, "--json", "transfer", OTHER, "1.5ether"], "", env);
    expect(JSON.parse(paid.out)).toMatchObject({ status: "ok" });
    expect(await json("getBalance", OTHER)).toBe((15n * 10n ** 17n).toString());
    const wrong = await run(["--url", node.url, "transfer", OTHER, "1"], "", { FB_CONSOLE_PASSWORD: "wrong" });
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("the password does not open") });
    const silent = await run(["--url", node.url, "transfer", OTHER, "1"]);
    expect(silent).toMatchObject({ code: 1, err: expect.stringContaining("FB_CONSOLE_PASSWORD") });
    writeFileSync(join(folder, "pw"), "another\n");
    const made = await run(["--password-file", join(folder, "pw"), "--json", "newAccount"]);
    expect(JSON.parse(made.out).address).toMatch(/^0x/);
    expect(readdirSync(join(folder, "home/keystore"))).toHaveLength(2);
    const several = await run(["--url", node.url, "transfer", OTHER, "1"], "", env);
    expect(several).toMatchObject({ code: 1, err: expect.stringContaining("--account") });
    const chosen = await run(["--url", node.url, "--account", ACCOUNT, "transfer", OTHER, "1"], "", env);
    expect(chosen.code).toBe(0);
  });

  it("runs a script of lines, going on after errors", async () => {
    const lines = [
      "switch 2",
      "getBlockNumber",
      "getNothing",
      "switch 7",
      "help send",
      '"getBlockNumber',
      "status",
      "quit",
    ];
    const { code, out, err } = await spawned(["--url", node.url], `${lines.join("\n")}\n`);
    expect(code).toBe(1);
    expect(out).toContain("serves group 1");
    expect(out).toContain("group 2\n0\n");
    expect(out).toContain("Usage: send");
    expect(out).toContain("transactions");
    expect(err).toContain("no such command: help lists what there is");
    expect(err).toContain("this node does not serve group 7");
    expect(err).toContain('a " is not closed');
    expect(existsSync(join(folder, "home/history"))).toBe(false);
  });

  it("finds imports next to the file and in node_modules, and shows the compiler's errors", async () => {
    const project = join(folder, "project");
    const mainJson = join(folder, "main.json");
    mkdirSync(join(project, "node_modules/@scope/base/sub"), { recursive: true });
    mkdirSync(join(project, "contracts/lib"), { recursive: true });
    const head = "// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.0;\n";
    const write = (path: string, text: string) => writeFileSync(join(project, path), head + text);
    write("node_modules/@scope/base/Base.sol", 'import "./sub/Deep.sol";\nabstract contract Base is Deep {}');
    write("node_modules/@scope/base/sub/Deep.sol", "abstract contract Deep { uint256 public deep = 5; }");
    write("contracts/lib/Local.sol", "library Local { function two() internal pure returns (uint256) { return 2; } }");
    write(
      "contracts/Main.sol",
      'import "@scope/base/Base.sol";\nimport {Local} from "./lib/Local.sol";\n' +
        "struct Pair { uint256 left; string right; }\n" +
        "contract Main is Base { function pair(Pair[] calldata all, bool last) external pure returns (Pair memory) {" +
        " return last ? all[all.length - 1] : Pair(Local.two(), all[0].right); } }\ncontract Other {}",
    );
    const deployed = await json("--key-file", KEY_FILE, "deploy", `${project}/contracts/Main.sol`, "--out", mainJson);
    expect(await json("call", deployed.address, "deep()(uint256)")).toBe("5");
    const pairs = '[{"left":1,"right":"a b"},{"left":"0x9","right":"c"}]';
    expect(await json("call", mainJson, "pair", pairs, "true")).toEqual([{ left: "9", right: "c" }].at(0));
    expect(await json("call", mainJson, "pair", pairs, "false")).toEqual({ left: "2", right: "a b" });
    expect(await json("--key-file", KEY_FILE, "deploy", `${project}/contracts/Main.sol:Other`)).toMatchObject({
      contract: "Other",
    });
    write("contracts/Bad.sol", 'import "@scope/none/X.sol";\ncontract Bad { uint256 x = "text"; }');
    const bad = await run(["--url", node.url, "--key-file", KEY_FILE, "deploy", `${project}/contracts/Bad.sol`]);
    expect(bad).toMatchObject({ code: 1, err: expect.stringContaining("is the package installed?") });
    const absent = await run(["--url", node.url, "--key-file", KEY_FILE, "deploy", "Nowhere.sol"]);
    expect(absent).toMatchObject({ code: 1, err: expect.stringContaining("cannot read the file") });
    const wrong = await run([
      "--url",
      node.url,
      "--key-file",
      KEY_FILE,
      "deploy",
      `${project}/contracts/Main.sol:Nope`,
    ]);
    expect(wrong.err).toContain("it has Main, Other");
  });
});
