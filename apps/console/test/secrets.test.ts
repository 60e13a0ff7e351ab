import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSoloGroup } from "@fb/ledger/testing";
import { startTestServer, type TestServer } from "@fb/rpc/testing";
import { Wallet } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Typist } from "./typist.ts";

const PROMPT = "[group 1]> ";
const SECRET = "correct horse 42";
const [UP, CTRL_C, CTRL_D, CTRL_U, CTRL_Y, BACKSPACE] = ["\u001b[A", "\u0003", "\u0004", "\u0015", "\u0019", "\u007f"];

describe("secrets at a terminal", () => {
  let node: TestServer;
  let home: string;
  const root = mkdtempSync(join(tmpdir(), "fb-secrets-"));

  const start = (args: readonly string[] = []) => new Typist(["--url", node.url, ...args], { FB_CONSOLE_HOME: home });
  const history = () => readFileSync(join(home, "history"), "utf8").trim().split("\n");
  const accounts = () => readdirSync(join(home, "keystore"));

  beforeAll(async () => {
    node = await startTestServer([await startSoloGroup({ groupId: 1 })]);
  });
  afterAll(async () => {
    await node.close();
    rmSync(root, { recursive: true });
  });
  beforeEach(() => {
    home = mkdtempSync(join(root, "home-"));
  });

  it("are asked for twice, not shown, not run, not remembered", async () => {
    const console = start();
    await console.see(PROMPT);
    console.type("newAccount\r");
    await console.see("Password for the new account: ");
    console.type(`${SECRET}\r`);
    const first = await console.see("Once more: ");
    console.type(`${SECRET}\r`);
    const second = await console.see(PROMPT);
    expect(first + second).not.toContain(SECRET);
    expect(second).toContain("keystore");
    console.type("quit\r");
    const { code, shown } = await console.rest();
    expect({ code, shown }).toEqual({ code: 0, shown: expect.not.stringContaining(SECRET) });
    expect(history()).toEqual(["quit", "newAccount"]);
    expect(statSync(join(home, "history")).mode & 0o777).toBe(0o600);
    const [file] = accounts();
    expect(statSync(join(home, "keystore", file!)).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, "keystore")).mode & 0o777).toBe(0o700);
  });

  it("leave the line editor as it was: keys echo once, the history works, nothing can be yanked back", async () => {
    const console = start();
    await console.see(PROMPT);
    console.type("newAccount\r");
    await console.see("new account: ");
    // Everything of a first try is taken back before the right one is typed; an arrow key is no part of it.
    console.type(`wrong${CTRL_U}${UP}${SECRET}x${BACKSPACE}\r`);
    await console.see("Once more: ");
    console.type(`${SECRET}\r`);
    await console.see(PROMPT);
    console.type("listAcc");
    await console.see("listAcc");
    console.type("ount\r");
    expect(await console.see(PROMPT)).not.toMatch(/listAccount.*listAccount/s);
    console.type(`${CTRL_Y}${UP}`);
    expect(await console.see("listAccount")).not.toMatch(/\^\[|wrong|horse/);
    console.type(`${CTRL_U}quit\r`);
    expect(await console.rest()).toMatchObject({ code: 0, shown: expect.not.stringContaining("^[[A") });
  });

  it.each([
    ["the folder is a file", () => writeFileSync(home, "")],
    ["the history is a folder", () => mkdirSync(join(home, "history"), { recursive: true })],
  ])("are no reason to stop: commands run where no history can be kept, %s", async (_, spoil) => {
    rmSync(home, { recursive: true });
    spoil();
    const console = start();
    await console.see(PROMPT);
    for (const nth of [1, 2]) {
      console.type("getBlockNumber\r");
      const shown = await console.see(PROMPT);
      expect(shown).toMatch(/^0\s*$/m);
      expect(shown.includes("are not remembered")).toBe(nth === 1);
    }
    console.type("quit\r");
    expect(await console.rest()).toMatchObject({ code: 0 });
  });

  it("typed or pasted ahead of the question are taken as its answer", async () => {
    const console = start();
    await console.see(PROMPT);
    console.type(`newAccount\r${SECRET}\r${SECRET}\rlistAccount\rquit\r`);
    const { code, shown } = await console.rest();
    expect(code).toBe(0);
    expect(shown).not.toContain(SECRET);
    expect(history()).toEqual(["quit", "listAccount", "newAccount"]);
    expect(accounts()).toHaveLength(1);
  });

  it("must be the same twice; Ctrl-C ends the question, and clears a line", async () => {
    const console = start();
    await console.see(PROMPT);
    console.type(`newAccount\r${SECRET}\rother\r`);
    await console.see("the two passwords differ");
    await console.see(PROMPT);
    console.type("newAccount\r");
    await console.see("new account: ");
    console.type(`${SECRET}${CTRL_C}`);
    await console.see("cancelled");
    await console.see(PROMPT);
    console.type(`getNothing${CTRL_C}`);
    await console.see(PROMPT);
    console.type("getBlockNumber\r");
    expect(await console.see(PROMPT)).toMatch(/getBlockNumber\r+\n0\r\n/);
    console.type(CTRL_D);
    expect((await console.rest()).code).toBe(0);
    expect(history()).toEqual(["getBlockNumber", "newAccount"]);
  });

  it("leave Ctrl-C to a command that does not end", async () => {
    const silent = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        if (body.includes("eth_chainId")) response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: "0x10001" }));
      });
    }).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const console = start(["--url", `http://127.0.0.1:${(silent.address() as AddressInfo).port}`]);
    await console.see(PROMPT);
    const asked = once(silent, "request");
    console.type("getBalance 0x0000000000000000000000000000000000000001\r");
    await asked;
    console.type(CTRL_C);
    // 128 and SIGINT.
    expect((await console.rest()).code).toBe(130);
    silent.closeAllConnections();
    silent.close();
  });

  it("are not remembered when they are typed where a command belongs, or given as an argument", async () => {
    const key = Wallet.createRandom().privateKey;
    const console = start();
    await console.see(PROMPT);
    console.type(`${SECRET}\r`);
    await console.see("no such command");
    await console.see(PROMPT);
    for (const command of ["importAccount", "useAccount", "getBalance", "blocks", "transfer 0x00"]) {
      console.type(`${command} ${key}\r`);
      await console.see(key);
      const answer = await console.see(PROMPT);
      expect(answer).toContain("error: ");
      expect(answer).not.toContain(key.slice(2));
    }
    const hash = `0x${"ab".repeat(32)}`;
    console.type(`receipt ${hash}\r`);
    await console.see("no receipt");
    await console.see(PROMPT);
    console.type("quit\r");
    await console.rest();
    expect(history()).toEqual(["quit", `receipt ${hash}`]);
  });

  it("of an account that exists are asked for once, also by a single command", async () => {
    const wallet = Wallet.createRandom();
    const file = join(home, "key");
    writeFileSync(file, wallet.privateKey);
    const adding = start(["importAccount", file]);
    await adding.see("Password for the account: ");
    adding.type(`${SECRET}\r`);
    await adding.see("Once more: ");
    adding.type(`${SECRET}\r`);
    expect(await adding.rest()).toMatchObject({ code: 0, shown: expect.not.stringContaining(SECRET) });
    const paying = start(["transfer", wallet.address, "0"]);
    await paying.see(`Password of ${wallet.address}: `);
    paying.type(`${SECRET}\r`);
    const { code, shown } = await paying.rest();
    expect(shown).toContain("status");
    expect(shown).not.toContain(SECRET);
    expect(code).toBe(0);
    const stopped = start(["transfer", wallet.address, "0"]);
    await stopped.see(`Password of ${wallet.address}: `);
    stopped.type(CTRL_C);
    expect(await stopped.rest()).toMatchObject({ code: 1, shown: expect.stringContaining("cancelled") });
  });
});
