import { MAX_BLOCK_TRANSACTIONS } from "./block-rules.ts";
import { bytesToBig, compareBytes, EMPTY, equalBytes, fromHex, toHex } from "./bytes.ts";
import type { TypesErrorCode } from "./codes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import { CONSENSUS_TYPES, type ConsensusType } from "./contracts/engine.ts";
import { EVM_FORKS, type EvmFork } from "./contracts/evm.ts";
import { STATE_TYPES, type StateType } from "./contracts/state.ts";
import { FbError } from "./errors.ts";
import {
  type GenesisAccount,
  type GenesisConfig,
  MAX_ALLOC_BYTES,
  MAX_ALLOC_CODE,
  MAX_REPLAY_WINDOW,
  MAX_TX_GAS,
} from "./genesis.ts";
import { type Hash, isGroupId, MAX_CHAIN_ID, type NodeId } from "./ids.ts";
import { areValidMembers } from "./members.ts";
import { type RlpItem, rlpEncode, rlpUint } from "./rlp.ts";
import { RlpReader } from "./rlp-reader.ts";
import { isSystemAddress } from "./system-results.ts";

const TEXT = new TextEncoder();
const TAG = TEXT.encode("fb-genesis/1");
const OBJECT = TEXT.encode("fbobject");
/** The switches a genesis may hold; so far there is one. */
const UNPROTECTED = "unprotected-tx";

/** Canonical RLP of a genesis (SPEC 11). Throws GENESIS_INVALID when a value breaks a rule. */
export function encodeGenesis(genesis: GenesisConfig): Uint8Array {
  const problem = genesisProblem(genesis);
  if (problem !== null) throw new FbError<TypesErrorCode>("GENESIS_INVALID", problem);
  const { consensus } = genesis;
  return rlpEncode([
    TAG,
    rlpUint(genesis.groupId),
    rlpUint(genesis.chainId),
    rlpUint(genesis.timestamp),
    [
      TEXT.encode(consensus.type),
      rlpUint(consensus.maxTransactions),
      rlpUint(consensus.timeoutMs),
      rlpUint(consensus.minElectMs),
      rlpUint(consensus.maxElectMs),
    ],
    genesis.sealers.map((id) => fromHex(id)!),
    genesis.observers.map((id) => fromHex(id)!),
    TEXT.encode(genesis.stateType),
    rlpUint(genesis.txGasLimit),
    rlpUint(genesis.blockGasLimit),
    rlpUint(genesis.chargeGas ? 1 : 0),
    rlpUint(genesis.replayWindow),
    rlpUint(genesis.rulesVersion),
    TEXT.encode(genesis.evmFork),
    genesis.admins,
    genesis.alloc.map(accountItem),
    // Only when it is on: without, a genesis keeps the encoding that it always had.
    ...(genesis.allowUnprotected === true ? [[TEXT.encode(UNPROTECTED)]] : []),
  ]);
}

/** keccak256 of {@link encodeGenesis}: the extraData of block 0. */
export function genesisDigest(suite: CryptoSuite, genesis: GenesisConfig): Hash {
  return suite.hash(encodeGenesis(genesis));
}

/** The genesis in `bytes`; null unless they are exactly the encoding of a valid one. */
export function decodeGenesis(bytes: Uint8Array): GenesisConfig | null {
  const outer = new RlpReader(bytes);
  const reader = outer.list();
  if (reader === null || !outer.done) return null;
  const tag = reader.view();
  if (tag === null || compareBytes(tag, TAG) !== 0) return null;
  const genesis = readGenesis(reader);
  return genesis !== null && reader.done && genesisProblem(genesis) === null ? genesis : null;
}

/** The first rule a genesis breaks, in words; null when it is valid. */
export function genesisProblem(genesis: GenesisConfig): string | null {
  const { consensus } = genesis;
  if (!isGroupId(genesis.groupId)) return "groupId is not in 1..32767";
  if (!inRange(genesis.chainId, 1, MAX_CHAIN_ID)) return "chainId is not in 1..2147483647";
  if (!inRange(genesis.timestamp, 0)) return "timestamp is not a time in ms";
  if (!CONSENSUS_TYPES.includes(consensus.type)) return "consensus.type is neither pbft nor raft";
  if (!inRange(consensus.maxTransactions, 1, MAX_BLOCK_TRANSACTIONS)) {
    return `consensus.maxTransactions is not in 1..${MAX_BLOCK_TRANSACTIONS}`;
  }
  if (!inRange(consensus.timeoutMs, 1)) return "consensus.timeoutMs is not positive";
  if (!inRange(consensus.minElectMs, 1)) return "consensus.minElectMs is not positive";
  if (!inRange(consensus.maxElectMs, consensus.minElectMs)) return "consensus.maxElectMs is below minElectMs";
  if (!areValidMembers(genesis))
    return "sealers and observers must be sorted, distinct, disjoint, with one sealer at least";
  if (!STATE_TYPES.includes(genesis.stateType)) return "stateType is neither storage nor mpt";
  if (!inRange(genesis.txGasLimit, 21_000, MAX_TX_GAS)) return "txGasLimit is not in 21000..1000000000";
  if (!inRange(genesis.blockGasLimit, genesis.txGasLimit)) return "blockGasLimit is below txGasLimit";
  if (!inRange(genesis.replayWindow, 1, MAX_REPLAY_WINDOW)) return `replayWindow is not in 1..${MAX_REPLAY_WINDOW}`;
  if (!inRange(genesis.rulesVersion, 1)) return "rulesVersion is not positive";
  if (!EVM_FORKS.includes(genesis.evmFork)) return "evmFork is unknown";
  if (genesis.admins.some((admin) => admin.length !== 20) || !areAscending(genesis.admins)) {
    return "admins must be sorted, distinct addresses";
  }
  if (!areAscending(genesis.alloc.map((account) => account.address))) return "alloc must be sorted by distinct address";
  if (allocBytes(genesis) > MAX_ALLOC_BYTES) return "alloc holds more than 16 MiB";
  return genesis.alloc.map(accountProblem).find((problem) => problem !== null) ?? null;
}

function allocBytes({ alloc }: GenesisConfig): number {
  return alloc.reduce((sum, { code = EMPTY, slots = [] }) => sum + 64 + code.length + 64 * slots.length, 0);
}

function accountProblem(account: GenesisAccount): string | null {
  const { address, balance, nonce = 0n, code = EMPTY, slots = [] } = account;
  if (address.length !== 20) return "an alloc address is not 20 bytes";
  if (balance < 0n || balance >= 1n << 256n) return `the balance of ${toHex(address)} is not below 2^256`;
  if (nonce < 0n || nonce >= (1n << 64n) - 1n) return `the nonce of ${toHex(address)} is not below 2^64 - 1`;
  // An empty account does not exist (EIP-161), and no account has storage without code or nonce (EIP-7610).
  if (balance === 0n && nonce === 0n && code.length === 0) return `${toHex(address)} has no balance, nonce or code`;
  if (slots.length > 0 && nonce === 0n && code.length === 0) return `${toHex(address)} has slots, but no code or nonce`;
  if (code.length > MAX_ALLOC_CODE) return `the code of ${toHex(address)} is longer than 24576 bytes (EIP-170)`;
  if (code.length > 0 && (isSystemAddress(address) || isObjectAddress(address)))
    return `${toHex(address)} is kept for system contracts`;
  if (code[0] === 0xef && !isDelegation(code)) return `the code of ${toHex(address)} begins with ef (EIP-3541)`;
  const badSlot = slots.some(
    ({ slot, value }) => slot.length !== 32 || value.length !== 32 || value.every((byte) => byte === 0),
  );
  if (badSlot || !areAscending(slots.map(({ slot }) => slot))) {
    return `the slots of ${toHex(address)} must be sorted, distinct, 32 bytes each and not zero`;
  }
  return null;
}

/** Whether an address has the form of an object's of the tables (precompiled SPEC 12.1). */
function isObjectAddress(address: Uint8Array): boolean {
  return equalBytes(address.subarray(0, OBJECT.length), OBJECT);
}

/** ef0100 and an address (EIP-7702). */
function isDelegation(code: Uint8Array): boolean {
  return code.length === 23 && code[1] === 0x01 && code[2] === 0x00;
}

function accountItem(account: GenesisAccount): RlpItem {
  return [
    account.address,
    rlpUint(account.balance),
    rlpUint(account.nonce ?? 0n),
    account.code ?? EMPTY,
    (account.slots ?? []).map(({ slot, value }) => [slot, value]),
  ];
}

/** The fields as they stand. Whether names and numbers are what the casts say, `genesisProblem` tells {@link decodeGenesis}. */
function readGenesis(reader: RlpReader): GenesisConfig | null {
  const groupId = reader.uint();
  const chainId = reader.uint();
  const timestamp = reader.uint();
  const rules = reader.list();
  if (groupId < 0 || chainId < 0 || timestamp < 0 || rules === null) return null;
  const consensus = {
    type: text(rules) as ConsensusType,
    maxTransactions: rules.uint(),
    timeoutMs: rules.uint(),
    minElectMs: rules.uint(),
    maxElectMs: rules.uint(),
  };
  const sealers = readList(reader, nodeId);
  const observers = readList(reader, nodeId);
  const stateType = text(reader) as StateType;
  const txGasLimit = reader.uint();
  const blockGasLimit = reader.uint();
  const chargeGas = reader.uint();
  const replayWindow = reader.uint();
  const rulesVersion = reader.uint();
  const evmFork = text(reader) as EvmFork;
  const admins = readList(reader, (items) => items.fixed(20));
  const alloc = readList(reader, readAccount);
  if (!rules.done || sealers === null || observers === null || admins === null || alloc === null) return null;
  const allowUnprotected = readSwitch(reader);
  if (allowUnprotected === null) return null;
  if (chargeGas !== 0 && chargeGas !== 1) return null;
  return {
    groupId: groupId as GenesisConfig["groupId"],
    chainId,
    timestamp,
    consensus,
    sealers,
    observers,
    stateType,
    txGasLimit,
    blockGasLimit,
    chargeGas: chargeGas === 1,
    replayWindow,
    rulesVersion,
    evmFork,
    admins,
    alloc,
    allowUnprotected,
  };
}

/** What stands behind alloc: nothing, or the list of the one switch. */
function readSwitch(reader: RlpReader): boolean | null {
  if (reader.done) return false;
  // Whatever is no switch ends the list: an item that is not canonical does not move the reader on.
  const switches = readList(reader, (items) => (text(items) === UNPROTECTED ? UNPROTECTED : null));
  return switches?.length === 1 ? true : null;
}

function readAccount(reader: RlpReader): GenesisAccount | null {
  const fields = reader.list();
  if (fields === null) return null;
  const address = fields.fixed(20);
  const balance = readBig(fields);
  const nonce = readBig(fields);
  const code = fields.view();
  const slots = readList(fields, (items) => {
    const pair = items.list();
    const slot = pair?.fixed(32) ?? null;
    const value = pair?.fixed(32) ?? null;
    return pair?.done && slot !== null && value !== null ? { slot, value } : null;
  });
  if (address === null || balance === null || nonce === null || code === null || slots === null || !fields.done)
    return null;
  return { address, balance, nonce, code, slots };
}

function readList<T>(reader: RlpReader, read: (items: RlpReader) => T | null): T[] | null {
  const items = reader.list();
  if (items === null) return null;
  const out: T[] = [];
  while (!items.done) {
    const item = read(items);
    if (item === null) return null;
    out.push(item);
  }
  return out;
}

function nodeId(items: RlpReader): NodeId | null {
  const bytes = items.fixed(64);
  return bytes === null ? null : (toHex(bytes) as NodeId);
}

function readBig(reader: RlpReader): bigint | null {
  const bytes = reader.view();
  return bytes === null || bytes.length > 32 || bytes[0] === 0 ? null : bytesToBig(bytes);
}

function text(reader: RlpReader): string {
  const bytes = reader.view();
  return bytes === null ? "" : String.fromCharCode(...bytes.subarray(0, 16));
}

function inRange(value: number, min: number, max = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}

function areAscending(items: readonly Uint8Array[]): boolean {
  for (let i = 1; i < items.length; i++) if (compareBytes(items[i - 1]!, items[i]!) >= 0) return false;
  return true;
}
