import {
  type Address,
  addressOf,
  bigTo32,
  type ConsensusType,
  EMPTY,
  type EthTransactionFields,
  encodeEthTransaction,
  encodeGroupTransaction,
  ethChainId,
  ethSigningHash,
  type GenesisConfig,
  type GroupId,
  type GroupTransactionFields,
  groupSigningHash,
  type Hash,
  type NodeId,
  toHex,
} from "@fb/types";
import { suite, testGenesis } from "../src/testing/index.ts";

export const CHAIN_ID = 7;
export const GROUP = 1 as GroupId;

export interface Keyed {
  readonly id: NodeId;
  readonly key: Uint8Array;
}

/** Ascending by node id, as sealer indexes are. */
export const keyed: readonly Keyed[] = Array.from({ length: 6 }, (_, i) => {
  const key = bigTo32(BigInt(i + 1));
  return { id: toHex(suite.publicKey(key)) as NodeId, key };
}).sort((a, b) => (a.id < b.id ? -1 : 1));

export interface Account {
  readonly key: Uint8Array;
  readonly address: Address;
}

export function account(seed: number): Account {
  const key = bigTo32(BigInt(1000 + seed));
  return { key, address: addressOf(suite, suite.publicKey(key)) };
}

export const admin = account(0);

export function makeGenesis(
  sealers: readonly Keyed[],
  of: Partial<Omit<GenesisConfig, "consensus">> & { readonly consensus?: ConsensusType } = {},
): GenesisConfig {
  const { consensus: type = "pbft", ...rest } = of;
  const genesis = testGenesis({
    groupId: GROUP,
    chainId: CHAIN_ID,
    sealers: sealers.map(({ id }) => id),
    admins: [admin.address],
    alloc: [{ address: admin.address, balance: 10n ** 18n }],
    ...rest,
  });
  return { ...genesis, consensus: { ...genesis.consensus, type } };
}

export function groupTx(from: Account, fields: Partial<GroupTransactionFields> = {}): { raw: Uint8Array; hash: Hash } {
  const full: GroupTransactionFields = {
    nonce: 1n,
    gasPrice: 0n,
    gas: 1_000_000n,
    blockLimit: 500n,
    to: account(99).address,
    value: 0n,
    data: EMPTY,
    chainId: BigInt(CHAIN_ID),
    groupId: BigInt(GROUP),
    extraData: EMPTY,
    ...fields,
  };
  const raw = encodeGroupTransaction(full, suite.sign(groupSigningHash(suite, full), from.key));
  return { raw, hash: suite.hash(raw) };
}

export function ethTx(from: Account, nonce: number, fields: Partial<EthTransactionFields> = {}) {
  const full: EthTransactionFields = {
    type: 2,
    chainId: BigInt(ethChainId(CHAIN_ID, GROUP)),
    nonce: BigInt(nonce),
    gasPrice: 0n,
    priorityFee: 0n,
    gas: 1_000_000n,
    to: account(99).address,
    value: 1n,
    data: EMPTY,
    accessList: [],
    ...fields,
  };
  const raw = encodeEthTransaction(full, suite.sign(ethSigningHash(suite, full), from.key));
  return { raw, hash: suite.hash(raw) };
}

export const hex = (bytes: Uint8Array) => toHex(bytes);
