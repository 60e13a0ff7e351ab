import { describe, expect, it } from "vitest";
import { GROUP_GENESIS, GROUP_OPTIONS } from "./group-config.ts";
import { NODE_CONFIG } from "./node-config.ts";
import { configError, configValues, readConfig, renderConfig } from "./schema.ts";

const NODE = "ab".repeat(64);

const HEX_KEY = "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d";
const PEM_LINE = "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgTz7fmDrGNqZahCznx42a";

describe("configuration files", () => {
  it("gives every default for an empty file", () => {
    const config = readConfig(NODE_CONFIG, "config.ini", "");
    expect(config.rpc.listenPort).toBe(8545);
    expect(config.p2p.peers).toEqual([]);
    expect(config).toEqual(configValues(NODE_CONFIG, {}));
  });

  it("reads back what it wrote, for all three files", () => {
    const node = configValues(NODE_CONFIG, {
      p2p: {
        listenPort: 1234,
        peers: [
          { host: "10.0.0.1", port: 30300 },
          { host: "::1", port: 5 },
        ],
      },
      certificate_blacklist: { nodes: [NODE as never], agencies: ["cd".repeat(32)] },
    });
    expect(readConfig(NODE_CONFIG, "f", renderConfig(NODE_CONFIG, node))).toEqual(node);
    const genesis = configValues(GROUP_GENESIS, {
      group: { id: 7, timestamp: 1_700_000_000_000 },
      consensus: { type: "raft", sealers: [NODE as never] },
      governance: { admins: [`0x${"1".repeat(40)}`] },
      alloc: { accounts: [{ address: `0x${"2".repeat(40)}`, balance: 10n ** 24n }] },
    });
    expect(readConfig(GROUP_GENESIS, "f", renderConfig(GROUP_GENESIS, genesis))).toEqual(genesis);
    const options = configValues(GROUP_OPTIONS, {});
    expect(readConfig(GROUP_OPTIONS, "f", renderConfig(GROUP_OPTIONS, options))).toEqual(options);
  });

  it("reads fingerprints of agencies as openssl writes them", () => {
    const colons = Array(32).fill("AB").join(":");
    const text = `[certificate_blacklist]\nagency.0=${colons}\nagency.1=${"cd".repeat(32)}\n`;
    const { agencies, nodes } = readConfig(NODE_CONFIG, "f", text).certificate_blacklist;
    expect(agencies).toEqual(["ab".repeat(32), "cd".repeat(32)]);
    expect(nodes).toEqual([]);
    for (const wrong of [colons.slice(3), "ab".repeat(64), "zz".repeat(32)]) {
      expect(() => readConfig(NODE_CONFIG, "f", `[certificate_whitelist]\nagency.0=${wrong}\n`)).toThrow(
        /agency\.0=.* is not allowed; allowed: SHA-256: 64 hex digits/,
      );
    }
  });

  it("allows an interval of empty blocks that the engine takes, or none", () => {
    const read = (ms: string) => readConfig(GROUP_OPTIONS, "f", `[consensus]\nempty_block_interval_ms=${ms}\n`);
    for (const ms of [0, 1_000, 3_600_000]) expect(read(String(ms)).consensus.emptyBlockIntervalMs).toBe(ms);
    for (const ms of ["-1", "1", "999", "3600001"]) {
      const message = `empty_block_interval_ms=${ms} is not allowed; allowed: 0 or integer 1000..3600000`;
      expect(() => read(ms)).toThrow(message);
    }
  });

  it("names file, line, key, value and allowed range of every mistake at once", () => {
    const text = [
      "[rpc]",
      "jsonrpc_listen_port=70000",
      "colour=blue",
      "[nonsense]",
      "[p2p]",
      "node.0=nowhere",
      "what",
    ].join("\n");
    let message = "";
    try {
      readConfig(NODE_CONFIG, "config.ini", text);
    } catch (error) {
      message = (error as Error).message;
      expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    }
    const lines = message.split("\n");
    expect(lines[0]).toBe("config.ini:2: [rpc] jsonrpc_listen_port=70000 is not allowed; allowed: integer 1..65535");
    expect(lines[1]).toContain("config.ini:3: [rpc] colour is unknown; known: jsonrpc_listen_ip");
    expect(lines[2]).toContain("config.ini:4: unknown section [nonsense]");
    expect(lines[3]).toBe("config.ini:6: [p2p] node.0=nowhere is not allowed; allowed: host:port or [ipv6]:port");
    expect(lines[4]).toContain('config.ini:7: "what" is neither');
    expect(lines).toHaveLength(5);
  });

  it("reads the origins of web pages exactly", () => {
    const of = (line: string) => readConfig(NODE_CONFIG, "c", `[rpc]\ncors=${line}\n`).rpc.corsOrigins;
    expect([of(""), of("*")]).toEqual([[], ["*"]]);
    expect(of("https://app.example  http://localhost:3000")).toEqual(["https://app.example", "http://localhost:3000"]);
    for (const wrong of [
      "app.example",
      "https://app.example/",
      "https://App.example",
      "http://a:80",
      "null",
      "file://",
    ]) {
      expect(() => of(wrong)).toThrow("[rpc] cors=");
    }
  });

  it("reads the names by which a node may be addressed", () => {
    const of = (line: string) => readConfig(NODE_CONFIG, "c", `[rpc]\nhosts=${line}\n`).rpc.hosts;
    expect([of(""), of("*"), of("node.example  rpc:8545")]).toEqual([[], ["*"], ["node.example", "rpc:8545"]]);
    for (const wrong of ["https://node.example", "Node.example", "node.example/", "a,b"]) {
      expect(() => of(wrong)).toThrow("[rpc] hosts=");
    }
  });

  it("asks for a required key and refuses doubles", () => {
    expect(() => readConfig(GROUP_GENESIS, "g", "[group]\ntimestamp=1\n")).toThrow("g:1: [group] id is missing");
    expect(() => readConfig(NODE_CONFIG, "c", "[chain]\nid=1\nid=2\n")).toThrow("c:3: [chain] id appears twice");
    expect(() => readConfig(NODE_CONFIG, "c", "[chain]\nid=1\n[chain]\n")).toThrow(
      "c:3: section [chain] appears twice",
    );
  });

  it("names the place of a mistake that only several values show", () => {
    const text = ["[chain]", "id=1", "[p2p]", "node.0=a:1", "node.1=b:1", "node.2=A:1"].join("\n");
    const error = configError("c", text, [
      { section: "p2p", key: "node", value: "a:1", allowed: "each peer once" },
      { section: "chain", key: "id", allowed: "2" },
      { section: "chain", key: "name", allowed: "text" },
      { section: "log", key: "level", allowed: "info" },
    ]);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message.split("\n")).toEqual([
      "c:1: [chain] name is missing; allowed: text",
      "c:1: [log] level is missing; allowed: info",
      "c:2: [chain] id=1 is not allowed; allowed: 2",
      "c:6: [p2p] node.2=A:1 is not allowed; allowed: each peer once",
    ]);
  });

  const failure = (read: () => unknown): Error => {
    try {
      read();
    } catch (error) {
      return error as Error;
    }
    return expect.unreachable();
  };

  it.each([
    ["a key file in place of the configuration", `-----BEGIN PRIVATE KEY-----\n${PEM_LINE}\n${PEM_LINE}=\n-----END`],
    ["a key file inside a section", `[rpc]\n-----BEGIN PRIVATE KEY-----\n${PEM_LINE}\n${PEM_LINE}==\n-----END`],
    ["a key in place of its file name", `[network_security]\nkey=0x${HEX_KEY}`],
    ["a key as any other value", `[log]\nlevel=${HEX_KEY}`],
    ["a key as a section", `[${HEX_KEY}]`],
  ])("shows nothing of %s", (_what, content) => {
    const error = failure(() => readConfig(NODE_CONFIG, "config.ini", content));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringMatching(/^config.ini:\d/) });
    expect(error.message).not.toMatch(new RegExp(`${HEX_KEY}|${PEM_LINE}`));
  });
});
