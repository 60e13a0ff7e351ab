import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GROUP_GENESIS, NODE_CONFIG, readConfig } from "@fb/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuildChainOptions, type BuiltNode, buildChain } from "./build-chain.ts";
import { parseGroupShape, parseTopology } from "./topology.ts";

const output = mkdtempSync(join(tmpdir(), "fb-chain-"));
afterAll(() => rmSync(output, { recursive: true }));

const options: BuildChainOptions = {
  output,
  chainId: 9,
  topology: parseTopology(
    "127.0.0.1:2 bankA 1,2\n127.0.0.1:1 bankB 1:observer # follows only\n10.0.0.7:1 bankB 1 40000,50000",
  ),
  groups: [parseGroupShape("1"), parseGroupShape("2:raft:mpt")],
  ports: { p2p: 30300, rpc: 8545, operator: 9545 },
  dev: true,
  binary: "fb-node",
  timestamp: 1_700_000_000_000,
  extend: false,
};

let nodes: BuiltNode[];
beforeAll(async () => {
  nodes = await buildChain(options);
});

const read = (...path: string[]) => readFileSync(join(...path), "utf8");

describe("build-chain", () => {
  it("gives nodes names and ports per host", () => {
    expect(nodes.map(({ host, name, ports }) => [host, name, ports.p2p, ports.rpc, ports.operator])).toEqual([
      ["127.0.0.1", "node0", 30300, 8545, 9545],
      ["127.0.0.1", "node1", 30301, 8546, 9546],
      ["127.0.0.1", "node2", 30302, 8547, 9547],
      ["10.0.0.7", "node0", 40000, 50000, 51000],
    ]);
    for (const { folder, ports } of nodes) {
      const { operator } = readConfig(NODE_CONFIG, "c", read(folder, "config.ini"));
      expect(operator).toEqual({ listenIp: "127.0.0.1", listenPort: ports.operator, backupPath: "backup/" });
    }
  });

  it("writes the same genesis to every member and none to the others", () => {
    const genesis = read(nodes[0]!.folder, "conf/group.1.genesis");
    for (const node of nodes) expect(read(node.folder, "conf/group.1.genesis")).toBe(genesis);
    const one = readConfig(GROUP_GENESIS, "g1", genesis);
    expect(one.consensus.sealers).toEqual([nodes[0]!.nodeId, nodes[1]!.nodeId, nodes[3]!.nodeId].sort());
    expect(one.consensus.observers).toEqual([nodes[2]!.nodeId]);
    expect(one.alloc.accounts).toHaveLength(10);
    expect([one.tx.allowUnprotected, one.alloc_code.contracts.length]).toEqual([true, 2]);
    const two = readConfig(GROUP_GENESIS, "g2", read(nodes[1]!.folder, "conf/group.2.genesis"));
    expect([two.consensus.type, two.state.type, two.consensus.sealers.length]).toEqual(["raft", "mpt", 2]);
    expect(() => statSync(join(nodes[2]!.folder, "conf/group.2.genesis"))).toThrow();
  });

  it("issues a chain of certificates that node:crypto accepts, with the node id as leaf key", () => {
    for (const node of nodes) {
      const [leaf, agency] = read(node.folder, "conf/node.crt")
        .split(/(?<=-----END CERTIFICATE-----\n)/)
        .filter((pem) => pem.includes("BEGIN"))
        .map((pem) => new X509Certificate(pem));
      const ca = new X509Certificate(read(node.folder, "conf/ca.crt"));
      expect(leaf!.checkIssued(agency!) && leaf!.verify(agency!.publicKey)).toBe(true);
      expect(agency!.checkIssued(ca) && agency!.verify(ca.publicKey)).toBe(true);
      expect([leaf!.ca, agency!.ca, ca.ca]).toEqual([false, true, true]);
      expect(agency!.subject).toContain(node.agency);
      const key = createPublicKey(createPrivateKey(read(node.folder, "conf/node.key"))).export({ format: "jwk" });
      const id = Buffer.concat([Buffer.from(key.x!, "base64url"), Buffer.from(key.y!, "base64url")]).toString("hex");
      expect(id).toBe(node.nodeId);
      expect(leaf!.publicKey.export({ format: "jwk" })).toMatchObject({ crv: "secp256k1", x: key.x, y: key.y });
      expect(statSync(join(node.folder, "conf/node.key")).mode & 0o077).toBe(0);
    }
  });

  it("lists every node as peer of every node", () => {
    for (const node of nodes)
      expect(readConfig(NODE_CONFIG, "c", read(node.folder, "config.ini")).p2p.peers).toHaveLength(4);
  });

  it("allows nothing of a development chain unless it is one", async () => {
    const [node] = await buildChain({ ...options, output: join(output, "real"), dev: false });
    const genesis = readConfig(GROUP_GENESIS, "g", read(node!.folder, "conf/group.1.genesis"));
    expect([genesis.tx.allowUnprotected, genesis.alloc_code.contracts, genesis.alloc.accounts]).toEqual([
      false,
      [],
      [],
    ]);
    expect(readConfig(NODE_CONFIG, "c", read(node!.folder, "config.ini")).rpc.corsOrigins).toEqual([]);
  });

  it("refuses to overwrite keys, and extends a chain with the CA it has", async () => {
    const before = read(nodes[0]!.folder, "conf/node.key");
    await expect(buildChain(options)).rejects.toMatchObject({ code: "OUTPUT_EXISTS" });
    const more = await buildChain({ ...options, topology: parseTopology("127.0.0.1:1 bankC 1"), extend: true });
    expect(read(nodes[0]!.folder, "conf/node.key")).toBe(before);
    expect(more[0]!.name).toBe("node3");
    expect(read(more[0]!.folder, "conf/ca.crt")).toBe(read(nodes[0]!.folder, "conf/ca.crt"));
    expect(read(more[0]!.folder, "conf/group.1.genesis")).toBe(read(nodes[0]!.folder, "conf/group.1.genesis"));
  });
});

describe("topology", () => {
  it.each([
    ["127.0.0.1 a 1", "t:1: expected"],
    ["\n127.0.0.1:4 a 0", 't:2: group "0"'],
    ["127.0.0.1:0 a 1", "t:1: at least one node"],
    ["127.0.0.1:1 a 1 99,70000", 't:1: ports "99,70000"'],
    ["127.0.0.1:1 a 1 99,65000", 't:1: ports "99,65000" must be p2pPort,rpcPort[,operatorPort]'],
    ["127.0.0.1:1 a/b 1", 't:1: agency "a/b"'],
    ["", "t: no line names a host"],
  ])("names line and fix for %j", (text, message) => {
    expect(() => parseTopology(text, "t")).toThrow(message);
  });

  it.each([
    ["collide", "127.0.0.1:1 a 1 30300,8545\n127.0.0.1:1 a 1 30300,8546"],
    ["collide with the operator's", "127.0.0.1:1 a 1 30300,8545,9545\n127.0.0.1:1 a 1 30301,9545"],
    ["do not exist", "127.0.0.1:2 a 1 30300,8545,65535"],
  ])("refuses ports that %s", async (_what, lines) => {
    const topology = parseTopology(lines);
    await expect(buildChain({ ...options, output: join(output, "clash"), topology })).rejects.toMatchObject({
      code: "TOPOLOGY_INVALID",
    });
  });
});
