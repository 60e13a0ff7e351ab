import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts, nodesOf } from "@fb/local-chain";
import { compileSolidity } from "@fb/testkit/solidity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

let scratch: string;
let env: NodeJS.ProcessEnv;
let rpcPort: number;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "fb-launcher-"));
  rpcPort = await freePorts(4, 49_000);
  const p2pPort = await freePorts(4, rpcPort + 4);
  env = {
    ...process.env,
    FB_CHAIN: join(scratch, "chain"),
    FB_RPC_PORT: String(rpcPort),
    FB_P2P_PORT: String(p2pPort),
    FB_OPERATOR_PORT: String(await freePorts(4, p2pPort + 4)),
  };
});
afterAll(async () => {
  for (const node of nodesOf(join(scratch, "chain"))) await node.kill();
  rmSync(scratch, { recursive: true, force: true });
});

function fb(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(join(ROOT, "fb"), args, {
    cwd: ROOT,
    env,
    encoding: "utf8",
    timeout: 200_000,
  });
  return { status, stdout, stderr };
}

interface Status {
  readonly nodes: readonly {
    readonly name: string;
    readonly pid: number | null;
    readonly rpc: string;
    readonly p2p: string;
    readonly groups: readonly {
      readonly id: number;
      readonly consensus: string;
      readonly state: string;
      readonly role: string;
      readonly height: number;
      readonly hash: string;
    }[];
  }[];
}

const status = () => JSON.parse(fb("status", "--json").stdout) as Status;

describe("./fb", () => {
  it("says what to do when there is no chain yet", () => {
    expect(fb("status").stdout).toContain("./fb up makes one");
    expect(fb("logs").stderr).toContain("./fb up makes one");
    expect(fb("down").stdout).toContain("nothing is running");
    expect(fb("nonsense").status).toBe(2);
  });

  it("up makes, starts and proves a chain of four nodes and two groups", () => {
    const { status: code, stdout, stderr } = fb("up");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("UNSAFE development accounts");
    const { nodes } = status();
    expect(nodes.map(({ name }) => name)).toEqual(["node0", "node1", "node2", "node3"]);
    for (const node of nodes) {
      expect(node.pid).toBeGreaterThan(0);
      expect(node.rpc).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(node.groups.map(({ id, consensus, state }) => [id, consensus, state])).toEqual([
        [1, "pbft", "storage"],
        [2, "raft", "mpt"],
      ]);
    }
    for (const id of [1, 2]) {
      const roles = nodes.map((node) => node.groups.find((group) => group.id === id)!.role);
      expect(roles.filter((role) => role === "leader")).toHaveLength(1);
    }
  });

  it("names a port that another program has taken, and the fix", async () => {
    expect(fb("down").status).toBe(0);
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(rpcPort + 1, "127.0.0.1", resolve));
    const { status: code, stderr } = fb("up");
    await new Promise((resolve) => thief.close(resolve));
    expect(code).toBe(1);
    expect(stderr).toContain(`node1 needs RPC port ${rpcPort + 1}`);
    expect(stderr).toContain("config.ini");
  });

  it("names a broken configuration by file, line, key and allowed range", () => {
    const file = join(scratch, "chain/nodes/127.0.0.1/node2/config.ini");
    const good = readFileSync(file, "utf8");
    writeFileSync(file, good.replace(/^jsonrpc_listen_port=.*$/m, "jsonrpc_listen_port=99999"));
    const { status: code, stderr } = fb("up");
    writeFileSync(file, good);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /node2\/config\.ini:\d+: \[rpc\] jsonrpc_listen_port=99999 is not allowed; allowed: integer 1\.\.65535/,
    );
  });

  it("a second up keeps keys and data", () => {
    const key = join(scratch, "chain/nodes/127.0.0.1/node0/conf/node.key");
    const before = readFileSync(key, "utf8");
    const { status: code, stdout } = fb("up");
    expect(code).toBe(0);
    expect(stdout).not.toContain("UNSAFE");
    expect(readFileSync(key, "utf8")).toBe(before);
    // Two blocks of the first proof, two of the second.
    for (const node of status().nodes) for (const group of node.groups) expect(group.height).toBeGreaterThanOrEqual(4);
  });

  it("the console deploys a Solidity file and calls it", () => {
    const source = join(ROOT, "tools/launcher/assets/Proof.sol");
    const key = join(scratch, "key");
    writeFileSync(key, "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    const contract = join(scratch, "proof.json");
    const signed = ["console", "--group", "2", "--key-file", key];
    for (const command of [
      ["deploy", source, "--out", contract],
      ["send", contract, "set", "77"],
    ]) {
      const { status: code, stderr } = fb(...signed, ...command);
      expect(code, stderr).toBe(0);
    }
    const called = fb("console", "--group", "2", "call", contract, "get");
    expect(called.stdout, called.stderr).toContain("77");
  });

  it("reset asks first, and deletes with --yes", () => {
    expect(fb("reset").status).toBe(2);
    expect(existsSync(join(scratch, "chain/cert"))).toBe(true);
    expect(fb("reset", "--yes").status).toBe(0);
    expect(existsSync(join(scratch, "chain"))).toBe(false);
  });
});

describe("the contract that proves a chain", () => {
  it("is compiled from the source beside it", () => {
    const source = readFileSync(join(ROOT, "tools/launcher/assets/Proof.sol"), "utf8");
    const artefact = JSON.parse(readFileSync(join(ROOT, "tools/launcher/assets/proof.json"), "utf8")) as {
      bytecode: string;
    };
    expect(compileSolidity(source, "Proof").Proof.bytecode).toBe(artefact.bytecode);
  });
});
