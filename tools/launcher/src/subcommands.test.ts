import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT, exitCodeOf } from "@fb/cli";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { USAGE_CODES } from "./errors.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Where a chain would be made. */
const scratch = mkdtempSync(join(tmpdir(), "fb-help-"));
const chain = join(scratch, "chain");
vi.stubEnv("FB_CHAIN", chain);
const { helpText, runSubcommand } = await import("./subcommands.ts");
afterEach(() => expect(existsSync(chain)).toBe(false));
afterAll(() => rmSync(scratch, { recursive: true }));

const OWN = ["up", "down", "status", "logs", "reset", "test"];
const PROGRAMS = ["console", "build-chain", "bench", "attack", "vectors"];
const LAUNCHER = "tools/launcher/src/main.ts";

async function shown(name: string, ...args: string[]): Promise<string> {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((text: string) => void lines.push(text));
  await runSubcommand(name, args).finally(() => log.mockRestore());
  return lines.join("\n");
}

function run(program: string, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    // Whatever starts something instead of answering is ended.
    const child = spawn(process.execPath, ["--conditions=fb-source", program, ...args], { cwd: ROOT, timeout: 50_000 });
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

describe("every subcommand of ./fb", () => {
  it.each(OWN)("%s answers --help and -h", async (name) => {
    for (const flag of ["--help", "-h"])
      expect(await shown(name, flag)).toMatch(new RegExp(`^\\./fb ${name}.*\n\n\\w`));
  });

  it.each([
    ...OWN.map((name) => [[name, "--nonsense"], `usage: ./fb ${name}`] as const),
    [["up", "now"], "usage: ./fb up; not now"],
    [["logs", "node0", "node1"], "usage: ./fb logs [node]"],
    [["status", "--json=yes"], "usage: ./fb status [--json]"],
    [["test", "nothing"], "no suite nothing; there are lint"],
    [["nonsense"], "no command nonsense; there are up, down"],
    [["constructor"], "no command constructor"],
  ] as const)("refuses %j", async ([name, ...args], message) => {
    const error = await shown(name!, ...args).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringContaining(message) });
    expect(exitCodeOf(error, USAGE_CODES)).toBe(EXIT.usage);
  });

  it("is in the help", () => {
    for (const name of [...OWN, ...PROGRAMS]) expect(helpText()).toMatch(new RegExp(`^ {2}${name}`, "m"));
  });

  it("is what the launcher runs", async () => {
    const [help, refused, passed] = await Promise.all([
      run(LAUNCHER, "up", "--help"),
      run(LAUNCHER, "up", "--nonsense"),
      run(LAUNCHER, "build-chain", "--nonsense"),
    ]);
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining("./fb up"), err: "" });
    expect(refused).toMatchObject({ code: 2, out: "", err: expect.stringContaining("usage: ./fb up") });
    expect(passed.code).toBe(2);
  });
});

describe("every program", () => {
  it.each([
    "apps/node/src/main.ts",
    "apps/console/src/main.ts",
    "tools/build-chain/src/main.ts",
    "tools/bench/src/main.ts",
    "tools/redteam/src/main.ts",
    "tools/tidy/src/main.ts",
    "tools/api-report/src/main.ts",
    "packages/evm/test/vectors/run.ts",
    "packages/evm/test/fuzz/run.ts",
    "packages/evm/test/arithmetic/run.ts",
    "packages/evm/test/precompiles/run.ts",
  ])("%s answers -h, and refuses an option that it does not have with 2", async (entry) => {
    const [help, refused] = await Promise.all([run(entry, "-h"), run(entry, "--nonsense")]);
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining("--help"), err: "" });
    expect(refused).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/\S/) });
  });
});
