import {
  CONSENSUS_TYPES,
  EVM_FORKS,
  MAX_ALLOC_CODE,
  MAX_CHAIN_ID,
  MAX_GROUP_ID,
  MAX_REPLAY_WINDOW,
  MAX_TX_GAS,
  STATE_TYPES,
} from "@fb/types";
import type { PairField } from "./field.ts";
import { addressItem, bool, choice, hostPortItem, int, listOf, nodeIdItem, text } from "./field.ts";
import type { Values } from "./schema.ts";

/** An account funded in block 0. `balance` in wei. */
export interface AllocEntry {
  readonly address: string;
  readonly balance: bigint;
}

/** A name on a server of databases; empty unless given. */
function name(key: string, help: string) {
  return text(key, {
    fallback: "",
    pattern: /^[A-Za-z0-9_.$-]{0,64}$/,
    allowed: "1 to 64 of A-Z a-z 0-9 _ . $ -",
    help,
  });
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

const alloc: PairField<AllocEntry> = {
  type: "pairs",
  help: "accounts funded in block 0: address=balance in wei",
  allowed: "0x and 40 hex digits = integer below 2^256",
  parse(key, text) {
    if (!ADDRESS.test(key) || !/^\d{1,78}$/.test(text)) return undefined;
    const balance = BigInt(text);
    return balance < 1n << 256n ? { address: key.toLowerCase(), balance } : undefined;
  },
  render: ({ address, balance }) => [address, balance.toString()],
};

/** Code that an account has in block 0; the account then has nonce 1, as a contract that was deployed. */
export interface AllocCode {
  readonly address: string;
  /** 0x hex. */
  readonly code: string;
}

const allocCode: PairField<AllocCode> = {
  type: "pairs",
  help: "contracts of block 0: address=code that runs there (not the code that deploys it)",
  allowed: `0x and 40 hex digits = 0x and hex digits, ${MAX_ALLOC_CODE} bytes at most`,
  parse(key, text) {
    const isHex = /^0x([0-9a-fA-F]{2})+$/.test(text) && text.length <= 2 + 2 * MAX_ALLOC_CODE;
    return ADDRESS.test(key) && isHex ? { address: key.toLowerCase(), code: text.toLowerCase() } : undefined;
  },
  render: ({ address, code }) => [address, code],
};

/** What a storage slot of an account with code holds in block 0. */
export interface AllocSlot {
  readonly address: string;
  /** 0x and 64 hex digits. */
  readonly slot: string;
  /** 0x and 64 hex digits, not zero. */
  readonly value: string;
}

const allocSlot: PairField<AllocSlot> = {
  type: "pairs",
  help: "storage of these contracts: address:slot=value",
  allowed: "0x and 40 hex digits : 0x and up to 64 hex digits = 0x and up to 64 hex digits, not zero",
  parse(key, text) {
    const [, address = "", slot = ""] = /^(0x[0-9a-fA-F]{40}):(0x[0-9a-fA-F]{1,64})$/.exec(key) ?? [];
    if (address === "" || !/^0x[0-9a-fA-F]{1,64}$/.test(text) || /^0x0+$/.test(text)) return undefined;
    const word = (hex: string) => `0x${hex.slice(2).toLowerCase().padStart(64, "0")}`;
    return { address: address.toLowerCase(), slot: word(slot), value: word(text) };
  },
  render: ({ address, slot, value }) => [`${address}:${slot}`, value],
};

/** `group.N.genesis`: what all members of a group must have alike. Block 0 commits to every value of it. */
export const GROUP_GENESIS = {
  group: {
    id: int("id", { min: 1, max: MAX_GROUP_ID, help: "group id" }),
    chainId: int("chain_id", { min: 1, max: MAX_CHAIN_ID, fallback: 1, help: "chain id" }),
    timestamp: int("timestamp", {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      help: "time of block 0 in ms since the epoch",
    }),
  },
  consensus: {
    type: choice("consensus_type", { values: CONSENSUS_TYPES, fallback: "pbft", help: "consensus engine" }),
    maxTransactions: int("max_trans_num", {
      min: 1,
      max: 100_000,
      fallback: 1000,
      help: "transactions in a block at most",
    }),
    timeoutSeconds: int("consensus_timeout", {
      min: 1,
      max: 600,
      fallback: 3,
      help: "PBFT: seconds before a view change",
    }),
    minElectMs: int("min_elect_time", {
      min: 200,
      max: 60_000,
      fallback: 1000,
      help: "Raft: shortest election time-out, ms",
    }),
    maxElectMs: int("max_elect_time", {
      min: 200,
      max: 120_000,
      fallback: 2000,
      help: "Raft: longest election time-out, ms",
    }),
    sealers: listOf("node", nodeIdItem("sealers: they vote and propose")),
    observers: listOf("observer", nodeIdItem("observers: they follow and serve reads")),
  },
  state: {
    type: choice("type", { values: STATE_TYPES, fallback: "storage", help: "world state" }),
  },
  tx: {
    gasLimit: int("gas_limit", {
      min: 100_000,
      max: MAX_TX_GAS,
      fallback: 300_000_000,
      help: "gas of a transaction at most",
    }),
    blockGasLimit: int("block_gas_limit", {
      min: 100_000,
      max: 1_000_000_000_000,
      fallback: 10_000_000_000,
      help: "gas used in a block at most",
    }),
    charge: bool("charge_gas", { fallback: false, help: "whether gas costs balance" }),
    allowUnprotected: bool("allow_unprotected", {
      fallback: false,
      help: "whether transactions without a chain id (before EIP-155) are accepted, which anybody may repeat from another chain",
    }),
    replayWindow: int("replay_window", {
      min: 1,
      max: MAX_REPLAY_WINDOW,
      fallback: 1000,
      help: "blocks ahead a group transaction may expire",
    }),
  },
  rules: {
    version: int("rules_version", { min: 1, max: 1, fallback: 1, help: "rules of this group from block 1" }),
    evmFork: choice("evm_fork", {
      values: EVM_FORKS,
      fallback: "cancun",
      help: "EVM rules",
    }),
  },
  governance: {
    admins: listOf(
      "admin",
      addressItem("accounts that may change members, configuration and permissions; none = nobody"),
    ),
  },
  alloc: { accounts: alloc },
  alloc_code: { contracts: allocCode },
  alloc_storage: { slots: allocSlot },
} as const;

export type GroupGenesis = Values<typeof GROUP_GENESIS>;

/** `group.N.ini`: what a node may choose for itself in a group. */
export const GROUP_OPTIONS = {
  consensus: {
    minBlockTimeMs: int("min_block_generation_time", {
      min: 0,
      max: 10_000,
      fallback: 50,
      help: "shortest time between blocks, ms",
    }),
    settleBlocks: int("settle_blocks", {
      min: 0,
      max: 64,
      fallback: 5,
      help: "empty blocks after the last transaction, then silence; the same on all nodes",
    }),
    settleIntervalMs: int("settle_interval_ms", {
      min: 100,
      max: 60_000,
      fallback: 500,
      help: "time between them, ms",
    }),
    emptyBlockIntervalMs: int("empty_block_interval_ms", {
      min: 1_000,
      max: 3_600_000,
      orZero: true,
      fallback: 0,
      help: "an empty block after this idle time, ms; 0 = never",
    }),
    voteWithoutJournal: bool("vote_without_journal", {
      fallback: false,
      help: "vote although the journal is lost: may fork the group, see operate.md; for one start",
    }),
  },
  storage: {
    type: choice("type", { values: ["rocksdb", "mysql"], fallback: "rocksdb", help: "storage backend" }),
    cacheBytes: int("cache_bytes", {
      min: 1 << 20,
      max: 2 ** 34,
      fallback: 128 << 20,
      help: "memory for cached state",
    }),
    historyBlocks: int("history_blocks", {
      min: 0,
      max: 1_000_000,
      fallback: 256,
      help: "blocks before the head whose state stays readable; 0 = all, state type mpt only",
    }),
    keepBlocks: int("keep_blocks", {
      min: 0,
      max: 1_000_000_000,
      fallback: 0,
      help: "blocks before the head whose transactions and receipts are kept, 512 or more; 0 = all",
    }),
    hosts: listOf("host", hostPortItem("mysql: servers of the same data, in the order in which they are tried")),
    database: name("database", "mysql: database of this group on this node alone, made empty beforehand"),
    user: name("user", "mysql: user"),
    passwordFile: text("password_file", {
      fallback: "",
      pattern: /^.{0,4096}$/,
      allowed: "path, from the folder of this file; empty = password_env",
      help: "mysql: file of mode 600 whose first line is the password",
    }),
    passwordEnv: text("password_env", {
      fallback: "FB_MYSQL_PASSWORD",
      pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
      allowed: "name of a variable of the environment",
      help: "mysql: variable that holds the password when there is no file",
    }),
    poolSize: int("pool_size", { min: 1, max: 64, fallback: 4, help: "mysql: reads at a time, each on a connection" }),
    tlsCa: text("tls_ca", {
      fallback: "",
      pattern: /^.{0,4096}$/,
      allowed: "path, from the folder of this file; empty = no TLS",
      help: "mysql: PEM file of the authority that signed the servers' certificates",
    }),
  },
  tx_pool: {
    limit: int("limit", { min: 1, max: 10_000_000, fallback: 100_000, help: "transactions in the pool at most" }),
    memoryBytes: int("memory_limit", {
      min: 1 << 20,
      max: 2 ** 36,
      fallback: 256 << 20,
      help: "bytes in the pool at most",
    }),
    perSender: int("per_sender_limit", {
      min: 1,
      max: 10_000_000,
      fallback: 20_000,
      help: "transactions of one sender at most",
    }),
    expirySeconds: int("txs_expiration_time", {
      min: 10,
      max: 86_400,
      fallback: 600,
      help: "seconds a transaction may wait",
    }),
  },
  sync: {
    beatMs: int("status_interval_ms", {
      min: 100,
      max: 60_000,
      fallback: 5000,
      help: "how often the height is announced, ms",
    }),
    maxBytes: int("max_block_sync_memory_size", {
      min: 1 << 20,
      max: 2 ** 33,
      fallback: 256 << 20,
      help: "bytes of blocks being downloaded",
    }),
  },
} as const;

export type GroupOptionsFile = Values<typeof GROUP_OPTIONS>;
