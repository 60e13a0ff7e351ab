import { createCryptoSuite } from "@fb/crypto";
import { createBlockMaker, testGenesis } from "@fb/ledger/testing";
import { SYSTEM_ABI } from "@fb/precompiled";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import {
  addressOf,
  bigTo32,
  EMPTY,
  encodeEthTransaction,
  encodeGroupTransaction,
  ethChainId,
  ethSigningHash,
  fromHex,
  type GenesisConfig,
  type GroupId,
  groupSigningHash,
  type NodeId,
  type StateType,
  type StorageBackend,
  type TableRow,
  toHex,
} from "@fb/types";
import { Interface } from "ethers";
import type { JobDeps } from "../src/index.ts";

export const suite = await createCryptoSuite();
export const CHAIN_ID = 7;
const GROUP = 1 as GroupId;

/** Nobody looks at the progress, and nobody ends the job. */
export const calm: JobDeps = { onProgress: () => {}, signal: new AbortController().signal };

const nodes = Array.from({ length: 5 }, (_, i) => {
  const key = bigTo32(BigInt(i + 1));
  return { key, id: toHex(suite.publicKey(key)) as NodeId };
}).sort((a, b) => (a.id < b.id ? -1 : 1));

const accounts = Array.from({ length: 4 }, (_, i) => {
  const key = bigTo32(BigInt(1000 + i));
  return { key, address: addressOf(suite, suite.publicKey(key)) };
});
const [admin, user] = accounts as [(typeof accounts)[0], (typeof accounts)[0]];

export function genesisOf(stateType: StateType, changes: Partial<GenesisConfig> = {}): GenesisConfig {
  return testGenesis({
    groupId: GROUP,
    chainId: CHAIN_ID,
    stateType,
    sealers: nodes.slice(0, 4).map(({ id }) => id),
    admins: [admin.address],
    alloc: accounts
      .map(({ address }) => ({ address, balance: 10n ** 18n }))
      .sort((a, b) => (toHex(a.address) < toHex(b.address) ? -1 : 1)),
    ...changes,
  });
}

const interfaces = new Map([...SYSTEM_ABI].map(([address, lines]) => [address, new Interface(lines)]));

function systemCall(digits: string, name: string, ...args: unknown[]) {
  const to = fromHex(digits.padStart(40, "0"))!;
  return { to, data: fromHex(interfaces.get(toHex(to))!.encodeFunctionData(name, args))! };
}

/** Stores its input's first word under the second; without input it clears slots 0 to 3. */
const STORE_CODE = fromHex(
  // CALLDATASIZE PUSH1 25 JUMPI, four times PUSH1 0 PUSH1 i SSTORE, STOP, JUMPDEST, two times CALLDATALOAD, SSTORE, STOP
  `36601957${[0, 1, 2, 3].map((slot) => `6000600${slot}55`).join("")}005b6000356020355500`,
)!;
/** Returns the code that follows it. */
const deploy = (code: Uint8Array) =>
  Uint8Array.of(0x60, code.length, 0x80, 0x60, 0x0b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, ...code);

interface Call {
  readonly to: Uint8Array | null;
  readonly data?: Uint8Array;
  readonly value?: bigint;
}

/** Transactions of a test chain, each with the next nonce. */
export function createTraffic() {
  const nonces = new Map<Uint8Array, bigint>();
  let replay = 0n;
  return {
    eth({ to, data = EMPTY, value = 0n }: Call, from = user): Uint8Array {
      const nonce = nonces.get(from.key) ?? 0n;
      nonces.set(from.key, nonce + 1n);
      const fields = {
        type: 2 as const,
        chainId: BigInt(ethChainId(CHAIN_ID, GROUP)),
        nonce,
        gasPrice: 0n,
        priorityFee: 0n,
        gas: 1_000_000n,
        to,
        value,
        data,
        accessList: [],
      };
      return encodeEthTransaction(fields, suite.sign(ethSigningHash(suite, fields), from.key));
    },
    group({ to, data = EMPTY, value = 0n }: Call, blockLimit: number, from = admin): Uint8Array {
      const fields = {
        nonce: ++replay,
        gasPrice: 0n,
        gas: 1_000_000n,
        blockLimit: BigInt(blockLimit),
        to,
        value,
        data,
        chainId: BigInt(CHAIN_ID),
        groupId: BigInt(GROUP),
        extraData: EMPTY,
      };
      return encodeGroupTransaction(fields, suite.sign(groupSigningHash(suite, fields), from.key));
    },
  };
}

export interface ChainOptions {
  readonly backend?: StorageBackend;
  readonly historyBlocks?: number;
  readonly keepBlocks?: number;
  /** Blocks at the end that only move coins. */
  readonly more?: number;
  /** Data of each of those. */
  readonly payloadBytes?: number;
  readonly genesis?: Partial<GenesisConfig>;
}

/** A chain with something in every table: members and rules that change, contracts, failed and replayable transactions. */
export async function makeChain(stateType: StateType, options: ChainOptions = {}) {
  const { backend = createMemoryBackend(), historyBlocks = 256, keepBlocks = 0, more = 3, payloadBytes = 0 } = options;
  const genesis = genesisOf(stateType, options.genesis);
  const maker = await createBlockMaker({
    genesis,
    backend,
    keys: nodes.map(({ key }) => key),
    historyBlocks,
    keepBlocks,
  });
  const { eth, group } = createTraffic();
  const store = (value: number, slot: number) => Uint8Array.from([...bigTo32(BigInt(value)), ...bigTo32(BigInt(slot))]);
  const contract = fromHex(toHex(contractOf(user.address)))!;
  await maker.add(
    eth({ to: null, data: deploy(STORE_CODE) }),
    group(systemCall("1003", "addSealer", nodes[4]!.id), 50),
  );
  await maker.add(eth({ to: contract, data: store(7, 0) }), eth({ to: contract, data: store(8, 1) }));
  await maker.add(group(systemCall("1000", "setValueByKey", "block_gas_limit", "200000000"), 60));
  await maker.add(
    group(systemCall("1003", "addObserver", nodes[4]!.id), 6),
    group({ to: contract, data: store(9, 2) }, 8),
  );
  await maker.add();
  await maker.add(
    eth({ to: contract }),
    eth({ to: accounts[3]!.address, value: 5n }),
    eth({ to: contract, value: 10n ** 19n }),
  );
  await maker.add(
    eth({ to: contract, data: store(0xffffff, 9) }),
    group({ to: fromHex("bb".repeat(20))!, value: 3n }, 400),
  );
  for (let i = 0; i < more; i++)
    await maker.add(eth({ to: accounts[2]!.address, value: 1n, data: new Uint8Array(payloadBytes) }));
  await maker.close();
  return { genesis, backend };
}

function contractOf(sender: Uint8Array): Uint8Array {
  return suite.hash(Uint8Array.of(0xd6, 0x94, ...sender, 0x80)).slice(12);
}

export async function rowsOf(backend: StorageBackend): Promise<TableRow[]> {
  const rows: TableRow[] = [];
  for await (const row of (await backend.snapshot()).rows) rows.push(row);
  return rows;
}

export async function* iterate(rows: readonly TableRow[]): AsyncIterable<TableRow> {
  yield* rows;
}

/** A store in memory with these rows. */
export async function storeOf(height: number, rows: readonly TableRow[]): Promise<StorageBackend> {
  const backend = createMemoryBackend();
  await backend.fill(height, iterate(rows));
  return backend;
}
