import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configValues, NODE_CONFIG, type NodeConfig } from "@fb/config";
import { afterAll, describe, expect, it } from "vitest";
import { readMasterKeys } from "./master-keys.ts";

const KEY = `0f${"e1".repeat(30)}c3`;
const folder = mkdtempSync(join(tmpdir(), "fb-masters-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Source = Partial<NodeConfig["storage_security"]>;
const read = (source: Source, timeoutMs?: number) =>
  readMasterKeys(
    { folder, config: configValues(NODE_CONFIG, { storage_security: { enable: true, ...source } }) },
    timeoutMs,
  );
const ids = async (source: Source) => (await read(source))!.map(({ id }) => id);

/** A program that Node runs; its arguments have no blanks. */
function program(name: string, source: string): string {
  writeFileSync(join(folder, name), source);
  return `${process.execPath} ${name}`;
}

async function refusal(source: Source, timeoutMs?: number): Promise<string> {
  const error = await read(source, timeoutMs).then(
    () => ({ code: "READ", message: "" }),
    (reason: { code: string; message: string; cause?: unknown }) => reason,
  );
  expect(error.code).toBe("KEY_INVALID");
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(KEY.slice(0, 20));
  return error.message;
}

describe("master keys of a node", () => {
  it("there are none unless they are asked for", async () => {
    expect(await read({ enable: false, keyFile: "missing" })).toBeNull();
  });

  it("come from a file that is its owner's alone", async () => {
    const file = join(folder, "master.keys");
    expect(await refusal({ keyFile: "master.keys" })).toContain("does not exist");
    writeFileSync(file, `2:${KEY}\n1:${KEY.replace("0f", "1f")}\n`, { mode: 0o644 });
    chmodSync(file, 0o644);
    expect(await refusal({ keyFile: "master.keys" })).toContain("chmod 600");
    chmodSync(file, 0o600);
    expect(await ids({ keyFile: "master.keys" })).toEqual([2, 1]);
    writeFileSync(file, `${KEY} \n`);
    expect(await refusal({ keyFile: "master.keys" })).toContain("line 1");
    writeFileSync(file, "0".repeat(5000));
    expect(await refusal({ keyFile: "master.keys" })).toContain("no file of master keys");
  });

  it("come from the environment, and are not there any more", async () => {
    process.env["FB_TEST_MASTERS"] = KEY;
    expect(await ids({ keyEnv: "FB_TEST_MASTERS" })).toEqual([1]);
    expect(process.env["FB_TEST_MASTERS"]).toBeUndefined();
    expect(await refusal({ keyEnv: "FB_TEST_MASTERS" })).toContain("has no FB_TEST_MASTERS");
  });

  it("come from a command that no shell reads", async () => {
    const echo = program("echo.cjs", "console.log(process.argv.slice(2).join('\\n'))");
    expect(await ids({ keyCommand: `${echo}  7:${KEY} ` })).toEqual([7]);
    expect(await refusal({ keyCommand: `${echo} 7:${KEY} ; echo` })).toContain("line 2");
    const grumbling = program("grumbling.cjs", `console.error("hm"); console.log("${KEY}")`);
    expect(await ids({ keyCommand: grumbling })).toEqual([1]);
  });

  it.each([
    ["prints garbage", `console.log("${KEY}, or so")`, "line 1"],
    ["prints nothing", "", "line 1"],
    ["ends with a code", `console.log("${KEY}"); console.error("${KEY}"); process.exitCode = 3`, "ended with code 3"],
    [
      "never stops printing",
      'const all = () => process.stdout.write("0".repeat(1 << 20), all); all()',
      "more than 4096 bytes",
    ],
  ])("a command that %s is refused", async (_what, source, message) => {
    expect(await refusal({ keyCommand: program("bad.cjs", source) })).toContain(message);
  });

  it("a command that hangs is ended, also one that has children", async () => {
    const hanging = program("hang.cjs", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
    expect(await refusal({ keyCommand: hanging }, 300)).toContain("did not end within 300 ms");
    const parent = program(
      "parent.cjs",
      "require('node:child_process').spawn('sleep', ['5'], { stdio: 'inherit' }); setInterval(() => {}, 1000)",
    );
    expect(await refusal({ keyCommand: parent }, 500)).toContain("did not end within 500 ms");
  });

  it("a command that is not there is refused", async () => {
    expect(await refusal({ keyCommand: "/no/such/program --key" })).toContain("could not be run (ENOENT)");
  });
});
