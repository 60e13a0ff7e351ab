import { MAX_CHAIN_ID, MAX_GROUP_ID } from "@fb/types";
import { bool, choice, fingerprintItem, hostPortItem, hosts, int, listOf, nodeIdItem, origins, text } from "./field.ts";
import type { Values } from "./schema.ts";

/** Whoever writes the key itself here is told so. */
const NO_KEY = /^(?!([0-9]+:|0x)?[0-9a-fA-F]{64}$).*$/;
const PORT = { min: 1, max: 65535 };

/** `config.ini`: what concerns the node as a whole. */
export const NODE_CONFIG = {
  chain: {
    id: int("id", { min: 1, max: MAX_CHAIN_ID, fallback: 1, help: "chain id, the same on every node" }),
  },
  node: {
    memoryLimitMb: int("memory_limit_mb", {
      min: 0,
      max: 1 << 24,
      fallback: 0,
      help: "memory of the process in MiB, near which it gives up clients, then transactions, then catch-up; 0 = what its container or the machine has",
    }),
  },
  p2p: {
    listenIp: text("listen_ip", { fallback: "0.0.0.0", help: "address peers connect to" }),
    listenPort: int("listen_port", { ...PORT, fallback: 30300, help: "port peers connect to" }),
    peers: listOf("node", hostPortItem("peers to connect to; this node itself may be among them")),
  },
  rpc: {
    listenIp: text("jsonrpc_listen_ip", { fallback: "127.0.0.1", help: "address of HTTP and WebSocket JSON-RPC" }),
    listenPort: int("jsonrpc_listen_port", { ...PORT, fallback: 8545, help: "port of HTTP and WebSocket JSON-RPC" }),
    maxBodyBytes: int("max_body_bytes", { min: 1024, max: 1 << 28, fallback: 5 << 20, help: "longest request body" }),
    submitWaitMs: int("submit_wait_ms", {
      min: 0,
      max: 10_000,
      fallback: 1000,
      help: "how long the answer to a transaction may wait for its receipt while the group is not busy; 0 = not at all",
    }),
    corsOrigins: origins("cors", "web pages that may call, by origin; * = all, empty = none"),
    hosts: hosts(
      "hosts",
      "names besides localhost by which clients may address this node, as in Host; * = all; empty on an address that is not a loopback one = not checked",
    ),
    defaultGroup: int("default_group", {
      min: 0,
      max: MAX_GROUP_ID,
      fallback: 0,
      help: "group served at /; 0 = the lowest one",
    }),
  },
  operator: {
    listenIp: text("listen_ip", {
      fallback: "127.0.0.1",
      help: "address of metrics, readiness and JSON-RPC for the operator; whoever reaches it learns all groups and peers",
    }),
    listenPort: int("listen_port", { ...PORT, min: 0, fallback: 0, help: "port of the same; 0 = none" }),
    backupPath: text("backup_path", {
      fallback: "backup/",
      help: "folder of the backups that groups write while they run, in a folder for each; best on another disk",
    }),
  },
  group: {
    dataPath: text("group_data_path", { fallback: "data/", help: "folder of the groups' data" }),
    configPath: text("group_config_path", { fallback: "conf/", help: "folder of group.N.genesis and group.N.ini" }),
  },
  network_security: {
    dataPath: text("data_path", { fallback: "conf/", help: "folder of key and certificates" }),
    key: text("key", {
      fallback: "node.key",
      help: "file with the private key of this node (PKCS#8 PEM, secp256k1)",
      allowed: "file name",
      pattern: /^(?!(0x)?[0-9a-fA-F]{64}$).+$/,
    }),
    cert: text("cert", { fallback: "node.crt", help: "certificate of this node, then of its agency (PEM)" }),
    caCert: text("ca_cert", { fallback: "ca.crt", help: "certificate of the chain CA (PEM)" }),
  },
  storage_security: {
    enable: bool("enable", {
      fallback: false,
      help: "whether what groups keep on disk is encrypted; a store in clear must be copied first, see operate.md",
    }),
    keyFile: text("key_file", {
      fallback: "",
      help: "file of the master keys, newest first: 64 hex digits, or lines number:64 hex digits",
      allowed: "file name",
      pattern: NO_KEY,
    }),
    keyEnv: text("key_env", {
      fallback: "",
      help: "variable of the environment that has them; the node takes it out of its environment",
      allowed: "name of a variable",
      pattern: /^(?![0-9a-fA-F]{64}$)([A-Za-z_][A-Za-z0-9_]*)?$/,
    }),
    keyCommand: text("key_command", {
      fallback: "",
      help: "program that writes them, and its arguments, separated by blanks; no shell reads them",
      allowed: "program and arguments",
      pattern: NO_KEY,
    }),
  },
  certificate_blacklist: {
    nodes: listOf("crl", nodeIdItem("nodes refused, whatever else says")),
    agencies: listOf(
      "agency",
      fingerprintItem("agencies whose nodes are all refused, by the fingerprint of their key; --check shows it"),
    ),
  },
  certificate_whitelist: {
    nodes: listOf(
      "cal",
      nodeIdItem("the only nodes admitted, with those of agency.N; both empty = every node with a valid certificate"),
    ),
    agencies: listOf(
      "agency",
      fingerprintItem("agencies whose nodes are all admitted, by the fingerprint of their key"),
    ),
  },
  log: {
    level: choice("level", { values: ["debug", "info", "warn", "error"], fallback: "info", help: "what is logged" }),
    path: text("log_path", { fallback: "-", help: "log file; - = standard output, which is not rotated" }),
    maxFileBytes: int("max_file_bytes", {
      min: 1 << 16,
      max: 2 ** 40,
      fallback: 64 << 20,
      help: "a log file of this size is closed and numbered (.1 = the newest)",
    }),
    maxAgeHours: int("max_age_hours", {
      min: 1,
      max: 87_600,
      fallback: 168,
      help: "a log file whose first line is this old is closed and numbered as well",
    }),
    maxFiles: int("max_files", {
      min: 2,
      max: 10_000,
      fallback: 8,
      help: "log files kept, the one being written included; the oldest goes",
    }),
  },
} as const;

export type NodeConfig = Values<typeof NODE_CONFIG>;
