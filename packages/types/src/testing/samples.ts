import { logsBloom } from "../bloom.ts";
import { bigTo32, EMPTY } from "../bytes.ts";
import type { GenesisConfig } from "../genesis.ts";
import type { BlockHeader, Members } from "../header.ts";
import { EMPTY_BLOOM } from "../header-codec.ts";
import type { Address, GroupId, Hash } from "../ids.ts";
import type { Receipt } from "../receipt.ts";
import { nobleSuite as suite, testSealers } from "./noble-suite.ts";

/** Some hash, by a name. */
export function hashOf(name: string): Hash {
  return suite.hash(new TextEncoder().encode(name));
}

/** The address of 20 times the same byte. */
export function address(byte: number): Address {
  return new Uint8Array(20).fill(byte);
}

export const SAMPLE_HEADER: BlockHeader = {
  parentHash: hashOf("parent"),
  number: 7,
  timestamp: 1_700_000_000_123,
  stateRoot: hashOf("state"),
  tablesRoot: hashOf("tables"),
  txRoot: hashOf("txs"),
  receiptRoot: hashOf("receipts"),
  membersHash: hashOf("members"),
  logsBloom: logsBloom(suite, [{ address: address(1), topics: [hashOf("topic")], data: EMPTY }]),
  gasLimit: 300_000_000,
  gasUsed: 21_000,
  sealer: 2,
  extraData: EMPTY,
};

export const SAMPLE_RECEIPTS: Readonly<Record<string, Receipt>> = (() => {
  const logs = [
    { address: address(1), topics: [hashOf("a"), hashOf("b")], data: Uint8Array.of(1) },
    { address: address(2), topics: [], data: EMPTY },
  ];
  const empty: Receipt = {
    status: 0,
    gasUsed: 21_000,
    cumulativeGasUsed: 42_000,
    contractAddress: null,
    logsBloom: EMPTY_BLOOM,
    logs: [],
    output: EMPTY,
  };
  return {
    empty,
    logs: { ...empty, logs, logsBloom: logsBloom(suite, logs), contractAddress: address(3) },
    revert: { ...empty, status: 22, output: Uint8Array.of(8, 0xc3, 0x79, 0xa0) },
  };
})();

export function sampleMembers(): Members {
  const ids = testSealers(6).map(({ id }) => id);
  return { sealers: ids.slice(0, 4), observers: ids.slice(4) };
}

export function sampleGenesis(): GenesisConfig {
  const slots = [{ slot: bigTo32(1n), value: bigTo32(2n) }];
  return {
    groupId: 1 as GroupId,
    chainId: 1,
    timestamp: 1_700_000_000_000,
    consensus: { type: "pbft", maxTransactions: 1000, timeoutMs: 3000, minElectMs: 1000, maxElectMs: 2000 },
    ...sampleMembers(),
    stateType: "storage",
    txGasLimit: 300_000_000,
    blockGasLimit: 3_000_000_000,
    chargeGas: false,
    replayWindow: 1000,
    rulesVersion: 1,
    evmFork: "cancun",
    admins: [address(1), address(2)],
    alloc: [
      { address: address(5), balance: 10n ** 24n },
      { address: address(6), balance: 0n, nonce: 1n, code: Uint8Array.of(0x60, 0x00), slots },
    ],
  };
}
