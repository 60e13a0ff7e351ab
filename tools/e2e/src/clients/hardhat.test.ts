import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { devAccounts } from "@fb/build-chain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "../support/chain.ts";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));

let chain: TestChain;
let project: string;
/** Runs Hardhat in a copy of its project; rejects with what it printed. Nothing is fetched: the compiler is installed. */
const hardhat = async (...args: string[]) => {
  const cli = join(PACKAGE, "node_modules/hardhat/dist/src/cli.js");
  const keys = devAccounts().slice(0, 2);
  const env = {
    ...process.env,
    CI: "true",
    HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: "true",
    FB_URL: chain.url(0, 1),
    FB_KEYS: keys.map(({ privateKey }) => privateKey).join(","),
    XDG_CACHE_HOME: project,
    XDG_CONFIG_HOME: project,
    XDG_DATA_HOME: project,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], {
    cwd: project,
    env,
    timeout: 100_000,
  });
  return stdout;
};

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "fb-hardhat-"));
  cpSync(join(PACKAGE, "hardhat"), project, { recursive: true });
  symlinkSync(join(PACKAGE, "node_modules"), join(project, "node_modules"));
  writeFileSync(join(project, "package.json"), readFileSync(join(PACKAGE, "package.json")));
  chain = await createTestChain({ topology: "127.0.0.1:4 agency1 1", groups: ["1:pbft:storage"] });
});
afterAll(async () => {
  await chain?.close();
  rmSync(project, { recursive: true, force: true });
});

describe("Hardhat as it comes, on a chain that makes no blocks by itself", () => {
  it("passes a suite of OpenZeppelin contracts", async () => {
    expect(await hardhat("test", "mocha")).toMatch(/9 passing/);
  });

  it("deploys with Ignition, which waits for five confirmations", async () => {
    const printed = await hardhat("ignition", "deploy", "ignition/modules/club.ts", "--network", "fb");
    expect(printed).toContain("Club#Treasury - 0x");
  });
});
